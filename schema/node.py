"""The Node interface, and the id that everything has. The objects behind the types are the rows of
the store themselves: a type says which of their columns are shown."""

from typing import Any, ClassVar
from uuid import UUID

import strawberry
from graphql import GraphQLAbstractType, GraphQLResolveInfo

from kequn.contracts.identity import format_id
from schema.declared import Id, said
from schema.lists import MODULES
from schema.loaders import noun_of

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
