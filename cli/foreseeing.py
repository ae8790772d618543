"""What an import would ask of each connected CRM, told before it is done: how many records it would make and change
there, how many requests that takes, and whether the brakes of its push would refuse it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from cli.installation import Installation
from kequn.contracts.errors import CrmError
from kequn.contracts.records import Kind
from kequn.store import connections
from kequn.sync.cost import Cost, cost_of
from kequn.sync.guard import raise_if_unsafe
from kequn.sync.job import Job
from kequn.sync.lines import Line
from kequn.sync.proposal import asked

PIECE = 500
EMPTY: tuple[Any, ...] = (None, "", [])


@dataclass(frozen=True)
class Foreseen:
    """At one connection. Without lines: why nobody knows."""

    connection: str
    lines: tuple[Line, ...] = field(default=(), repr=False)
    cost: Cost = field(default_factory=Cost)
    problem: str | None = None

    def count(self, verb: str) -> int:
        return sum(line.verb == verb for line in self.lines)

    @property
    def as_json(self) -> dict[str, Any]:
        if self.problem is not None:
            return {"connection": self.connection, "problem": self.problem}
        counts = {f"{verb}s": self.count(verb) for verb in ("create", "update")}
        return {"connection": self.connection, **counts, "requests": self.cost.total}

    @property
    def words(self) -> str:
        if self.problem is not None:
            return f"{self.connection}: not foreseen: {self.problem}"
        requests = self.cost.total
        return (
            f"{self.connection}: would create {self.count('create'):,} and update {self.count('update'):,} records, "
            f"in about {requests:,} requests"
        )


@dataclass(frozen=True)
class Outlook:
    """The connections that could be opened, and what keeps the others from it."""

    jobs: Sequence[Job]
    closed: Sequence[Foreseen]

    async def at_each(self, session: AsyncSession, kind: Kind, rows: Sequence[UUID]) -> list[Foreseen]:
        """What these rows ask of each connection, as they stand in this transaction."""
        return [*[await _at(job, session, kind, rows) for job in self.jobs], *self.closed]

    def brake(self, foreseen: Sequence[Foreseen]) -> None:
        """Raises UnsafePlan when a push would be stopped for what this makes empty there."""
        for job in self.jobs:
            lines = [line for one in foreseen if one.connection == job.remote.name for line in one.lines]
            blanks = sum(any(_blanked(*pair) for pair in line.fields.values()) for line in lines)
            raise_if_unsafe(f"blanked in {job.remote.name}", blanks, job.linked, job.remote.policy.limits)


def _blanked(old: Any, new: Any) -> bool:
    return old not in EMPTY and new in EMPTY


async def _at(job: Job, session: AsyncSession, kind: Kind, rows: Sequence[UUID]) -> Foreseen:
    lines: list[Line] = []
    for start in range(0, len(rows), PIECE):
        lines += await asked(session, job, kind, rows[start : start + PIECE])
    return Foreseen(job.remote.name, tuple(lines), cost_of(lines, job.remote.crm.capabilities))


@asynccontextmanager
async def outlook(here: Installation) -> AsyncIterator[Outlook]:
    """Opens every connection in use; before the transaction of the import, because a login is written too."""
    async with here.database.reading() as session:
        names = [one.name for one in await connections.present(session, here.scope) if one.state == "active"]
    jobs: list[Job] = []
    closed: list[Foreseen] = []
    async with AsyncExitStack() as stack:
        for name in names:
            try:
                remote = await stack.enter_async_context(here.switchboard.connect(here.scope, name))
                await remote.crm.open()
            except CrmError as error:
                closed.append(Foreseen(name, problem=error.message))
                continue
            jobs.append(Job(here.database, here.ledger, remote, None, here.clock))
            await jobs[-1].count_linked()
        yield Outlook(jobs, closed)
