"""A root field with the row of an id."""

from typing import Annotated, Any

import strawberry
from strawberry import Info

from kequn.domain.catalogue import CATALOGUE
from schema import filters
from schema.context import Context
from schema.declared import ById, said
from schema.lists import MODULES, lazy

ID = Annotated[strawberry.ID, strawberry.argument(description="Its id 编号")]
Deleted = Annotated[bool, strawberry.argument(description="Even when it is deleted 包含已删除")]


def single(title: str, words: str) -> Any:
    """A root field with the row of an id."""
    noun = MODULES[title][0]

    async def kept(info: Info[Context], id: ID, include_deleted: Deleted = False) -> Any:
        return await info.context.ask.one(noun, filters.uuid(id, noun, "id"), deleted=include_deleted)

    async def plain(info: Info[Context], id: ID) -> Any:
        return await info.context.ask.one(noun, filters.uuid(id, noun, "id"))

    resolve = kept if CATALOGUE[noun].soft else plain
    return strawberry.field(
        resolver=resolve, graphql_type=lazy(title) | None, description=words, metadata=said(ById(noun))
    )
