"""Errors as Fxiaoke says them: a code and words in a body that comes with status 200 (contract, 1.1, 2.4, 9)."""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """The whole request fails. `more`: further keys of the answer."""

    def __init__(self, code: int, message: str, description: str | None = None, **more: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.description = message if description is None else description
        self.more: Mapping[str, Any] = more


def bad_parameter(name: str) -> ApiError:
    return ApiError(10006, f"the parameter {name} is missing or illegal", "缺少参数或参数不合法")


def no_such_path(path: str) -> ApiError:
    return ApiError(10006, f"the request uri=[{path}], apiName=[null] is not exists")


def no_token() -> ApiError:
    return ApiError(20017, "corpAccessToken为必填项，不能为空")


def bad_token() -> ApiError:
    return ApiError(20016, "the cropId,cropAccessToken or authorization is error")


def illegal(message: str) -> ApiError:
    """A record that is not taken. Which code the vendor uses is UNCONFIRMED."""
    return ApiError(32000, message)


def wrong_type(label: str) -> ApiError:
    return ApiError(500, f"{label}字段的数据类型不正确")


def required(name: object, label: str) -> ApiError:
    return illegal(f"数据[{name or ''}]必填字段{label}未填写不可进行当前操作")


def no_relation() -> ApiError:
    return ApiError(201112011, "关联关系不存在")


def no_record() -> ApiError:
    return illegal("数据不存在或已作废")


def no_permission() -> ApiError:
    return illegal("无此操作的数据权限")


BUSY = -1
SYSTEM_ERROR = -2
SERVICE_ERROR = 50009
DAY_QUOTA = 30002
NO_PACK = 30003
WORDS: Mapping[int, str] = {
    BUSY: "系统繁忙",
    SYSTEM_ERROR: "系统错误",
    14001: "接口调用次数超限",
    SERVICE_ERROR: "服务异常",
    DAY_QUOTA: "超过企业每日接口调用上限",
    NO_PACK: "未购买接口调用包",
    30004: "超过接口每秒调用上限",
    20015: "permanentCode错误",
    20022: "应用未授权",
}


def plain(code: int) -> ApiError:
    return ApiError(code, WORDS[code])
