"""Wrong engines, each one phase changed, and the histories that give them away. A mutant is handed in by replacing one
function for the time of a test; the shipped code has no switch. `test_play.py` shows that the right engine passes the
same seeds."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.registry import Registry
from kequn.store import outbox
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.sync import burial, merge
from kequn.sync.merge import Sides, _Field
from kequn.testing.simulation.judge import judge
from kequn.testing.simulation.play import Script, run
from plugins import BUILT_IN

Patch = pytest.MonkeyPatch
TROUBLED = Script(systems=2)


def outbox_after_the_transaction(patch: Patch) -> None:
    """Rows are queued once their change is committed, in a transaction of its own."""
    late: list[tuple[Scope, list[tuple[UUID, Kind, UUID]], datetime]] = []
    writing, queue = Database.writing, outbox.queue

    async def note(
        session: AsyncSession, scope: Scope, pairs: Iterable[tuple[UUID, Kind, UUID]], now: datetime
    ) -> None:
        late.append((scope, list(pairs), now))

    @asynccontextmanager
    async def and_then(database: Database) -> AsyncIterator[AsyncSession]:
        late.clear()
        async with writing(database) as session:
            yield session
        if late:
            async with writing(database) as session:
                for given in late:
                    await queue(session, *given)

    patch.setattr(outbox, "queue", note)
    patch.setattr(Database, "writing", and_then)


def delete_without_looking(patch: Patch) -> None:
    """A delete there is a delete here, whatever was edited here since."""

    def nothing(*_: Any) -> dict[str, Any]:
        return {}

    patch.setattr(burial, "unsent", nothing)


def silent_conflicts(patch: Patch) -> None:
    """Where both sides moved, the CRM wins and nobody is told."""

    def theirs(sides: Sides, name: str, base: Any, ours: Any, theirs: Any, *, unanswered: bool) -> _Field:
        return _Field(theirs, theirs, taken=True)

    patch.setattr(merge, "_clash", theirs)


MUTANTS: Mapping[Callable[[Patch], None], Sequence[int]] = {
    outbox_after_the_transaction: (0,),
    delete_without_looking: (6,),
    silent_conflicts: (3,),
}
"""Each mutant with a seed under 100 that kills it."""


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load([import_module(name) for name in BUILT_IN if name == "plugins.zoho"], entry_points=False)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_wrong_engine_is_refused(
    mutant: Callable[[Patch], None], registry: Registry, tmp_path: Path, monkeypatch: Patch
) -> None:
    mutant(monkeypatch)
    assert any(judge(history) for history in run(registry, MUTANTS[mutant], TROUBLED, tmp_path))
