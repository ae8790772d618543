"""Errors in Zoho's envelope (contract, section 4): of a request, raised; of one record in a batch, an element."""

from collections.abc import Mapping
from typing import Any

Element = dict[str, Any]


class ApiError(Exception):
    """The whole request fails. `key`: the list that the error stands in (`data`, ...), or None: at top level."""

    def __init__(
        self,
        code: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        *,
        status: int = 400,
        key: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.element = element(code, message, details or {})
        self.key = key

    @property
    def body(self) -> dict[str, Any]:
        return self.element if self.key is None else {self.key: [self.element]}


def element(code: str, message: str, details: Mapping[str, Any]) -> Element:
    return {"code": code, "details": dict(details), "message": message, "status": "error"}


def invalid(details: Mapping[str, Any], message: str = "invalid data") -> Element:
    return element("INVALID_DATA", message, details)


def mandatory(api_name: str, json_path: str) -> Element:
    return element("MANDATORY_NOT_FOUND", "required field not found", {"api_name": api_name, "json_path": json_path})


def param_missing(name: str) -> ApiError:
    return ApiError("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param_name": name})


def bad_param(name: str, **more: Any) -> ApiError:
    return ApiError("INVALID_DATA", "invalid data", {"param_name": name, **more})


def bad_pattern(name: str) -> ApiError:
    return ApiError("PATTERN_NOT_MATCHED", "Please check whether the input values are correct", {"param_name": name})


def bad_module() -> ApiError:
    return ApiError("INVALID_MODULE", "the module name given seems to be invalid", {"resource_path_index": 0})


def bad_id(index: int = 1) -> ApiError:
    return ApiError("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": index})


def unparsable() -> ApiError:
    message = "either the request body or parameters is in wrong format"
    return ApiError("UNABLE_TO_PARSE_DATA_TYPE", message)


def bad_url() -> ApiError:
    return ApiError("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one", status=404)


def bad_token() -> ApiError:
    return ApiError("INVALID_TOKEN", "invalid oauth token", status=401)


def scope_mismatch() -> ApiError:
    return ApiError("OAUTH_SCOPE_MISMATCH", "Unauthorized", status=401)


THROTTLED = element(
    "TOO_MANY_REQUESTS",
    "Number of API requests for the 24 hour period is exceeded or the concurrency limit of the user for the app is"
    " exceeded",
    {},
)
BROKEN = element("INTERNAL_ERROR", "Internal Server Error", {})
