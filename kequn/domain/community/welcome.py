"""How new members are welcomed: a message with their name in it, a gift, and their own introduction."""

from typing import Any
from uuid import UUID

from sqlalchemy import Table

from kequn.contracts.records import Kind
from kequn.domain import editing, keeping, rights, states
from kequn.domain.community import belonging, charters, wording
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.problems import Refused
from kequn.domain.states import Step, Steps
from kequn.store import tables

_standings: Table = tables.Attendance.__table__  # type: ignore[attr-defined]
INTRODUCED, GIVEN = ("wanted", "given", "waived"), ("none", "promised", "given")
INTRODUCTION: Steps = {("wanted", "give"): Step("given")}
GIFT: Steps = {("promised", "give"): Step("given")}
USUAL = "{name}，欢迎加入{group}！"


async def greet(desk: Desk, membership: UUID, group: UUID, customer: UUID, way: str) -> None:
    """Note how a member came, and queue the welcome. Raises Refused."""
    charter = await charters.read(desk, group)
    now = keeping.now(desk)
    await keeping.add(
        desk, _standings, id=membership, group_id=group, customer_id=customer, way=way, joined_by=desk.actor.name,
        introduction="wanted" if charter["introduction"] else "waived", gift="promised" if charter["gift"] else "none",
        warnings=0, welcomed_at=now, last_seen_at=now,
    )  # fmt: skip
    words = wording.fill(charter["welcome"] or USUAL, **await _values(desk, group, customer, charter))
    await outbox.tell(desk, customer, f"welcome:{membership.hex}", words[:60], words, group=group)
    await belonging.happened(desk, group, customer, "welcomed")


async def _values(desk: Desk, group: UUID, customer: UUID, charter: dict[str, Any]) -> dict[str, str]:
    place = await editing.find(desk, Kind.GROUP, group)
    who = await editing.find(desk, Kind.CUSTOMER, customer)
    name, title = str(who.facts["name"]), str(place.facts["name"])
    return {"name": name, "group": title, "goal": charter["goal"], "gift": charter["gift"]}


async def introduce(desk: Desk, group_id: UUID, customer_id: UUID, words: str) -> UUID:
    """A member has introduced themselves. Raises Refused."""
    one = await standing(desk, group_id, customer_id)
    way = states.step(INTRODUCTION, one["introduction"], "give", desk.actor, named="customer_id")
    said = keeping.text(words, "words", required=True)
    await belonging.happened(desk, one["group_id"], one["customer_id"], "introduced", said)
    return await keeping.change(desk, _standings, one["id"], introduction=way.to, last_seen_at=keeping.now(desk))


async def give_gift(desk: Desk, group_id: UUID, customer_id: UUID) -> UUID:
    """The gift on joining was given. Raises Refused."""
    one = await standing(desk, group_id, customer_id)
    way = states.step(GIFT, one["gift"], "give", desk.actor, named="customer_id")
    await belonging.happened(desk, one["group_id"], one["customer_id"], "gift given")
    return await keeping.change(desk, _standings, one["id"], gift=way.to)


async def standing(desk: Desk, group_id: UUID, customer_id: UUID) -> keeping.Found:
    """How a member does, locked. Of one who came by another road (a CRM) it begins now. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    group, customer = await keeping.group(desk, group_id), await keeping.customer(desk, customer_id)
    id = await belonging.member(desk, group, customer)
    try:
        return await keeping.find(desk, _standings, id)
    except Refused:
        who = {"group_id": group, "customer_id": customer, "way": "added", "joined_by": desk.actor.name}
        await keeping.add(desk, _standings, id=id, **who, introduction="waived", gift="none", warnings=0)
    return await keeping.find(desk, _standings, id)
