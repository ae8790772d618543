"""How new members are welcomed: a message with their name in it, a gift, and their own introduction."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from kequn.contracts.records import Kind
from kequn.domain import editing, keeping, rights, states
from kequn.domain.community import belonging, charters, wording
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.notices.outbox import Message
from kequn.domain.problems import Refused
from kequn.domain.states import Step, Steps
from kequn.store import identities, tables
from kequn.store.upsert import insert_many, insert_new, insert_plain

_standings: Table = tables.Attendance.__table__  # type: ignore[attr-defined]
INTRODUCED, GIVEN = ("wanted", "given", "waived"), ("none", "promised", "given")
INTRODUCTION: Steps = {("wanted", "give"): Step("given")}
GIFT: Steps = {("promised", "give"): Step("given")}
USUAL = "{name}，欢迎加入{group}！"


async def greet(desk: Desk, group: UUID, memberships: Mapping[UUID, UUID], way: str) -> None:
    """Note how new members came, and queue their welcome. `memberships`: of each customer. Raises Refused."""
    charter, now = await charters.read(desk, group), keeping.now(desk)
    said = {
        "tenant_id": desk.scope.tenant, "group_id": group, "way": way, "joined_by": desk.actor.name,
        "introduction": "wanted" if charter["introduction"] else "waived",
        "gift": "promised" if charter["gift"] else "none", "warnings": 0, "welcomed_at": now, "last_seen_at": now,
    }  # fmt: skip
    made = [{**said, "id": id, "customer_id": customer} for customer, id in memberships.items()]
    await insert_many(desk.session, insert_plain(desk.session, _standings), made)
    await outbox.tell_each(desk, await _messages(desk, group, memberships, charter), group)


async def _messages(
    desk: Desk, group: UUID, memberships: Mapping[UUID, UUID], charter: Mapping[str, Any]
) -> list[Message]:
    place = await editing.find(desk, Kind.GROUP, group)
    known = {"group": str(place.facts["name"]), "goal": charter["goal"], "gift": charter["gift"]}
    found = await editing.survivors(desk, Kind.CUSTOMER, memberships.keys())
    told = []
    for customer, id in memberships.items():
        who = found[customer]
        words = wording.fill(charter["welcome"] or USUAL, name=str(who.facts["name"]), **known)
        told.append(Message(who.id, f"welcome:{id.hex}", words[:60], words))
    return told


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
        await keeping.add(desk, _standings, id=id, **_begun(desk, group, customer))
    return await keeping.find(desk, _standings, id)


async def begin(desk: Desk, group: UUID, customers: Sequence[UUID]) -> None:
    """Of the members among these who came by another road, how they do begins now. The caller holds the group."""
    found = await identities.memberships_of(desk.session, desk.scope, [(one, group) for one in customers])
    known = {"tenant_id": desk.scope.tenant}
    made = [{**known, "id": ids[0], **_begun(desk, group, customer)} for (customer, _), ids in found.items()]
    await insert_many(desk.session, insert_new(desk.session, _standings), made)


def _begun(desk: Desk, group: UUID, customer: UUID) -> dict[str, Any]:
    who = {"group_id": group, "customer_id": customer, "way": "added", "joined_by": desk.actor.name}
    return {**who, "introduction": "waived", "gift": "none", "warnings": 0}
