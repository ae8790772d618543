"""Mutations of many rows at once. Each item comes to its own end, told at its place; how they are done is the
domain's (kequn/domain/batches.py)."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import Any, Generic, TypeVar
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from kequn.contracts.records import Kind
from kequn.domain import batches, memberships
from kequn.domain.batches import LARGEST, Outcome, Rules
from kequn.domain.drafts import Item
from kequn.domain.editing import Desk
from kequn.domain.problems import Problem, Refused
from schema import filters, inputs, once
from schema.context import Context
from schema.lists import lazy
from schema.payloads import KEY, READ, Payload, argument
from schema.problems import show

N = TypeVar("N")
Read = Callable[[Desk, list[Any], Any], Awaitable[list[Item]]]


@strawberry.enum(description="What became of an item 处理结果")
class BatchOutcome(Enum):
    CREATED = strawberry.enum_value("created", description="The row is new 已新建")
    UPDATED = strawberry.enum_value("updated", description="The row was changed 已修改")
    UNCHANGED = strawberry.enum_value("unchanged", description="The row was so already 无变化")
    DELETED = strawberry.enum_value("deleted", description="The row was deleted 已删除")
    REFUSED = strawberry.enum_value("refused", description="Nothing was done; `problems` say why 被拒绝")
    SKIPPED = strawberry.enum_value("skipped", description="Nothing was done, because another was refused 已跳过")


@strawberry.input(description="A row that is to go 待删除记录")
class Deletion:
    id: strawberry.ID = strawberry.field(description="Its id 编号")
    version: int | None = strawberry.field(default=UNSET, description=READ)


@strawberry.type(name="Result", description="What became of one item 单项结果")
class Result(Payload, Generic[N]):
    index: int = strawberry.field(description="The item's place in the input, from 0 序号")
    outcome: BatchOutcome = strawberry.field(description="What became of it 处理结果")
    row: N | None = strawberry.field(description="The row as it now is; empty where there is none 当前内容")


@strawberry.type(name="Batch", description="What became of a batch 批量结果")
class Batch(Payload, Generic[N]):
    done: int = strawberry.field(default=0, description="How many items were done 成功数量")
    failed: int = strawberry.field(default=0, description="How many were refused or skipped 失败数量")
    results: list[Result[N]] = strawberry.field(
        description="One for each item, in their order 逐项结果", default_factory=list
    )


WHOLE = argument(
    "all_or_nothing", bool, "Do all of them, or none when one of them is refused 全部成功或全部取消", default=False
)


async def _answer(info: Info[Context], kind: Kind, work: Callable[[Desk], Awaitable[Sequence[Outcome]]]) -> Batch[Any]:
    language = info.context.language
    try:
        async with info.context.desk() as desk:
            outcomes = await once.do(info, desk, lambda: work(desk))
    except Refused as refused:
        return Batch(problems=show(refused.problems, language))
    rows = await asyncio.gather(*(info.context.ask.one(kind, outcome.id, deleted=True) for outcome in outcomes))
    results = [
        Result(
            index=place,
            outcome=BatchOutcome(outcome.done.value),
            row=row,
            problems=show([_placed(kind, place, problem) for problem in outcome.problems], language),
        )
        for place, (outcome, row) in enumerate(zip(outcomes, rows, strict=True))
    ]
    failed = sum(result.outcome in {BatchOutcome.REFUSED, BatchOutcome.SKIPPED} for result in results)
    return Batch(done=len(results) - failed, failed=failed, results=results)


def _placed(kind: Kind, place: int, problem: Problem) -> Problem:
    path = inputs.path(kind, problem).path
    return Problem(problem.code, ("input", place, *(path[1:] if path[:1] == ("input",) else path)), problem.facts)


def _batch(
    title: str, rules: Rules, given: Any, words: str, read: Read, *more: inspect.Parameter, alone: bool = False
) -> Any:
    """A mutation of many rows. `read` makes items of what was given. `alone`: it looks for rows that somebody else may
    be about to add, and so waits for them."""

    async def resolve(info: Info[Context], input: list[Any], all_or_nothing: bool, **rest: Any) -> Batch[Any]:
        async def work(desk: Desk) -> list[Outcome]:
            if alone:
                await info.context.database.alone(desk.session, desk.scope.tenant)
            return await batches.edit(desk, rules, await read(desk, input, rest.get("by")), whole=all_or_nothing)

        return await _answer(info, rules.kind, work)

    asking = inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)
    items = argument("input", list[given], f"The items, at most {LARGEST} 内容列表")
    resolve.__signature__ = inspect.Signature([asking, items, *more, WHOLE, KEY])  # type: ignore[attr-defined]
    kind: Any = Batch[lazy(title)]  # type: ignore[misc]
    return strawberry.field(resolver=resolve, graphql_type=kind, description=words)


def _each(make: Callable[[Any], Item], given: Sequence[Any]) -> list[Item]:
    """One item of each; where it cannot be read, an item that says why."""
    return [_item(make, one) for one in given]


def _item(make: Callable[[Any], Item], given: Any) -> Item:
    try:
        return make(given)
    except Refused as refused:
        return Item(wrong=tuple(refused.problems))


def edits(title: str, rules: Rules, given: Any, changed: Any, many: str, chinese: str) -> tuple[Any, Any, Any]:
    """To create, to change and to delete rows. `many` and `chinese`: what they are called."""

    def id_of(one: Any) -> UUID:
        return filters.uuid(one.id, rules.kind, "id")

    async def create(desk: Desk, input: list[Any], by: Any) -> list[Item]:
        return _each(lambda one: Item(entered=inputs.entered(rules.kind, one)), input)

    async def change(desk: Desk, input: list[Any], by: Any) -> list[Item]:
        return _each(lambda one: Item(id_of(one), inputs.entered(rules.kind, one), _version(one)), input)

    async def delete(desk: Desk, input: list[Any], by: Any) -> list[Item]:
        return _each(lambda one: Item(id_of(one), version=_version(one)), input)

    return (
        _batch(title, rules, given, f"Add {many} 批量新建{chinese}", create),
        _batch(title, rules, changed, f"Change {many} 批量修改{chinese}", change),
        _batch(title, rules, Deletion, f"Delete {many} 批量删除{chinese}", delete),
    )


def _version(given: Any) -> int | None:
    return None if given.version is UNSET else given.version


def upserts(title: str, rules: Rules, given: Any, words: str, by: inspect.Parameter | None = None) -> Any:
    """`by`: the argument that names the identity; without it rows are known by their names."""

    async def read(desk: Desk, input: list[Any], by: Any) -> list[Item]:
        items = _each(lambda one: Item(entered=inputs.entered(rules.kind, one)), input)
        entered = [item.entered for item in items if item.entered is not None]
        matched = iter(await batches.matched(desk, rules.kind, entered, by.value if by else "name"))
        return [item if item.wrong else next(matched) for item in items]

    return _batch(title, rules, given, words, read, *([by] if by else []), alone=True)


@strawberry.input(description="A customer and a group 客户与客户群")
class Member:
    customer_id: strawberry.ID = strawberry.field(description="The customer 客户")
    group_id: strawberry.ID = strawberry.field(description="The group 客户群")


def joins(words: str) -> Any:
    async def read(desk: Desk, input: list[Any], by: Any) -> list[Item]:
        return _each(lambda one: memberships.joining(_pair(one)), input)

    return _batch("Membership", memberships.RULES, Member, words, read)


def leaves(words: str) -> Any:
    async def read(desk: Desk, input: list[Any], by: Any) -> list[Item]:
        items = _each(lambda one: memberships.joining(_pair(one)), input)
        pairs = [_pair(one) for one, item in zip(input, items, strict=True) if not item.wrong]
        leaving = iter(await memberships.leaving(desk, pairs))
        return [item if item.wrong else next(leaving) for item in items]

    return _batch("Membership", memberships.RULES, Member, words, read)


def _pair(given: Any) -> memberships.Pair:
    return filters.uuid(given.customer_id, "customer", "customer"), filters.uuid(given.group_id, "group", "group")
