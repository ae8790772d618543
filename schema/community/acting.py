"""How a function of the domain becomes a mutation: its arguments are read (ids, choices, moments), it is done in one
transaction, and answered with the row. The functions themselves stand in kequn/domain/community."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from kequn.domain.editing import Desk
from schema import filters
from schema.context import Context
from schema.given import near
from schema.lists import MODULES, lazy
from schema.payloads import KEY, Payload, answer, argument
from schema.words import snake

Work = Callable[..., Awaitable[UUID]]


@dataclass(frozen=True)
class Given:
    """An argument. `noun`: it is the id of one; `usual`: what it is when it is left out."""

    name: str
    words: str
    kind: Any = strawberry.ID
    noun: str | None = None
    usual: Any = inspect.Parameter.empty

    @property
    def parameter(self) -> inspect.Parameter:
        return argument(self.name, self.kind, self.words, default=self.usual)

    def read(self, value: Any) -> Any:
        """Raises Refused."""
        if value is None or value is UNSET:
            return None
        if self.noun is not None:
            if isinstance(value, list):
                return [filters.uuid(one, self.noun, self.name) for one in value]
            return filters.uuid(value, self.noun, self.name)
        near(value, self.name)
        return value.value if isinstance(value, Enum) else value


def which(noun: str, words: str, name: str = "id") -> Given:
    """The id of a row."""
    return Given(name, words, noun=noun)


def maybe(kind: Any) -> Any:
    return kind | None


GROUP = which("group", "The group 客户群", "group_id")
CUSTOMER = which("customer", "The customer 客户", "customer_id")
REASON = Given("reason", "Why 原因", str)
WHY = Given("reason", "Why, if there is more to say 原因", str | None, usual=None)


@cache
def payload(title: str) -> Any:
    """The row, or why nothing was changed."""
    name = snake(title).lstrip("_")
    body = {name: strawberry.field(default=None, description="As it now is 当前内容")}
    hints = {"__annotations__": {name: lazy(title) | None}, "__module__": __name__}
    made = type(f"{title}Payload", (Payload,), {**hints, **body})
    return strawberry.type(made, description="The row, or why nothing was changed 修改结果")


def act(title: str, words: str, work: Work, *given: Given, **fixed: Any) -> Any:
    """A mutation that answers with a row of `title`. `fixed`: what `work` is told beside the arguments."""
    kind, known = payload(title), {one.name: one for one in given}

    async def resolve(root: Any, info: Info[Context], **entered: Any) -> Any:
        async def run(desk: Desk) -> UUID:
            said = {name: known[name].read(value) for name, value in entered.items() if name in known}
            return await work(desk, **said, **fixed)

        return await answer(info, kind, snake(title).lstrip("_"), MODULES[title][0], run)

    return field(resolve, kind, words, *(one.parameter for one in given), KEY)


def field(resolve: Any, kind: Any, words: str, *parameters: inspect.Parameter) -> Any:
    """A field with these arguments; those without a default first."""
    here = [
        inspect.Parameter("root", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Any),
        inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
    ]
    resolve.__signature__ = inspect.Signature([*here, *parameters])
    return strawberry.field(resolver=resolve, graphql_type=kind, description=words)
