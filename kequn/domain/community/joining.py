"""The ways into a group: an application, which the condition and a person decide; an invitation; a segment, whose
members admission.py finds. Whoever comes in has agreed to the rules in force, gets a membership by the ordinary road,
and is welcomed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, update

from kequn.domain import keeping, memberships, rights, states
from kequn.domain.community import belonging, charters, conditions, rules, welcome
from kequn.domain.community.belonging import Event
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.states import Step, Steps
from kequn.store import tables

_applications: Table = tables.Application.__table__  # type: ignore[attr-defined]
_links: Table = tables.JoinLink.__table__  # type: ignore[attr-defined]
STATES = ("asked", "invited", "admitted", "refused", "withdrawn")
STEPS: Steps = {
    ("asked", "admit"): Step("admitted"),
    ("asked", "refuse"): Step("refused", needs="reason"),
    ("asked", "withdraw"): Step("withdrawn"),
    ("invited", "accept"): Step("admitted"),
    ("invited", "withdraw"): Step("withdrawn"),
    ("refused", "admit"): Step("admitted", rights.MANAGE, needs="reason"),
}
LINKS = ("open", "closed")
CLOSING: Steps = {("open", "close"): Step("closed")}


async def apply(desk: Desk, group_id: UUID, customer_id: UUID, agreed: bool = False, code: str | None = None) -> UUID:
    """Somebody asks to come in, perhaps by the link with this code. Refused at once, with the facts that fail, unless
    the condition holds. Raises Refused."""
    group, customer = await _newcomer(desk, group_id, customer_id)
    link = await _link(desk, group, code) if code else None
    answer = await conditions.judge(desk, await charters.read(desk, group), customer)
    version = await _consent(desk, group, customer, agreed=agreed)
    state = "asked" if answer.fits else "refused"
    said: dict[str, Any] = {
        "held": dict(answer.held),
        "missing": [dict(one) for one in answer.missing],
        "agreed_version": version,
    }
    if not answer.fits:
        said |= _decision(desk, "condition: " + ", ".join(one["fact"] for one in answer.missing))
        await belonging.happened(desk, group, customer, "refused", said["reason"])
    return await _note(desk, group, customer, "application", state, join_link_id=link, **said)


async def invite(desk: Desk, group_id: UUID, customer_id: UUID) -> UUID:
    """Somebody is asked to come in; the condition is not. Raises Refused."""
    group, customer = await _newcomer(desk, group_id, customer_id)
    await belonging.happened(desk, group, customer, "invited")
    return await _note(desk, group, customer, "invitation", "invited")


async def step(desk: Desk, id: UUID, event: str, reason: str | None = None, agreed: bool | None = None) -> UUID:
    """Decide an application, or answer an invitation. Nobody comes in who has not agreed to the rules in force. Raises
    Refused."""
    rights.require(desk.actor, rights.EDIT)
    one = await keeping.find(desk, _applications, id)
    said = {"reason": keeping.text(reason, "reason", 1000)} if reason else {}
    way = states.step(STEPS, one["state"], event, desk.actor, said)
    version = one["agreed_version"]
    if way.to == "admitted":
        version = await _ready(desk, one["group_id"], one["customer_id"], agreed=bool(agreed))
        await admit(desk, one["group_id"], one["customer_id"], one["way"], said.get("reason"))
        await _count(desk, one["join_link_id"])
    decided = _decision(desk, said.get("reason"))
    return await keeping.change(desk, _applications, id, state=way.to, agreed_version=version, **decided)


async def admit(desk: Desk, group: UUID, customer: UUID, way: str, reason: str | None = None) -> UUID:
    """Make the membership, and welcome them. Raises Refused."""
    [made] = await admit_many(desk, group, [customer], way, reason)
    return made


async def admit_many(
    desk: Desk, group: UUID, customers: Sequence[UUID], way: str, reason: str | None = None
) -> list[UUID]:
    """The same of many, in a few statements. Raises Refused."""
    made = await memberships.add_all(desk, group, customers)
    await welcome.greet(desk, group, dict(zip(customers, made, strict=True)), way)
    steps = (("joined", reason or way), ("welcomed", None))
    await belonging.happened_all(desk, [Event(group, one, *step) for one in customers for step in steps])
    return made


async def _newcomer(desk: Desk, group_id: UUID, customer_id: UUID) -> tuple[UUID, UUID]:
    group, customer = await keeping.group(desk, group_id), await keeping.customer(desk, customer_id)
    if await belonging.membership(desk, group, customer) is not None:
        raise refuse(Code.ALREADY_MEMBER, "customer_id")
    mine = (_applications.c.tenant_id == desk.scope.tenant, _applications.c.group_id == group)
    waiting = _applications.c.state.in_(("asked", "invited"))
    query = select(_applications.c.id).where(*mine, _applications.c.customer_id == customer, waiting)
    if (await desk.session.execute(query)).first() is not None:
        raise refuse(Code.REPEATED, "customer_id")
    return group, customer


async def _consent(desk: Desk, group: UUID, customer: UUID, *, agreed: bool) -> int | None:
    """The version in force that they agree to, or agreed to before."""
    current = await rules.in_force(desk, group)
    if current is None:
        return None
    version = int(current["version"])
    if agreed:
        await rules.consent(desk, group, customer, agreed=True)
    return version if agreed or await rules.agreed(desk, group, customer, version) else None


async def _ready(desk: Desk, group: UUID, customer: UUID, *, agreed: bool) -> int | None:
    """Raises Refused without consent to the rules in force."""
    version = await _consent(desk, group, customer, agreed=agreed)
    if version is None and await rules.in_force(desk, group) is not None:
        raise refuse(Code.REQUIRED, "agreed")
    return version


def _decision(desk: Desk, reason: str | None) -> dict[str, Any]:
    return {"decided_at": keeping.now(desk), "decided_by": desk.actor.name, "reason": reason}


async def _note(desk: Desk, group: UUID, customer: UUID, way: str, state: str, **said: Any) -> UUID:
    who = {"group_id": group, "customer_id": customer, "way": way, "state": state}
    made = {"made_at": keeping.now(desk), "made_by": desk.actor.name}
    return await keeping.add(desk, _applications, **{"held": {}, "missing": [], **who, **made, **said})


# -- links ------------------------------------------------------------------------------------------------------------


async def make_link(desk: Desk, group_id: UUID, channel: str) -> UUID:
    """A link into a group, for one channel. Raises Refused."""
    group = await keeping.group(desk, group_id)
    said = {"channel": keeping.text(channel, "channel", keeping.NAME, required=True), "code": _code(desk)}
    made = {"created_at": keeping.now(desk), "created_by": desk.actor.name}
    return await keeping.add(desk, _links, group_id=group, state="open", opened=0, joined=0, **said, **made)


async def close_link(desk: Desk, id: UUID) -> UUID:
    """It leads nowhere from now on. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    known = await keeping.find(desk, _links, id)
    way = states.step(CLOSING, known["state"], "close", desk.actor)
    return await keeping.change(desk, _links, id, state=way.to)


async def open_link(desk: Desk, code: str) -> UUID:
    """Somebody followed a link: counted. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    mine = (_links.c.tenant_id == desk.scope.tenant, _links.c.code == code, _links.c.state == "open")
    done = await desk.session.execute(update(_links).where(*mine).values(opened=_links.c.opened + 1))
    if not done.rowcount:  # type: ignore[attr-defined]
        raise refuse(Code.NOT_FOUND, "code")
    query = select(_links.c.id).where(*mine)
    return UUID(str((await desk.session.execute(query)).scalar_one()))


def _code(desk: Desk) -> str:
    return desk.ledger.random.bytes(9).hex()


async def _link(desk: Desk, group: UUID, code: str) -> UUID:
    mine = (_links.c.tenant_id == desk.scope.tenant, _links.c.group_id == group, _links.c.code == code)
    found = (await desk.session.execute(select(_links.c.id).where(*mine, _links.c.state == "open"))).scalar()
    if found is None:
        raise refuse(Code.NOT_FOUND, "code")
    return UUID(str(found))


async def _count(desk: Desk, link: UUID | None) -> None:
    if link is not None:
        mine = (_links.c.tenant_id == desk.scope.tenant, _links.c.id == link)
        await desk.session.execute(update(_links).where(*mine).values(joined=_links.c.joined + 1))
