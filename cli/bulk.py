"""Settling many conflicts at once: `kequn sync resolve --all`. Decides which are meant and asks before; each is settled
as a single one would be, and one that cannot be is told and left open."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import typer
from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from cli.choosing import choices, settle
from cli.installation import Installation, opened
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store import connections, tables
from kequn.sync.conflicts import MERGE, NotSettled
from kequn.terminal import Failure, note, say

_conflicts: Table = tables.Conflict.__table__  # type: ignore[attr-defined]
AT_ONCE = 100  # conflicts in one transaction
FOR_MANY = ("ours", "theirs", MERGE, "keep", "delete", "new")
ENTERED = {"value", "row"}
"""What is right for one conflict is not for another."""


@dataclass(frozen=True)
class Bulk:
    """Which conflicts, and what is chosen for each."""

    choice: str
    connection: str | None = None
    kind: Kind | None = None
    field: str | None = None


async def in_bulk(bulk: Bulk, tenant: str | None, *, sure: bool) -> None:
    if bulk.choice not in FOR_MANY:
        raise Failure(f"--choose {bulk.choice}: --all takes {', '.join(FOR_MANY)}")
    async with opened(tenant) as here:
        found = await _found(here, bulk)
        if not found:
            say("there is no open conflict like that")
            return
        if not sure:
            _ask(found, bulk.choice)
        settled = sum([await _settle(here, part, bulk.choice) for part in _parts([id for id, _ in found])])
    say(f"{settled:,} of {len(found):,} conflicts are settled: {bulk.choice}")
    if settled < len(found):
        raise typer.Exit(1)


async def _found(here: Installation, bulk: Bulk) -> list[tuple[UUID, str]]:
    """The open conflicts that take this choice, the oldest first: id and what it is about."""
    async with here.database.reading() as session:
        query = select(_conflicts).where(*await _wanted(session, here, bulk)).order_by(_conflicts.c.id)
        rows = (await session.execute(query)).mappings().all()
    fit = [row for row in rows if bulk.choice in choices(row["type"], Kind(row["kind"]))]
    return [(row["id"], f"{row['type']} of {row['kind']} {row['field']}".rstrip()) for row in fit]


async def _wanted(session: AsyncSession, here: Installation, bulk: Bulk) -> list[ColumnElement[bool]]:
    wanted = [_conflicts.c.tenant_id == here.scope.tenant, _conflicts.c.state == "open"]
    if bulk.connection is not None:
        wanted.append(_conflicts.c.connection_id == (await connections.get(session, here.scope, bulk.connection)).id)
    if bulk.kind is not None:
        wanted.append(_conflicts.c.kind == bulk.kind.value)
    if bulk.field is not None:
        wanted.append(_conflicts.c.field == bulk.field)
    return wanted


def _ask(found: Sequence[tuple[UUID, str]], choice: str) -> None:
    for what, count in Counter(what for _, what in found).most_common():
        note(f"{count:,} x {what}")
    if not sys.stdin.isatty():
        raise Failure(f"{len(found):,} conflicts would be settled: {choice}; --yes does it where nobody can be asked")
    typer.confirm(f"Settle {len(found):,} conflicts: {choice}?", abort=True)


def _parts(ids: Sequence[UUID]) -> list[Sequence[UUID]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]


async def _settle(here: Installation, ids: Sequence[UUID], choice: str) -> int:
    """How many were settled. One that was settled meanwhile, or whose row is gone, does not stop the others."""
    settled = 0
    async with here.database.writing() as session:
        for id in ids:
            try:
                async with session.begin_nested():
                    await settle(here, session, id, choice)
                settled += 1
            except NotSettled as error:
                note(f"{format_id('conflict', id)} stays open: {error}")
    return settled
