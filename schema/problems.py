"""What is said about a problem, in English and Chinese, and the shapes in which it is said: `problems` of a mutation's
payload, and GraphQL errors. A code keeps its meaning for ever; messages may be bettered."""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, StrEnum
from typing import Any

import strawberry

from kequn.domain.problems import Code, Problem
from schema.words import camel


class Fault(StrEnum):
    """What can be wrong with a request, beside what the domain says."""

    BAD_CURSOR = "BAD_CURSOR"
    WRONG_CURSOR = "WRONG_CURSOR"
    BAD_PAGE = "BAD_PAGE"
    PAGE_TOO_BIG = "PAGE_TOO_BIG"
    PAGE_TOO_FAR = "PAGE_TOO_FAR"
    BAD_FILTER = "BAD_FILTER"
    TOO_MANY_TESTS = "TOO_MANY_TESTS"
    TOO_MANY_VALUES = "TOO_MANY_VALUES"
    TOO_DEEP = "TOO_DEEP"
    TOO_MANY_CHARACTERS = "TOO_MANY_CHARACTERS"
    TOO_MANY_TOKENS = "TOO_MANY_TOKENS"
    TOO_MANY_ALIASES = "TOO_MANY_ALIASES"
    TOO_MANY_DIRECTIVES = "TOO_MANY_DIRECTIVES"
    TOO_MANY_ROWS = "TOO_MANY_ROWS"
    TOO_FAST = "TOO_FAST"
    TOO_MANY_OPERATIONS = "TOO_MANY_OPERATIONS"
    TIMED_OUT = "TIMED_OUT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    INVALID = "INVALID"
    TOO_BIG = "TOO_BIG"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    NOT_TRUSTED = "NOT_TRUSTED"
    NOT_GENUINE = "NOT_GENUINE"
    LATER = "LATER"
    INTERNAL = "INTERNAL"


class Language(StrEnum):
    EN = "en"
    ZH = "zh"


MESSAGES: Mapping[StrEnum, tuple[str, str]] = {
    Code.REQUIRED: ("This must be filled in.", "此项必填。"),
    Code.TOO_LONG: ("This is too long: at most {limit} characters.", "内容过长，最多{limit}个字符。"),
    Code.TOO_MANY: ("These are too many: at most {limit}.", "数量过多，最多{limit}个。"),
    Code.BAD_TEXT: ("This holds control characters.", "内容含有控制字符。"),
    Code.BAD_PHONE: ("This is not a valid phone number.", "电话号码无效。"),
    Code.BAD_EMAIL: ("This is not a valid e-mail address.", "邮箱地址无效。"),
    Code.BAD_USCC: ("This is not a valid unified social credit code.", "统一社会信用代码无效。"),
    Code.BAD_DATE: ("This is not a possible date, such as 1990-12-31.", "日期无效，格式如1990-12-31。"),
    Code.BAD_MONEY: (
        "This is not an amount: a number with at most 6 decimal places is needed.",
        "金额无效，应为最多6位小数的数字。",
    ),
    Code.BAD_NUMBER: ("This is not a possible number.", "数值无效。"),
    Code.BAD_CURRENCY: ("This is not a currency code, such as CNY.", "币种代码无效，格式如CNY。"),
    Code.BAD_PARENT: (
        "A parent must be an organisation, and nobody can belong to themselves.",
        "上级必须是机构，且不能隶属于自身。",
    ),
    Code.BAD_ID: ("This is not an id of the kind that is needed here.", "编号无效或类型不符。"),
    Code.NOT_FOUND: ("There is no such record.", "记录不存在。"),
    Code.UNKNOWN_CUSTOMER: ("There is no such customer.", "客户不存在。"),
    Code.UNKNOWN_GROUP: ("There is no such group.", "客户群不存在。"),
    Code.UNKNOWN_STAFF: ("There is no such member of staff.", "员工不存在。"),
    Code.UNKNOWN_TIER: ("There is no such tier.", "客户等级不存在。"),
    Code.NAME_TAKEN: ("Another one has this name already.", "名称已被使用。"),
    Code.ALREADY_MEMBER: ("The customer is in this group already.", "客户已在该群中。"),
    Code.NOT_A_MEMBER: ("The customer is not in this group.", "客户不在该群中。"),
    Code.TIER_IN_USE: (
        "{count} customers are in this tier; move them to another first.",
        "该等级下还有{count}位客户，请先调整。",
    ),
    Code.REPEATED: ("The same record stands in this batch before.", "同一批次中该记录已出现。"),
    Code.AMBIGUOUS: (
        "{count} records have this; say by its id which one is meant.",
        "有{count}条记录与此相符，请用编号指定。",
    ),
    Code.KEY_REUSED: (
        "This key was given with another request before; take a new one.",
        "该幂等键已用于其他请求，请更换。",
    ),
    Code.STALE_VERSION: (
        "Somebody changed this meanwhile: it is at version {version} now. Read it again.",
        "记录已被他人修改，当前版本为{version}，请重新读取。",
    ),
    Code.CONNECTION_NOT_ACTIVE: ("The connection is {state}.", "连接当前状态为{state}，无法同步。"),
    Code.CONFLICT_SETTLED: ("This conflict has been settled already.", "该冲突已解决。"),
    Code.BAD_CHOICE: ("This cannot be chosen here.", "此处不可选择该值。"),
    Code.BAD_VALUE: ("This value does not fit.", "该值不适用。"),
    Code.BAD_POLICY: ("This policy cannot be: {reason}.", "该策略无效：{reason}。"),
    Code.BAD_SCHEDULE: ("This schedule cannot be: {reason}.", "该同步计划无效：{reason}。"),
    Code.SAME_CUSTOMER: ("This is the same customer.", "这是同一位客户。"),
    Code.OTHER_TYPE: ("A person and an organisation cannot be merged.", "个人与机构不能合并。"),
    Code.MERGED_AGAIN: (
        "The customer it went into was merged into another since; take that merge back first.",
        "合并后的客户又并入了另一位客户，请先撤销那次合并。",
    ),
    Code.ALREADY_MERGED: (
        "These were merged; take the merge back instead.",
        "两位客户已合并，如需分开请撤销合并。",
    ),
    Code.WRONG_STATE: ("This is {state}; it cannot go that way.", "当前状态为{state}，不能这样处理。"),
    Code.TOO_FEW_POINTS: ("The balance is {balance}; that is too few points.", "积分余额为{balance}，不足以抵扣。"),
    Code.UNKNOWN_SEGMENT: ("There is no such segment.", "客户细分不存在。"),
    Code.LEADS_TO_ITSELF: ("In the end this refers to itself.", "不能引用自身。"),
    Code.TOO_MANY_CONDITIONS: (
        "With the segments that it refers to, this asks too much: at most {limit} conditions.",
        "连同所引用的细分，条件过多，最多{limit}个。",
    ),
    Code.NOT_ELIGIBLE: (
        "This does not hold, and so it cannot be had: {about}.",
        "不符合条件，无法领取：{about}。",
    ),
    Code.FORBIDDEN: ("This needs the role {role}.", "权限不足，需要{role}角色。"),
    Fault.BAD_CURSOR: ("This cursor cannot be read; take it from an earlier page.", "游标无效，请使用先前返回的游标。"),
    Fault.WRONG_CURSOR: ("This cursor belongs to another order.", "游标与当前排序不符。"),
    Fault.BAD_PAGE: (
        "Ask for a page by `first`, by `last` or by `page`, one of them, and not below 0 (`page`: 1).",
        "分页参数first、last与page只能使用其一，且不能为负数（页码从1开始）。",
    ),
    Fault.PAGE_TOO_BIG: ("A page has at most {limit} entries.", "每页最多{limit}条。"),
    Fault.PAGE_TOO_FAR: (
        "Pages by number reach {limit} rows; go on from a cursor, or filter.",
        "页码最多翻到第{limit}行，请改用游标或筛选。",
    ),
    Fault.BAD_FILTER: (
        "This is no value to filter by; ask for empty fields by `isNull`, for rows that are not there by `not`.",
        "筛选值无效；查询空值请使用isNull，查询无关联记录请使用not。",
    ),
    Fault.TOO_MANY_TESTS: ("The filter asks too much: at most {limit} conditions.", "筛选条件过多，最多{limit}个。"),
    Fault.TOO_MANY_VALUES: ("These are too many values: at most {limit}.", "值过多，最多{limit}个。"),
    Fault.TOO_DEEP: ("This is nested too deep: at most {limit} levels.", "嵌套过深，最多{limit}层。"),
    Fault.TOO_MANY_CHARACTERS: (
        "The document is too long: at most {limit} characters.",
        "查询文本过长，最多{limit}个字符。",
    ),
    Fault.TOO_MANY_TOKENS: ("The document is too long: at most {limit} tokens.", "查询文本过长，最多{limit}个词元。"),
    Fault.TOO_MANY_ALIASES: (
        "There are {count} aliases; at most {limit} are allowed.",
        "别名{count}个，超过上限{limit}。",
    ),
    Fault.TOO_MANY_DIRECTIVES: (
        "There are {count} directives; at most {limit} are allowed.",
        "指令{count}个，超过上限{limit}。",
    ),
    Fault.TOO_MANY_ROWS: (
        "This may read {count} rows; at most {limit} are allowed. Ask for smaller pages.",
        "该查询可能读取{count}行，超过上限{limit}，请减小分页。",
    ),
    Fault.TOO_FAST: (
        "This is too much in too short a time; go on in {seconds} s.",
        "请求过于频繁，请在{seconds}秒后重试。",
    ),
    Fault.TOO_MANY_OPERATIONS: (
        "There are too many operations on this connection: at most {limit} at once.",
        "此连接上的操作过多，同时最多{limit}个。",
    ),
    Fault.TIMED_OUT: (
        "This took longer than {seconds} s and was broken off. Ask for less.",
        "处理超过{seconds}秒，已中止，请缩小查询范围。",
    ),
    Fault.UNAUTHENTICATED: (
        "A valid token is needed: Authorization: Bearer <token>.",
        "需要有效令牌：Authorization: Bearer <token>。",
    ),
    Fault.INVALID: ("The request is not valid.", "请求无效。"),
    Fault.TOO_BIG: ("The body is too large: at most {limit} bytes.", "请求内容过大，最多{limit}字节。"),
    Fault.PERSISTED_QUERY_NOT_FOUND: (
        "No document of this hash is known here; send its text too.",
        "未找到该哈希对应的查询文本，请同时发送文本。",
    ),
    Fault.NOT_TRUSTED: ("Only documents that were named beforehand are answered here.", "仅接受预先登记的查询文本。"),
    Fault.NOT_GENUINE: ("This does not come from the CRM that it claims to come from.", "来源校验未通过。"),
    Fault.LATER: ("This cannot be taken now; send it again later.", "暂时无法处理，请稍后重试。"),
    Fault.INTERNAL: ("Something went wrong here; it was noted as {id}.", "服务器内部错误，记录编号{id}。"),
}


def timed_out(seconds: float) -> Problem:
    return Problem(Fault.TIMED_OUT, facts={"seconds": f"{seconds:g}"})


def message(problem: Problem, language: Language) -> str:
    english, chinese = MESSAGES[problem.code]
    return (chinese if language is Language.ZH else english).format_map(problem.facts)


def language_of(accept: str) -> Language:
    """The language that an Accept-Language header likes best; English when it names neither."""
    liked = sorted(_ranges(accept), key=lambda entry: -entry[0])
    return next((language for weight, language in liked if weight > 0), Language.EN)


def _ranges(accept: str) -> Iterator[tuple[float, Language]]:
    for part in accept.split(","):
        tag, _, parameter = part.partition(";")
        name = tag.strip().lower().split("-")[0]
        if name in {language.value for language in Language}:
            yield _weight(parameter), Language(name)


def _weight(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0


_CODES = {
    code.value: strawberry.enum_value(code.value, description=" ".join(words))
    for code, words in sorted(MESSAGES.items())
    if code is not Fault.INTERNAL
}
_ProblemCode: Any = Enum("ProblemCode", _CODES)  # type: ignore[misc]
ProblemCode: Any = strawberry.enum(
    _ProblemCode, description="Why something was not done. Each keeps its meaning for ever 问题代码"
)


@strawberry.type(name="Problem", description="Why something was not done 问题")
class ProblemShown:
    code: Any = strawberry.field(description="A stable code, such as BAD_PHONE 代码", graphql_type=ProblemCode)
    message: str = strawberry.field(description="The same in words, in the language of Accept-Language 说明")
    path: list[str] = strawberry.field(description="Where: names of arguments and fields, places in lists 位置")


def show(problems: Sequence[Problem], language: Language) -> list[ProblemShown]:
    return [
        ProblemShown(code=ProblemCode(problem.code.value), message=message(problem, language), path=path_of(problem))
        for problem in problems
    ]


def path_of(problem: Problem) -> list[str]:
    return [camel(part) if isinstance(part, str) else str(part) for part in problem.path]
