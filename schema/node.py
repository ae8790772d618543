"""The Node interface, and what every row of the business has in common. The objects behind the types are the rows of
the store themselves: a type says which of their columns are shown."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import strawberry
from graphql import GraphQLAbstractType, GraphQLResolveInfo
from strawberry import UNSET

from kequn.contracts.identity import format_id
from schema.declared import Id, said
from schema.lists import MODULES, every, listed, some_where
from schema.loaders import noun_of
from schema.operators import DateTimeFilter, ExtraFilter, IdFilter, IntFilter
from schema.paging import Key
from schema.scalars import JSON
from schema.words import worded

_TITLES = {noun: title for title, (noun, _) in MODULES.items()}


def key(row: Any) -> UUID:
    """The id of a row, whatever type shows it."""
    id: UUID = row.id
    return id


def _id(root: Any) -> strawberry.ID:
    return strawberry.ID(format_id(noun_of(root), root.id))


@strawberry.interface(description="Something with an id of its own 有编号的记录")
class Node:
    noun: ClassVar[str]

    id: strawberry.ID = strawberry.field(resolver=_id, description="Id 编号", metadata=said(Id()))

    @classmethod
    def is_type_of(cls, row: Any, info: GraphQLResolveInfo[Any]) -> bool:
        return noun_of(row) == cls.noun

    @classmethod
    def resolve_type(cls, row: Any, info: GraphQLResolveInfo[Any], abstract: GraphQLAbstractType) -> str:
        return _TITLES[noun_of(row)]


@worded("customer")
@strawberry.type
class Kept(Node):
    """A row of the business: with a version, soft deletes, a history, and links to CRMs."""

    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    extra: JSON
    links = every("Link", "links", "connection_id", "object", "external_id")
    history = listed("Change", "history", usual=(Key("id", descending=True),))
    conflicts = listed("Conflict", "conflicts", usual=(Key("id", descending=True),))


@worded("customer")
@strawberry.input
class KeptWhere:
    """What can be asked about every row of the business."""

    id: IdFilter | None = UNSET
    version: IntFilter | None = UNSET
    created_at: DateTimeFilter | None = UNSET
    updated_at: DateTimeFilter | None = UNSET
    deleted_at: DateTimeFilter | None = UNSET
    extra: ExtraFilter | None = UNSET
    links: Any = some_where("Link")
    history: Any = some_where("Change")
    conflicts: Any = some_where("Conflict")
