"""Events of a group 群活动: planned, opened, held. Seats go to who signs up first; who comes later waits, and moves up
when somebody cancels. The event is locked while seats are given, so that there are never more than there are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select, update

from kequn.domain import keeping, rights, states
from kequn.domain.community import attending, belonging
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.notices.outbox import Message
from kequn.domain.problems import Code, refuse
from kequn.domain.states import Step, Steps
from kequn.store import tables
from kequn.store.pairs import one_of

_gatherings: Table = tables.Gathering.__table__  # type: ignore[attr-defined]
_signs: Table = tables.SignUp.__table__  # type: ignore[attr-defined]
ONLINE = ("quiz", "draw", "game", "live")
OFFLINE = ("meet_up", "trial", "launch", "salon", "lecture")
MOST = 1_000_000
STATES = ("planned", "open", "closed", "held", "cancelled")
STEPS: Steps = {
    ("planned", "open"): Step("open"),
    ("open", "close"): Step("closed"),
    ("closed", "open"): Step("open"),
    ("open", "hold"): Step("held", needs="outcome"),
    ("closed", "hold"): Step("held", needs="outcome"),
    ("planned", "cancel"): Step("cancelled"),
    ("open", "cancel"): Step("cancelled"),
    ("closed", "cancel"): Step("cancelled"),
}
SIGNED = ("seated", "waiting", "cancelled", "attended", "absent")
TURNS: Steps = {
    ("cancelled", "seat"): Step("seated"),
    ("cancelled", "wait"): Step("waiting"),
    ("waiting", "seat"): Step("seated"),
    ("seated", "cancel"): Step("cancelled"),
    ("waiting", "cancel"): Step("cancelled"),
    ("seated", "come"): Step("attended"),
    ("absent", "come"): Step("attended"),
    ("seated", "miss"): Step("absent"),
    ("attended", "miss"): Step("absent"),
}
"""How sign-ups go."""


async def plan(
    desk: Desk, group_id: UUID, name: str, kind: str, starts_at: datetime, capacity: int = 0, place: str = ""
) -> UUID:
    """A new event; offline ones have a place. Raises Refused."""
    group = await keeping.group(desk, group_id)
    if kind not in (*ONLINE, *OFFLINE):
        raise refuse(Code.BAD_VALUE, "kind")
    said = {
        "name": keeping.text(name, "name", keeping.NAME, required=True),
        "place": keeping.text(place, "place", 500, required=kind in OFFLINE),
        "capacity": keeping.number(capacity, "capacity", 0, MOST),
    }
    when = {"starts_at": starts_at, "created_at": keeping.now(desk), "created_by": desk.actor.name}
    return await keeping.add(
        desk, _gatherings, group_id=group, kind=kind, online=kind in ONLINE, state="planned", **said, **when
    )


async def step(desk: Desk, id: UUID, event: str, outcome: str | None = None) -> UUID:
    """Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    one = await keeping.find(desk, _gatherings, id)
    said = {"outcome": keeping.text(outcome, "outcome")} if outcome else {}
    way = states.step(STEPS, one["state"], event, desk.actor, said)
    if way.to == "cancelled":
        await attending.called_off(desk, one)
    return await keeping.change(desk, _gatherings, id, state=way.to, **said)


async def change(
    desk: Desk,
    id: UUID,
    name: str | None = None,
    starts_at: datetime | None = None,
    capacity: int | None = None,
    place: str | None = None,
) -> UUID:
    """Before it is held: another name, time or place, of which who signed up is told; or another number of seats, and
    who waits longest has those that are new. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    one = await keeping.find(desk, _gatherings, id)
    if one["state"] not in ("planned", "open", "closed"):
        raise refuse(Code.WRONG_STATE, "id", state=one["state"])
    said: dict[str, Any] = {} if starts_at is None else {"starts_at": starts_at}
    if name is not None:
        said["name"] = keeping.text(name, "name", keeping.NAME, required=True)
    if place is not None:
        said["place"] = keeping.text(place, "place", 500, required=not one["online"])
    if capacity is not None:
        said["capacity"] = keeping.number(capacity, "capacity", await _seated(desk, id) if capacity else 0, MOST)
    if said:
        await keeping.change(desk, _gatherings, id, **said)
    changed = {**one, **said}
    if (changed["starts_at"], changed["place"]) != (one["starts_at"], one["place"]):
        await attending.moved(desk, changed)
    await _move_up(desk, changed, await _free(desk, changed))
    return id


async def _free(desk: Desk, one: Mapping[Any, Any]) -> int:
    """How many seats there are."""
    return MOST if one["capacity"] == 0 else max(one["capacity"] - await _seated(desk, one["id"]), 0)


async def sign_up(desk: Desk, gathering_id: UUID, customer_id: UUID) -> UUID:
    """Take a seat, or a place among those who wait. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    one = await keeping.find(desk, _gatherings, gathering_id, "gathering_id")
    if one["state"] != "open":
        raise refuse(Code.WRONG_STATE, "gathering_id", state=one["state"])
    customer = await keeping.customer(desk, customer_id)
    await belonging.member(desk, one["group_id"], customer)
    free = await _free(desk, one) > 0
    now = keeping.now(desk)
    known = await _of(desk, one["id"], customer)
    if known is None:
        who = {"gathering_id": one["id"], "customer_id": customer, "state": "seated" if free else "waiting"}
        return await keeping.add(desk, _signs, **who, made_at=now, changed_at=now)
    if known["state"] != "cancelled":
        raise refuse(Code.REPEATED, "customer_id")
    await keeping.change(desk, _signs, known["id"], made_at=now)
    return await turn(desk, known["id"], "seat" if free else "wait")


async def turn(desk: Desk, id: UUID, event: str) -> UUID:
    """A sign-up goes where the table says. Raises Refused."""
    known = await keeping.find(desk, _signs, id)
    way = states.step(TURNS, known["state"], event, desk.actor)
    return await keeping.change(desk, _signs, id, state=way.to, changed_at=keeping.now(desk))


async def cancel(desk: Desk, gathering_id: UUID, customer_id: UUID) -> UUID:
    """Give a seat back; who waits longest has it, and is told. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    one = await keeping.find(desk, _gatherings, gathering_id, "gathering_id")
    known = await _of(desk, one["id"], await keeping.customer(desk, customer_id))
    if known is None:
        raise refuse(Code.NOT_FOUND, "customer_id")
    await turn(desk, known["id"], "cancel")
    if known["state"] == "seated" and one["state"] in ("open", "closed"):
        await _move_up(desk, one, 1)
    return UUID(str(known["id"]))


async def _move_up(desk: Desk, one: Mapping[Any, Any], most: int) -> None:
    """So many of those who wait longest have a seat, and are told."""
    mine = (_signs.c.tenant_id == desk.scope.tenant, _signs.c.gathering_id == one["id"], _signs.c.state == "waiting")
    here = _signs.c.customer_id.in_(keeping.living(desk))
    query = select(_signs.c.id, _signs.c.customer_id).where(*mine, here).order_by(_signs.c.made_at, _signs.c.id)
    first = (await desk.session.execute(query.limit(most))).all()
    if first:
        await _turn_all(desk, [row.id for row in first], "waiting", "seat")
        words = f"{one['name']}: {await attending.when(desk, one)}"
        told = [Message(row.customer_id, f"seat:{row.id.hex}", "活动候补成功", words) for row in first]
        await outbox.tell_each(desk, told, one["group_id"])


async def _turn_all(desk: Desk, ids: Sequence[UUID], state: str, event: str) -> None:
    """Sign-ups that are all in this state go where the table says."""
    way = states.step(TURNS, state, event, desk.actor)
    these = (_signs.c.tenant_id == desk.scope.tenant, one_of(_signs.c.id, ids), _signs.c.state == state)
    await desk.session.execute(update(_signs).where(*these).values(state=way.to, changed_at=keeping.now(desk)))


async def attended(desk: Desk, id: UUID, customer_ids: Sequence[UUID]) -> UUID:
    """Who of those with a seat was there; the others were not. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    one = await keeping.find(desk, _gatherings, id)
    if one["state"] != "held":
        raise refuse(Code.WRONG_STATE, "id", state=one["state"])
    mine = (_signs.c.tenant_id == desk.scope.tenant, _signs.c.gathering_id == id)
    seats = _signs.c.state.in_(("seated", "attended", "absent"))
    query = select(_signs.c.customer_id, _signs.c.id, _signs.c.state).where(*mine, seats)
    there = {row.customer_id: row for row in await desk.session.execute(query)}
    came = set(customer_ids)
    if not came <= there.keys():
        raise refuse(Code.UNKNOWN_CUSTOMER, "customer_ids")
    turns: dict[tuple[str, str], list[UUID]] = {}
    for customer, sign in there.items():
        state, event = ("attended", "come") if customer in came else ("absent", "miss")
        if sign.state != state:
            turns.setdefault((sign.state, event), []).append(sign.id)
    for (state, event), ids in turns.items():
        await _turn_all(desk, ids, state, event)
    return id


async def _seated(desk: Desk, id: UUID) -> int:
    mine = (_signs.c.tenant_id == desk.scope.tenant, _signs.c.gathering_id == id, _signs.c.state == "seated")
    return int((await desk.session.execute(select(func.count()).where(*mine))).scalar_one())


async def _of(desk: Desk, id: UUID, customer: UUID) -> Mapping[Any, Any] | None:
    mine = (_signs.c.tenant_id == desk.scope.tenant, _signs.c.gathering_id == id)
    query = select(_signs).where(*mine, _signs.c.customer_id == customer)
    return (await desk.session.execute(query)).mappings().first()
