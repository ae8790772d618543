"""Wrong phases: each is what a tired engineer might have written. They exist here alone; a test hands them to the
engine by replacing one name where it is used."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.crm import Feed
from kequn.contracts.records import Gone, Kind, Record
from kequn.store.cursors import Place
from kequn.store.cursors import put as put_cursor
from kequn.store.hints import Look
from kequn.store.links import Address, Link, Tombstone
from kequn.store.rows import Row
from kequn.store.values import Fact, Facts
from kequn.sync import pull, receipts
from kequn.sync.burial import Burial
from kequn.sync.decide import Planner
from kequn.sync.job import Job, Progress
from kequn.sync.match import Observation
from kequn.sync.merge import Clash, Sides, _Field
from kequn.sync.page import Seen
from kequn.sync.plan import Decision
from kequn.sync.policy import Winner
from kequn.sync.receipts import Sent
from kequn.sync.remote import Form, Places, Remote

# -- merge ------------------------------------------------------------------------------------------------------------


def clash_takes_theirs(sides: Sides, name: str, base: Fact, ours: Fact, theirs: Fact, *, unanswered: bool) -> _Field:
    return _Field(theirs, theirs, taken=True)


def clash_makes_a_compromise(
    sides: Sides, name: str, base: Fact, ours: Fact, theirs: Fact, *, unanswered: bool
) -> _Field:
    both = f"{ours} / {theirs}"
    return _Field(both, theirs, taken=True, clash=Clash(name, base, ours, theirs, Winner.ASK, both))


def clash_compares_clocks(sides: Sides, name: str, base: Fact, ours: Fact, theirs: Fact, *, unanswered: bool) -> _Field:
    later = sides.theirs_at is not None and sides.ours_at is not None and sides.theirs_at > sides.ours_at
    return _Field(theirs, theirs, taken=True) if later else _Field(ours, theirs)


def set_is_replaced(base: frozenset[str], ours: frozenset[str], theirs: frozenset[str]) -> frozenset[str]:
    return theirs


def first_meeting_takes_theirs(sides: Sides, name: str, ours: Fact, theirs: Fact) -> _Field:
    return _Field(theirs, theirs, taken=True)


# -- match ------------------------------------------------------------------------------------------------------------


async def no_tombstones(*given: Any, **more: Any) -> list[Tombstone]:
    return []


async def no_intents(*given: Any, **more: Any) -> None:
    return None


def first_state_counts(seen: Sequence[Record | Gone]) -> dict[Address, Record | Gone]:
    states: dict[Address, Record | Gone] = {}
    for one in seen:
        states.setdefault((one.object, one.id), one)
    return states


# -- decide -----------------------------------------------------------------------------------------------------------

_linked, _unlinked = Planner._linked, Planner._unlinked


def last_page_counts(self: Planner, at: Observation, seen: Record, link: Link) -> Decision:
    """The order in which pages come, not the CRM's."""
    return _linked(self, at, replace(seen, version=max(seen.version, link.version)), link)


def first_candidate_is_it(self: Planner, at: Observation, seen: Record) -> Decision:
    if not at.rivals:
        return _unlinked(self, at, seen)
    row = Row(seen.kind, at.rivals[0], at.theirs)
    return _unlinked(self, replace(at, rivals=(), row=row), seen)


def missing_reference_is_dropped(self: Planner, at: Observation, seen: Record) -> tuple[Look, ...]:
    return ()


def nobody_edits_what_we_deleted(self: Planner, at: Observation, row: Row, link: Link, name: str, fact: Fact) -> bool:
    return False


def same_key_is_another_row(self: Planner, at: Observation, seen: Record, row: Row) -> bool:
    return False


def written_as_it_is(remote: Remote, object: str, kind: Kind, facts: Facts, places: Places) -> Form:
    """Compares what we hold with what they hold, as if every CRM held everything."""
    writable = remote.can(object).writable
    return Form({name: fact for name, fact in facts.items() if name in writable and not isinstance(fact, UUID)})


# -- burial -----------------------------------------------------------------------------------------------------------


def nothing_is_unsent(*given: Any) -> dict[str, Fact]:
    return {}


def reads_never_lag(self: Burial, link: Link) -> bool:
    return False


def merge_is_a_delete(self: Burial, at: Observation, seen: Gone, link: Link, row: Row, stone: Tombstone) -> Decision:
    return _lost(self, replace(at, heirs=(), merging=False), replace(seen, into=None), link, row, stone)


_lost = Burial._row_lost_its_record


# -- pull and look ----------------------------------------------------------------------------------------------------


async def cursor_first(job: Job, feed: Feed, place: Place) -> AsyncIterator[Progress]:
    """The cursor is safe before the page is."""
    complete = False
    while not complete:
        page = await job.remote.crm.pull(feed.name, place.position)
        async with job.writing() as session:
            early = replace(place, position=page.next_cursor, walked_at=job.clock.now())
            await put_cursor(session, job.remote.scope, job.remote.id, feed.name, early)
        async with job.writing() as session:
            place, _ = await pull.take(session, job, feed, place, page)
        yield Progress("pull", feed.name, 0)
        complete = page.complete


async def a_hint_is_the_truth(job: Job, object: str, chunk: list[Look]) -> list[tuple[list[Look], list[Seen]]]:
    """Whoever is hinted at is gone; why else would anybody say so?"""
    return [(chunk, [Gone(one.kind, one.object, one.external_id, 10**9) for one in chunk])]


async def one_feed_after_the_other(job: Job, *, full: bool = False) -> AsyncIterator[Progress]:
    for feed, place in await pull.due(job, full=full):
        async for page in pull._walk(job, feed, place):
            yield page


def no_brake(*given: Any) -> None:
    return None


# -- push -------------------------------------------------------------------------------------------------------------


async def nothing_is_read_first(job: Job, kind: Kind, claimed: Sequence[UUID]) -> list[Seen]:
    return []


def everything_is_sent(
    facts: Facts, base: Facts, normal: Facts, writable: frozenset[str], held: frozenset[str]
) -> dict[str, Fact]:
    return {name: facts[name] for name in normal}


def receipt_is_forgotten(job: Job, sent: Sent, receipt: Any, known: Mapping[Address, Link]) -> Link:
    link = _link(job, sent, receipt, known)
    return replace(link, base=sent.ask.link.base) if sent.ask.link else link


_link = receipts._link


async def nobody_else_is_told(self: Any, session: AsyncSession, scope: Any, edits: Collection[Any]) -> list[Any]:
    return []


async def refusals_are_forgotten(session: AsyncSession, job: Job, waiting: Mapping[UUID, Any]) -> None:
    return None
