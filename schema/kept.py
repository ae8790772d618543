"""What every row of the business has in common: with a version, soft deletes, a history, and links to CRMs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET, Info

from kequn.contracts.records import Kind
from schema import provenance
from schema.context import Context
from schema.declared import Derived, said
from schema.lists import every, listed, some_where
from schema.loaders import noun_of
from schema.node import Node
from schema.node import key as row_key
from schema.operators import DateTimeFilter, ExtraFilter, IdFilter, IntFilter
from schema.paging import Key
from schema.personal import MARK
from schema.scalars import JSON
from schema.words import shown, worded

ConnectionName = Annotated[
    str | None, strawberry.argument(description="Only what this connection has, by its name 连接")
]
ExtraKey = Annotated[
    str | None,
    strawberry.argument(description="Only the field of this name there; of several connections the first one's 字段名"),
]


def _extra(
    held: Mapping[str, Mapping[str, object]], connection: str | None = None, key: str | None = None
) -> JSON | None:
    if key is None:
        return JSON(held if connection is None else held.get(connection, {}))
    some = [held[name] for name in sorted(held)] if connection is None else [held.get(connection, {})]
    return JSON(next((fields[key] for fields in some if key in fields), None))


@worded("customer")
@strawberry.type
class Kept(Node):
    """A row of the business: with a version, soft deletes, a history, and links to CRMs."""

    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    links = every("Link", "links", "connection_id", "object", "external_id")
    history = listed("Change", "history", usual=(Key("id", descending=True),))
    conflicts = listed("Conflict", "conflicts", usual=(Key("id", descending=True),))

    @shown(None, {**said(Derived(("extra",), _extra, bare="extra")), **MARK})
    def extra(self, connection: ConnectionName = None, key: ExtraKey = None) -> JSON | None:
        held: Mapping[str, Mapping[str, object]] = self.extra  # type: ignore[assignment]
        return _extra(held, connection, key)

    @shown(None, {**provenance.AS_OF, **MARK})
    async def as_of(self, info: Info[Context], time: provenance.Moment) -> provenance.Snapshot | None:
        return await provenance.as_of(info, Kind(noun_of(self)), row_key(self), time)

    @shown(None, {**provenance.PROVENANCE, **MARK})
    async def provenance(self, info: Info[Context], field: provenance.FieldName) -> provenance.Provenance:
        return await provenance.of_field(info, Kind(noun_of(self)), row_key(self), field)


@worded("customer")
@strawberry.input
class KeptWhere:
    """What can be asked about every row of the business."""

    id: IdFilter | None = UNSET
    version: IntFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    updated_at: DateTimeFilter | None = UNSET
    deleted_at: DateTimeFilter | None = UNSET
    extra: ExtraFilter | None = strawberry.field(default=UNSET, metadata=MARK)
    links: Any = some_where("Link")
    history: Any = some_where("Change")
    conflicts: Any = some_where("Conflict")
