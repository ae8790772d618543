"""What can be asked about a field, by its type: the inputs that stand inside a `...Where`. filters.py reads them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

import strawberry
from strawberry import UNSET

V = TypeVar("V")
W = TypeVar("W")


def _op(name: str, words: str) -> Any:
    return strawberry.field(name=name, description=words, default=UNSET)


_EQ, _NE = "Is this 等于", "Is not this, or is empty 不等于"
_IN, _NOT_IN = "Is one of these 属于", "Is none of these, or is empty 不属于"
_EMPTY = "Is empty (true), or is not (false) 为空"
_LT, _LTE, _GT, _GTE = "Is less 小于", "Is less or equal 小于等于", "Is more 大于", "Is more or equal 大于等于"
_BETWEEN = "Lies between these two, or is one of them 介于"
_SINCE, _UNTIL = "At this moment or later 不早于", "Before this moment 早于"


@strawberry.input(name="Range", description="From here to there, both included 区间")
class Range(Generic[V]):
    from_: V = strawberry.field(name="from", description="The least 下限")
    to: V = strawberry.field(description="The greatest 上限")


@strawberry.input(description="A stretch of time; years and months are those of the calendar 时间跨度")
class Duration:
    years: int = strawberry.field(default=0, description="Years 年")
    months: int = strawberry.field(default=0, description="Months 月")
    weeks: int = strawberry.field(default=0, description="Weeks 周")
    days: int = strawberry.field(default=0, description="Days 天")
    hours: int = strawberry.field(default=0, description="Hours 小时")
    minutes: int = strawberry.field(default=0, description="Minutes 分钟")


@strawberry.input(description="A moment by its distance from now, by the tenant's clock; of nothing: now 相对时间")
class RelativeTime:
    ago: Duration | None = _op("ago", "So long before now 此前")
    ahead: Duration | None = _op("ahead", "So long after now, or after `ago` 此后")


@strawberry.input
class Equal(Generic[V]):
    eq: V | None = _op("eq", _EQ)
    ne: V | None = _op("ne", _NE)
    in_: list[V] | None = _op("in", _IN)
    not_in: list[V] | None = _op("notIn", _NOT_IN)


@strawberry.input
class Compared(Generic[V]):
    lt: V | None = _op("lt", _LT)
    lte: V | None = _op("lte", _LTE)
    gt: V | None = _op("gt", _GT)
    gte: V | None = _op("gte", _GTE)
    between: Range[V] | None = _op("between", _BETWEEN)


@strawberry.input
class Empty:
    empty: bool | None = _op("isNull", _EMPTY)


@strawberry.input(description="Asks about a text 文本条件")
class TextFilter(Equal[str], Compared[str], Empty):
    lt: str | None = _op("lt", "Comes before this, by code point 排在之前")
    lte: str | None = _op("lte", "Comes before this or is it 排在之前或等于")
    gt: str | None = _op("gt", "Comes after this 排在之后")
    gte: str | None = _op("gte", "Comes after this or is it 排在之后或等于")
    contains: str | None = _op("contains", "Contains this; A-Z and a-z are equal 包含")
    starts: str | None = _op("startsWith", "Starts with this; A-Z and a-z are equal 开头为")


@strawberry.input(name="IDFilter", description="Asks about an id 编号条件")
class IdFilter(Equal[strawberry.ID]):
    pass


@strawberry.input(description="Asks whether something is so 布尔条件")
class BooleanFilter(Equal[bool], Empty):
    pass


@strawberry.input(description="Asks about a whole number 整数条件")
class IntFilter(Equal[int], Compared[int], Empty):
    pass


@strawberry.input(description="Asks about an exact number 数值条件")
class DecimalFilter(Equal[Decimal], Compared[Decimal], Empty):
    pass


@strawberry.input(description="Asks about an amount, in one currency 金额条件")
class MoneyFilter(DecimalFilter):
    currency: str | None = _op("currency", "The currency is this (ISO 4217) 币种")


@strawberry.input(description="Asks about a share, from 0 to 1 比例条件")
class ShareFilter(Compared[float]):
    pass


@strawberry.input
class Lately:
    since: RelativeTime | None = _op("since", _SINCE)
    until: RelativeTime | None = _op("until", _UNTIL)


@strawberry.input(description="Asks about a day 日期条件")
class DateFilter(Equal[date], Compared[date], Lately, Empty):
    since: RelativeTime | None = _op("since", "On the day of this moment or later 不早于")
    until: RelativeTime | None = _op("until", "Before the day of this moment 早于")


@strawberry.input(description="Asks about a moment 时间条件")
class DateTimeFilter(Equal[datetime], Compared[datetime], Lately, Empty):
    pass


@strawberry.input(description="Asks about a set of texts 集合条件")
class SetFilter:
    has: str | None = _op("has", "Has this element 含有")
    has_any: list[str] | None = _op("hasAny", "Has one of these at least 含有任一")
    has_all: list[str] | None = _op("hasAll", "Has all of these 含有全部")


@strawberry.input(
    description="Asks about what a CRM has and kequn has no field for; lists and objects count as empty 其他字段条件"
)
class ExtraFilter(TextFilter):
    connection: str = strawberry.field(description="The connection's name 连接")
    key: str = strawberry.field(description="The field's name there; its value is taken as text 字段名")


@strawberry.input(name="Filter", description="Asks which one of a list it is 枚举条件")
class EnumFilter(Equal[V], Empty):
    pass


@strawberry.input(name="ListFilter", description="Asks about the rows at the end of a relation 关联条件")
class ListFilter(Generic[W]):
    some: W | None = _op("some", "There is one for which this holds 存在")
    none: W | None = _op("none", "There is none for which this holds 不存在")
    every: W | None = _op("every", "There is none for which this does not hold 全部")


def logic(name: str) -> Any:
    """The fields `and`, `or`, `not` of a `...Where` input."""
    words = {"and": "All of these hold 且", "or": "One of these holds at least 或", "not": "This does not hold 非"}
    return _op(name, words[name])
