"""Whom a survey asks, and when: waves over a seeded sample, or a customer after a key node; nobody twice about the
same, nobody who was asked lately or wants to be left alone. A link opens one invitation; its token is kept under the
customer's key."""

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, and_, exists, func, select, update

from kequn.contracts.records import Kind
from kequn.domain import editing, keeping, rights, states
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.notices.outbox import Message
from kequn.domain.problems import Code, refuse
from kequn.domain.segments import membership
from kequn.domain.states import Step, Steps
from kequn.domain.surveys.keeping import SURVEYS
from kequn.store import spend, tables
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.pairs import one_of
from kequn.store.rows import table
from kequn.store.scope import Actor
from kequn.store.upsert import insert_many, insert_plain
from kequn.store.vault import Keys
from kequn.store.where import live

WAVES: Table = tables.SurveyWave.__table__  # type: ignore[attr-defined]
INVITATIONS: Table = tables.SurveyInvitation.__table__  # type: ignore[attr-defined]
_tickets: Table = tables.Ticket.__table__  # type: ignore[attr-defined]
_customers: Table = table(Kind.CUSTOMER)
_purchases: Table = table(Kind.PURCHASE)
_feedback: Table = table(Kind.FEEDBACK)
STATES = ("waiting", "sent", "opened", "answered", "declined", "unreachable", "expired")
WAVE_STATES = ("open", "closed")
ASKED = ("waiting", "sent", "opened")
"""Of these an answer may still come."""
AT_ONCE = 5_000
RECENT = timedelta(days=30)
"""A key node is asked about so long after it is due; what is older is stale."""

STEPS: Steps = {
    ("waiting", "send"): Step("sent"),
    ("sent", "send"): Step("sent"),
    ("opened", "send"): Step("opened"),
    ("sent", "open"): Step("opened"),
    ("opened", "open"): Step("opened"),
    **{(state, "answer"): Step("answered") for state in ASKED},
    **{(state, "decline"): Step("declined", needs="note") for state in ASKED},
    **{(state, "fail"): Step("unreachable", needs="note") for state in ASKED},
    ("unreachable", "answer"): Step("answered"),
    ("unreachable", "send"): Step("sent"),
    **{(state, "expire"): Step("expired") for state in ASKED},
}
WAVE_STEPS: Steps = {("open", "close"): Step("closed")}


@dataclass(frozen=True)
class Link:
    """The way to an invitation. Whoever has the token may answer."""

    invitation: UUID
    token: str = field(repr=False)


def sample(ids: Collection[UUID], size: int | None, seed: str) -> list[UUID]:
    """So many of them, in an order that anybody can work out again."""
    drawn = sorted(ids, key=lambda id: hashlib.sha256(f"{seed} {id.hex}".encode()).digest())
    return drawn if size is None else drawn[:size]


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()


async def hold(desk: Desk, survey: UUID, seed: str) -> UUID:
    """A new wave of a periodic survey. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    await _published(desk)
    known = await keeping.find(desk, SURVEYS, survey, "survey_id")
    if known["state"] != "published" or known["kind"] != "periodic":
        raise refuse(Code.WRONG_STATE, "survey_id", state=known["state"])
    return await _hold(desk, known, keeping.text(seed, "seed", keeping.NAME, required=True))


async def _published(desk: Desk) -> Sequence[Mapping[Any, Any]]:
    """All of them, locked: who was asked lately, by whichever, is known once nobody else is asking."""
    mine = (SURVEYS.c.tenant_id == desk.scope.tenant, SURVEYS.c.state == "published")
    query = select(SURVEYS).where(*mine).order_by(SURVEYS.c.id).with_for_update()
    return (await desk.session.execute(query)).mappings().all()


async def _hold(desk: Desk, known: Mapping[Any, Any], seed: str) -> UUID:
    people = await _population(desk, known)
    chosen = sample(people, known["sample"], seed)
    wave = await _wave(desk, known, seed, len(people))
    await _invite(desk, wave, [(id, "") for id in chosen])
    return wave


async def _wave(desk: Desk, known: Mapping[Any, Any], seed: str, population: int) -> UUID:
    mine = (WAVES.c.tenant_id == desk.scope.tenant, WAVES.c.survey_id == known["id"])
    last = (await desk.session.execute(select(func.max(WAVES.c.number)).where(*mine))).scalar() or 0
    now = desk.ledger.clock.now()
    about = {"survey_id": known["id"], "number": last + 1, "version": known["questions_version"], "seed": seed}
    when = {"opened_at": now, "closes_at": now + timedelta(days=known["open_days"]), "state": "open"}
    return await keeping.add(desk, WAVES, **about, **when, population=population, invited=0)


async def _population(desk: Desk, known: Mapping[Any, Any]) -> Sequence[UUID]:
    """Who may be asked: living, not opted out, of the segment, left in peace long enough."""
    now = desk.ledger.clock.now()
    mine = (_customers.c.tenant_id == desk.scope.tenant, live(_customers), _customers.c.opted_out.is_not(True))
    since = now - timedelta(days=known["rest_days"])
    same = (INVITATIONS.c.tenant_id == _customers.c.tenant_id, INVITATIONS.c.customer_id == _customers.c.id)
    query = select(_customers.c.id).where(*mine, ~exists().where(*same, INVITATIONS.c.invited_at > since))
    if known["segment_id"] is not None:
        inside = await membership.members(desk.session, desk.scope, known["segment_id"], now)
        query = query.where(_customers.c.id.in_(inside))
    return (await desk.session.execute(query.order_by(_customers.c.id))).scalars().all()


async def _invite(desk: Desk, wave: UUID, people: Sequence[tuple[UUID, str]]) -> None:
    now = desk.ledger.clock.now()
    said = {"tenant_id": desk.scope.tenant, "wave_id": wave, "state": "waiting", "answers": {}}
    said |= {"invited_at": now, "changed_by": desk.actor.name}
    asked = [{**said, "id": desk.ledger.new_id(), "customer_id": one, "occasion": about} for one, about in people]
    await insert_many(desk.session, insert_plain(desk.session, INVITATIONS), asked)
    await keeping.change(desk, WAVES, wave, invited=WAVES.c.invited + len(people))


async def trigger(desk: Desk) -> int:
    """Ask customers about key nodes that are due: a purchase, some use, a solved problem. How many. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    return sum([await _trigger(desk, one) for one in await _published(desk) if one["kind"] == "key_node"])


async def _trigger(desk: Desk, known: Mapping[Any, Any]) -> int:
    asked = await _occasions(desk, known["id"])
    found = [(who, f"{known['node']} {node.hex}") for who, node in await desk.session.execute(_nodes(desk, known))]
    fresh = [(who, named) for who, named in found if named not in asked]
    people = set(await _population(desk, known)) if fresh else set()
    due: dict[UUID, str] = {}
    for customer, named in fresh:
        if customer in people:
            due.setdefault(customer, named)  # the latest: a customer is asked once
    if due:
        await _invite(desk, await _running(desk, known), sorted(due.items()))
    return len(due)


async def _occasions(desk: Desk, survey: UUID) -> set[str]:
    both = (WAVES.c.tenant_id == INVITATIONS.c.tenant_id) & (WAVES.c.id == INVITATIONS.c.wave_id)
    mine = (INVITATIONS.c.tenant_id == desk.scope.tenant, WAVES.c.survey_id == survey)
    query = select(INVITATIONS.c.occasion).join_from(INVITATIONS, WAVES, both).where(*mine)
    return set((await desk.session.execute(query)).scalars())


def _nodes(desk: Desk, known: Mapping[Any, Any]) -> Select[Any]:
    """Customers and what happened to them that is due, the latest first."""
    until = desk.ledger.clock.now() - timedelta(days=known["delay_days"])
    if known["node"] == "after_sales":
        both = (_feedback.c.tenant_id == _tickets.c.tenant_id) & (_feedback.c.id == _tickets.c.feedback_id)
        at = _tickets.c.solved_at
        solved = (_tickets.c.tenant_id == desk.scope.tenant, live(_feedback), _feedback.c.customer_id.is_not(None))
        query = select(_feedback.c.customer_id, _tickets.c.id).join_from(_tickets, _feedback, both).where(*solved)
    else:
        at = _purchases.c.paid_at
        sold = and_(spend.SALE, _purchases.c.customer_id.is_not(None))
        query = select(_purchases.c.customer_id, _purchases.c.id)
        query = query.where(_purchases.c.tenant_id == desk.scope.tenant, live(_purchases), sold)
    return query.where(at <= until, at > until - RECENT).order_by(at.desc())


async def _running(desk: Desk, known: Mapping[Any, Any]) -> UUID:
    """The wave of this month: key nodes are gathered in it. Other questions begin another."""
    now = desk.ledger.clock.now()
    seed = f"{now:%Y-%m}"
    mine = (WAVES.c.tenant_id == desk.scope.tenant, WAVES.c.survey_id == known["id"], WAVES.c.state == "open")
    same = (WAVES.c.seed == seed, WAVES.c.version == known["questions_version"])
    query = select(WAVES.c.id).where(*mine, *same).with_for_update()  # one that is being closed is none
    found: UUID | None = (await desk.session.execute(query)).scalar()
    if found is None:
        return await _wave(desk, known, seed, 0)
    await keeping.change(desk, WAVES, found, closes_at=now + timedelta(days=known["open_days"]))
    return found


async def hold_due(desk: Desk) -> int:
    """New waves of periodic surveys whose time has come. How many. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    count = 0
    while await _hold_next(desk):
        count += 1
    return count


async def hold_all_due(database: Database, ledger: Ledger, actor: Actor) -> int:
    """The same, each wave in a transaction of its own. Raises Refused."""
    rights.require(actor, rights.EDIT)
    count, held = 0, True
    while held:
        async with database.writing() as session:
            held = await _hold_next(Desk(session, actor, ledger))
        count += held
    return count


async def _hold_next(desk: Desk) -> bool:
    """Whether there was one whose time has come."""
    for one in await _published(desk):
        if one["kind"] == "periodic" and one["every_days"] is not None and await _is_due(desk, one):
            await _hold(desk, one, f"{desk.ledger.clock.now():%Y-%m-%d}")
            return True
    return False


async def _is_due(desk: Desk, known: Mapping[Any, Any]) -> bool:
    mine = (WAVES.c.tenant_id == desk.scope.tenant, WAVES.c.survey_id == known["id"])
    query = select(WAVES.c.opened_at).where(*mine).order_by(WAVES.c.number.desc()).limit(1)
    last: datetime | None = (await desk.session.execute(query)).scalar()
    return last is None or last + timedelta(days=known["every_days"]) <= desk.ledger.clock.now()


async def send(desk: Desk, id: UUID) -> Link:
    """The link to be handed to the customer, the same each time. Raises Refused."""
    known, wave = await keeping.find_within(desk, INVITATIONS, id, INVITATIONS.c.wave_id, WAVES)
    states.step(STEPS, known["state"], "send", desk.actor)
    require_open(desk, wave)
    [link] = await _links(desk, [known])
    return link


async def _links(desk: Desk, some: Sequence[keeping.Found]) -> list[Link]:
    """To invitations of open waves, which are locked; that they go is noted. Raises Refused."""
    whose = [known["customer_id"] for known in some]
    keys = await desk.ledger.vault.keys_for_writing(desk.session, desk.scope, whose)
    tokens = [_token(desk, known, keys) for known in some]
    sent = [_sent(desk, known, *token) for known, token in zip(some, tokens, strict=True)]
    await keeping.change_each(desk, INVITATIONS, sent)
    return [Link(known["id"], token) for known, (token, _) in zip(some, tokens, strict=True)]


def _token(desk: Desk, known: keeping.Found, keys: Keys) -> tuple[str, bytes]:
    """What opens the invitation, and the same under the customer's key."""
    bind = f"survey_invitation/{known['id'].hex}"
    if known["sealed"] is not None:
        return keys.open(known["sealed"], bind).decode(), known["sealed"]
    token = base64.urlsafe_b64encode(desk.ledger.random.bytes(32)).rstrip(b"=").decode()
    return token, keys.seal(known["customer_id"], token.encode(), bind)


def _sent(desk: Desk, known: keeping.Found, token: str, sealed: bytes) -> dict[str, Any]:
    now, way = desk.ledger.clock.now(), states.step(STEPS, known["state"], "send", desk.actor)
    when = {"sent_at": known["sent_at"] or now, "reminded_at": now if known["sent_at"] else known["reminded_at"]}
    values = {"id": known["id"], "state": way.to, "hash": digest(token), "sealed": sealed, **when}
    return {**values, "changed_by": desk.actor.name}


def require_open(desk: Desk, wave: keeping.Found) -> None:
    """Raises Refused."""
    if wave["state"] != "open" or wave["closes_at"] <= desk.ledger.clock.now():
        raise refuse(Code.WRONG_STATE, "id", state="closed")


async def survey_of(desk: Desk, wave: keeping.Found) -> keeping.Found:
    """Not locked: who holds a survey may wait for its wave."""
    mine = (SURVEYS.c.tenant_id == desk.scope.tenant, SURVEYS.c.id == wave["survey_id"])
    return (await desk.session.execute(select(SURVEYS).where(*mine))).mappings().one()


async def send_all(desk: Desk, wave: UUID, base: str, *, reminder: bool = False, at_most: int = AT_ONCE) -> int:
    """Queue a notice with a link for everybody who has none yet; or remind those who did not answer, once, when it is
    time. `base`: the address of the page, to which the token is added. How many; the rest when it is called again.
    Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    known = await keeping.find(desk, WAVES, wave)
    require_open(desk, known)
    survey = await survey_of(desk, known)
    since = desk.ledger.clock.now() - timedelta(days=survey["remind_days"])
    fresh = and_(INVITATIONS.c.state == "waiting", INVITATIONS.c.sent_at.is_(None))
    silent = and_(
        INVITATIONS.c.state.in_(("sent", "opened")), INVITATIONS.c.sent_at <= since, INVITATIONS.c.reminded_at.is_(None)
    )
    mine = (INVITATIONS.c.tenant_id == desk.scope.tenant, INVITATIONS.c.wave_id == wave)
    here = INVITATIONS.c.customer_id.in_(keeping.living(desk))
    query = select(INVITATIONS).where(*mine, here, silent if reminder else fresh).order_by(INVITATIONS.c.id)
    some = (await desk.session.execute(query.limit(at_most))).mappings().all()
    await editing.survivors(desk, Kind.CUSTOMER, {one["customer_id"] for one in some})  # before what hangs on them
    these = query.where(one_of(INVITATIONS.c.id, [one["id"] for one in some]))
    found = (await desk.session.execute(these.with_for_update(of=INVITATIONS))).mappings().all()
    greeting, again = survey["welcome"].get("zh") or survey["name"], " again" if reminder else ""
    links = await _links(desk, found)
    await outbox.tell_each(desk, [
        Message(one["customer_id"], f"survey {one['id']}{again}", survey["name"], f"{greeting} {base}{link.token}")
        for one, link in zip(found, links, strict=True)
    ])  # fmt: skip
    return len(found)


async def note(desk: Desk, id: UUID, event: str, reason: str) -> UUID:
    """Why there is no answer: the customer declines, or cannot be reached. Raises Refused."""
    known = await keeping.find(desk, INVITATIONS, id)
    if event not in {"decline", "fail"}:
        raise refuse(Code.BAD_VALUE, "event")
    said = keeping.text(reason, "note")
    way = states.step(STEPS, known["state"], event, desk.actor, {"note": said})
    return await keeping.change(desk, INVITATIONS, id, state=way.to, note=said, changed_by=desk.actor.name)


async def close(desk: Desk, wave: UUID) -> UUID:
    """No more answers; what did not come is noted as such. Raises Refused."""
    known = await keeping.find(desk, WAVES, wave)
    way = states.step(WAVE_STEPS, known["state"], "close", desk.actor)
    mine = (INVITATIONS.c.tenant_id == desk.scope.tenant, INVITATIONS.c.wave_id == wave)
    left = update(INVITATIONS).where(*mine, INVITATIONS.c.state.in_(ASKED))
    await desk.session.execute(left.values(state="expired", changed_by=desk.actor.name))
    return await keeping.change(desk, WAVES, wave, state=way.to, closed_at=desk.ledger.clock.now())


async def close_due(desk: Desk) -> int:
    """Waves whose time is over. How many. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    now = desk.ledger.clock.now()
    mine = (WAVES.c.tenant_id == desk.scope.tenant, WAVES.c.state == "open", WAVES.c.closes_at <= now)
    ids = list((await desk.session.execute(select(WAVES.c.id).where(*mine).order_by(WAVES.c.id))).scalars())
    for id in ids:
        await close(desk, id)
    return len(ids)
