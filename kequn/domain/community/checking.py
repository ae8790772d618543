"""Checks for violations 违规检查: every so many days what members said since the last one is looked through for words
that the charter forbids, or the usual ones. What is found is suspected, with its evidence; a person makes a report of
it, or says that it is nothing. Nobody is sanctioned here. Who runs a group is told once when a check is due."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, and_, func, insert, literal, or_, select, true, union_all

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain import keeping, rights, states
from kequn.domain.community import charters, forbidden, rules, running, violations
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.notices.outbox import Message
from kequn.domain.states import Step, Steps
from kequn.store import rows, tables
from kequn.store.where import live

_charters: Table = tables.Charter.__table__  # type: ignore[attr-defined]
_checks: Table = tables.ViolationCheck.__table__  # type: ignore[attr-defined]
_suspicions: Table = tables.Suspicion.__table__  # type: ignore[attr-defined]
_events: Table = tables.MemberEvent.__table__  # type: ignore[attr-defined]
_groups, _members = rows.table(Kind.GROUP), rows.table(Kind.MEMBERSHIP)
STATES = ("open", "reported", "dismissed")
STEPS: Steps = {
    ("open", "report"): Step("reported"),
    ("open", "dismiss"): Step("dismissed", needs="note"),
}
MOST, PIECE, AT_ONCE = 1000, 200, 100
OVERLAP = timedelta(hours=1)
"""A row may be committed after one that was written later; who reads again what was read comes upon nothing twice."""

Found = Mapping[str, Any]


async def check(desk: Desk, group_id: UUID, note: str = "") -> UUID:
    """Look through what members said since the last check. With more than `MOST` suspicions it ends where they were
    reached, and the next begins there. Raises Refused."""
    group = await keeping.group(desk, group_id)
    charter, now = await charters.read(desk, group), keeping.now(desk)
    since = charter.get("checked_until", now - timedelta(days=charter["check_days"]))
    if "id" not in charter:  # the usual one holds, and from now on so does its clock
        await charters.write(desk, group)
    words = forbidden.looked_for(charter["forbidden"])
    said = keeping.text(note, "note", required=not any(words.values()))
    read, found, until = await _look(desk, group, words, since, now)
    current = await rules.in_force(desk, group)
    by = {"rules_version": current["version"] if current else None, "forbidden": words, "note": said}
    when = {"since": since, "until": until, "checked_at": now, "checked_by": desk.actor.name}
    made = await keeping.add(desk, _checks, group_id=group, read=read, found=len(found), **when, **by)
    await _suspect(desk, {"tenant_id": desk.scope.tenant, "group_id": group, "check_id": made, "state": "open"}, found)
    await charters.checked(desk, group, until)
    return made


async def _look(
    desk: Desk, group: UUID, words: forbidden.Words, since: datetime, now: datetime
) -> tuple[int, list[Found], datetime]:
    """How many sayings were read, what in them is new, and up to when."""
    mine = (_suspicions.c.tenant_id == desk.scope.tenant, _suspicions.c.group_id == group)
    query = select(_suspicions.c.source_id, _suspicions.c.category).where(*mine)
    known = {(row[0], row[1]) for row in await desk.session.execute(query)}
    read, found = 0, list[Found]()
    sayings = await desk.session.stream(_sayings(desk, group, since - OVERLAP).execution_options(yield_per=PIECE))
    async for row in sayings:
        read += 1
        text = "\n".join(part for part in (row.subject, row.content) if part)
        for category, word in forbidden.breaches(words, text):
            if (row.id, category) not in known:
                what = {"category": category, "word": word, "evidence": text[: keeping.TEXT], "said_at": row.said_at}
                found.append({**what, "source": row.source, "source_id": row.id, "customer_id": row.customer_id})
        if len(found) >= MOST:
            await sayings.close()
            return read, found, row.moment
    return read, found, now


def _sayings(desk: Desk, group: UUID, since: datetime) -> Select[Any]:
    """What members of the group said: in feedback, in interactions that we did not begin, and when they introduced
    themselves. By when it came to be here, so that what is learned late escapes no check; `said_at` is when it was
    said, which whoever decides is shown."""
    members = select(_members.c.customer_id).where(
        _members.c.tenant_id == desk.scope.tenant, _members.c.group_id == group, live(_members)
    )
    some = []
    for kind in (Kind.INTERACTION, Kind.FEEDBACK):
        here = rows.table(kind)
        said_at = func.coalesce(here.c.happened_at, here.c.created_at)
        texts = (here.c.id, here.c.customer_id, here.c.subject, here.c.content, here.c.updated_at.label("moment"))
        query = select(literal(kind.value).label("source"), *texts, said_at.label("said_at"))
        mine = (here.c.tenant_id == desk.scope.tenant, here.c.customer_id.in_(members), here.c.updated_at > since)
        theirs = or_(here.c.direction.is_(None), here.c.direction != "outbound") if "direction" in here.c else true()
        some.append(query.where(*mine, live(here), theirs))
    own, event = (_events.c.tenant_id == desk.scope.tenant, _events.c.group_id == group), _events.c
    words = (event.id, event.customer_id, literal("").label("subject"), event.reason.label("content"))
    query = select(
        literal("introduction").label("source"), *words, event.happened_at.label("moment"), event.happened_at
    )
    told = and_(event.kind == "introduced", event.happened_at > since, event.customer_id.in_(members))
    all_of = union_all(*some, query.where(*own, told)).subquery()
    return select(all_of).order_by(all_of.c.moment, all_of.c.id)


async def _suspect(desk: Desk, known: Mapping[str, Any], found: Sequence[Found]) -> None:
    for start in range(0, len(found), PIECE):
        some = [{**known, **one, "id": desk.ledger.new_id()} for one in found[start : start + PIECE]]
        await desk.session.execute(insert(_suspicions).values(some))


async def step(desk: Desk, id: UUID, event: str, note: str | None = None) -> UUID:
    """Report it as a violation, which is then decided like any other; or say why it is none. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    one = await keeping.find(desk, _suspicions, id)
    said = {"note": keeping.text(note, "note")} if note else {}
    way = states.step(STEPS, one["state"], event, desk.actor, said)
    changed: dict[str, Any] = {"state": way.to, "decided_at": keeping.now(desk), "decided_by": desk.actor.name, **said}
    if way.to == "reported":
        what = (one["group_id"], one["customer_id"], one["category"], one["evidence"])
        changed["violation_id"] = await violations.report(desk, *what)
    return await keeping.change(desk, _suspicions, id, **changed)


async def remind(desk: Desk) -> int:
    """Tell the owner of each group whose check is due, and who has a duty there, each once; how many were told. A group
    that somebody runs and nobody wrote a charter for is checked by the usual one from now on. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    await charters.begin(desk, await _run_by_the_usual(desk))
    here = and_(_groups.c.tenant_id == _charters.c.tenant_id, _groups.c.id == _charters.c.id)
    due = (_charters.c.tenant_id == desk.scope.tenant, _charters.c.check_at <= keeping.now(desk), live(_groups))
    query = select(_groups.c.id, _groups.c.name, _groups.c.owner_id, _charters.c.check_at).join(_charters, here)
    groups = (await desk.session.execute(query.where(*due).order_by(_charters.c.check_at))).all()
    people = await running.who(desk, {row.id: row.owner_id for row in groups})
    return len(await outbox.tell_each(desk, [_message(row, staff) for row in groups for staff in people[row.id]]))


def _message(group: Any, staff: UUID) -> Message:
    occasion = f"{format_id('charter', group.id)} {group.check_at.isoformat()}"
    body = f"It is time to check for violations: {group.name} 群内违规检查到期"
    return Message(None, occasion, "check for violations 违规检查", body, staff)


async def _run_by_the_usual(desk: Desk) -> Sequence[UUID]:
    """Groups with members, and an owner or somebody with a duty there, but without a charter."""
    here = and_(_groups.c.tenant_id == desk.scope.tenant, live(_groups))
    on_duty = select(running.DUTIES.c.group_id).where(*running.standing(desk))
    filled = select(_members.c.group_id).where(_members.c.tenant_id == desk.scope.tenant, live(_members))
    written = select(_charters.c.id).where(_charters.c.tenant_id == desk.scope.tenant)
    run = or_(_groups.c.owner_id.is_not(None), _groups.c.id.in_(on_duty))
    query = select(_groups.c.id).where(here, run, _groups.c.id.in_(filled), _groups.c.id.not_in(written))
    return (await desk.session.execute(query.order_by(_groups.c.id).limit(AT_ONCE))).scalars().all()
