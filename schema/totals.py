"""`aggregate` of a list: its arguments, and how its figures are shown. The SQL stands in aggregates.py."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import strawberry
from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema, get_named_type
from strawberry import UNSET

from kequn.contracts.identity import format_id
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.problems import Code, refuse
from schema import scalars
from schema.aggregates import Asked, Group, Grouping, Measured
from schema.paging import holds
from schema.problems import Fault
from schema.scalars import JSON
from schema.words import camel

F = TypeVar("F", bound=Enum)
MICRO = Decimal(1_000_000)
USUAL, LARGEST, KEYS = 100, 400, 10


@strawberry.enum(description="A stretch of time, by the tenant's clock 时间单位")
class TimeUnit(Enum):
    DAY = strawberry.enum_value("day", description="A day 天")
    WEEK = strawberry.enum_value("week", description="A week, from Monday on 周")
    MONTH = strawberry.enum_value("month", description="A month 月")
    YEAR = strawberry.enum_value("year", description="A year 年")


@strawberry.input(name="GroupBy", description="What a list is grouped by 分组")
class GroupBy(Generic[F]):
    field: F = strawberry.field(description="By the values of this 字段")
    per: TimeUnit | None = strawberry.field(
        default=UNSET, description="Of a day or moment: by the stretch of time that it lies in 按时间单位"
    )


@strawberry.type(description="What the rows of a group have in common 分组键")
class GroupKey:
    field: str = strawberry.field(description="The field 字段")
    value: JSON | None = strawberry.field(description="Its value; of a stretch of time the first day 值")


@strawberry.type(description="What a field comes to in a group 汇总值")
class Total:
    field: str = strawberry.field(description="The field 字段")
    count: int = strawberry.field(description="How many rows have it 非空数量")
    sum: Decimal | None = strawberry.field(description="Of numbers and amounts; empty where currencies are mixed 合计")
    avg: Decimal | None = strawberry.field(description="Of those that have it, to six decimal places 平均值")
    min: JSON | None = strawberry.field(description="The least 最小值")
    max: JSON | None = strawberry.field(description="The greatest 最大值")
    currency: str | None = strawberry.field(description="Of an amount, where there is one currency only 币种")


@strawberry.type(description="Figures of a list, or of one group of it 汇总")
class Aggregate:
    key: list[GroupKey] = strawberry.field(description="What its rows have in common 分组键")
    count: int = strawberry.field(description="How many rows 数量")
    totals: list[Total] = strawberry.field(description="What the fields of `of` come to 汇总值")


Of = Annotated[list[F], strawberry.argument(description="The fields to sum up 汇总字段")]
By = Annotated[
    list[GroupBy[F]], strawberry.argument(description=f"Group by these, {KEYS} at most; of none: one group 分组")
]
AtMost = Annotated[int, strawberry.argument(description=f"How many groups; {LARGEST} are the most 分组数量")]
Largest = Annotated[
    bool, strawberry.argument(description="The largest groups first, not in the order of keys 按数量排序")
]


def asked(of: Sequence[Any], group_by: Sequence[Any], at_most: int, largest_first: bool, now: datetime) -> Asked:
    """`now`: by the clock that days are told by. Raises Refused."""
    if not 0 < at_most <= LARGEST:
        raise refuse(Fault.PAGE_TOO_BIG if at_most > 0 else Fault.BAD_PAGE, "at_most", limit=LARGEST)
    groups = tuple(dict.fromkeys(_grouping(one, str(now.tzinfo)) for one in group_by))
    if len(groups) > KEYS:
        raise refuse(Fault.TOO_MANY_VALUES, "group_by", limit=KEYS)
    return Asked(groups, tuple(dict.fromkeys(one.value for one in of)), at_most, largest_first)


def _grouping(one: Any, zone: str) -> Grouping:
    return Grouping(one.field.value, one.per.value, zone) if one.per else Grouping(one.field.value)


def check(noun: str, asked: Asked) -> None:
    """Raises Refused where something else than a time is to be cut into stretches of time."""
    source = CATALOGUE[noun].source
    for place, group in enumerate(asked.groups):
        if group.unit and holds(source.c[group.column]) not in {date, datetime}:
            raise refuse(Code.BAD_VALUE, "group_by", place, "per")


def show(schema: GraphQLSchema, title: str, noun: str, asked: Asked, group: Group) -> Aggregate:
    keys = [
        GroupKey(field=_name(grouping.column), value=JSON(_printer(schema, title, noun, grouping)(value)))
        for grouping, value in zip(asked.groups, group.keys, strict=True)
    ]
    return Aggregate(key=keys, count=group.count, totals=[_total(schema, title, noun, one) for one in group.measured])


def _total(schema: GraphQLSchema, title: str, noun: str, one: Measured) -> Total:
    show = _printer(schema, title, noun, Grouping(one.column))
    scale = MICRO if one.column.endswith("_micros") else Decimal(1)
    return Total(
        field=_name(one.column),
        count=one.filled,
        sum=None if one.sum is None else Decimal(one.sum) / scale,
        avg=None if one.avg is None else round(one.avg / scale, 6),
        min=JSON(show(one.min)),
        max=JSON(show(one.max)),
        currency=one.currency,
    )


def _name(column: str) -> str:
    return camel(column.removesuffix("_micros"))


def _printer(schema: GraphQLSchema, title: str, noun: str, grouping: Grouping) -> Callable[[Any], Any]:
    """How values of this column look as JSON: as the type itself shows them."""
    if grouping.unit:
        return lambda day: day
    type = schema.type_map[title]
    field = type.fields.get(camel(grouping.column)) if isinstance(type, GraphQLObjectType) else None
    shown = get_named_type(field.type) if field else None
    if isinstance(shown, GraphQLEnumType):
        names = {getattr(one.value, "value", one.value): name for name, one in shown.values.items()}
        return lambda value: names.get(value, value)
    return lambda value: _plain(noun, grouping.column, value)


def _plain(noun: str, column: str, value: Any) -> Any:
    match value:
        case UUID():
            return format_id(noun, value)
        case datetime():
            return scalars.print_time(value)
        case date():
            return value.isoformat()
        case int() if column.endswith("_micros"):
            return scalars.print_decimal(Decimal(value) / MICRO)
    return value
