"""The portrait of a customer as a department needs it."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import Info

from kequn.domain import portrait, standards
from kequn.domain.care import getting
from schema import scalars
from schema.context import Context
from schema.node import key
from schema.personal import MARK
from schema.scalars import JSON
from schema.words import camel, shown


@strawberry.enum(description="Who looks at a customer 画像应用部门")
class Side(Enum):
    MARKETING = strawberry.enum_value("marketing", description="Marketing: whom to address, and how 市场")
    SALES = strawberry.enum_value("sales", description="Sales: what to offer 销售")
    PRODUCT = strawberry.enum_value("product", description="Product: what is needed, and what fails 产品")
    SERVICE = strawberry.enum_value("service", description="Service: how to treat them 服务")


@strawberry.type(description="Something that is known of a customer 画像信息")
class PortraitFact:
    field: str = strawberry.field(description="What it is, by the field's name 字段")
    value: JSON | None = strawberry.field(description="Its value; empty: we do not know 值", metadata=MARK)


@strawberry.type(description="A customer as one department needs to know them 部门客户画像")
class Portrait:
    side: Side = strawberry.field(description="Whose view it is 部门")
    knows: list[PortraitFact] = strawberry.field(description="What is known 已知信息")
    advice: list[str] = strawberry.field(description="What is to be done 建议")


SideGiven = Annotated[Side, strawberry.argument(description="Whose view 部门")]


def _plain(name: str, value: Any) -> Any:
    match value:
        case datetime():
            return scalars.print_time(value)
        case date():
            return value.isoformat()
        case int() if name.endswith("_micros"):
            return scalars.print_decimal(Decimal(value) / 1_000_000)
    return value


@strawberry.type
class Portrayed:
    """A customer, seen from several sides."""

    @shown("What a department needs to know of the customer, and what it is to do 部门客户画像")
    async def portrait(self, info: Info[Context], side: SideGiven) -> Portrait:
        ask, row = info.context.ask, self
        standing = await ask.one("standing", key(row))
        tier = await ask.one("tier", row.tier_id)  # type: ignore[attr-defined]
        facts = standing.model_dump() if standing else {}
        strategies: Any = ()
        if standing:
            by = await ask.together("standard thresholds", _thresholds, None)
            strategies = getting.care(facts, by, tier.name if tier else None, info.context.now).strategies
        found = portrait.portrait(str(side.value), row.model_dump(), facts, strategies)  # type: ignore[attr-defined]
        knows = [
            PortraitFact(field=camel(name.removesuffix("_micros")), value=JSON(_plain(name, value)))
            for name, value in found.knows.items()
        ]
        return Portrait(side=side, knows=knows, advice=list(found.advice))


async def _thresholds(session: Any, scope: Any, vault: Any, keys: Any) -> dict[Any, Any]:
    return dict.fromkeys(keys, (await standards.in_force(session, scope)).thresholds)
