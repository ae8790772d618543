"""The plan of care: who is called back because it is time, and who is wished well because it is the day. Makes tasks,
never the same one twice; how often and for whom stands in the standard, on which day in calendar.py."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Table, and_, case, exists, func, literal, or_, select

from kequn.contracts.records import Kind
from kequn.domain import rights, standards
from kequn.domain.care import calendar, getting
from kequn.domain.editing import Desk
from kequn.domain.standard import Occasion, Thresholds
from kequn.store import rows, tables, tenants
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.measures import DAY, epoch
from kequn.store.scope import Actor
from kequn.store.upsert import insert_many, insert_plain
from kequn.store.where import live

_customers: Table = rows.table(Kind.CUSTOMER)
_tiers: Table = rows.table(Kind.TIER)
_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
_tasks: Table = tables.Task.__table__  # type: ignore[attr-defined]
CALL, MANAGER = "call_back", "dedicated_manager"
PIECE = 2_000


@dataclass(frozen=True)
class Planned:
    """How many tasks were made."""

    calls: int = 0
    birthdays: int = 0
    holidays: int = 0
    managers: int = 0

    def and_those(self, others: "Planned") -> "Planned":
        pairs = zip(astuple(self), astuple(others), strict=True)
        return Planned(*(mine + theirs for mine, theirs in pairs))


@dataclass(frozen=True)
class _Day:
    """When a plan is made: the moment, the tenant's zone, and the thresholds."""

    desk: Desk
    by: Thresholds
    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def until(self, day: date) -> datetime:
        """When what is for this day is to be done; not before today."""
        done = calendar.work_day(day, self.by.care.off_days)
        done = done if done >= self.today else calendar.work_day(self.today, "after")
        return datetime.combine(done, time(self.by.care.hour), self.zone).astimezone(self.now.tzinfo)


async def plan(desk: Desk, as_of: datetime | None = None, most: int | None = None) -> Planned:
    """Make the tasks that are due within the days that the standard looks ahead; of wishes `most`. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    version = await standards.in_force(desk.session, desk.scope, lock=True)
    zone = await tenants.zone(desk.session, desk.scope)
    day = _Day(desk, version.thresholds, as_of or desk.ledger.clock.now(), zone)
    calls = await _calls(day)
    days, managers = await _occasions(day, most), await _managers(day)
    await _make(desk, [*calls, *days, *managers])
    wished = sum(task["kind"] == "birthday" for task in days)
    return Planned(len(calls), wished, len(days) - wished, len(managers))


async def plan_care(database: Database, ledger: Ledger, actor: Actor, piece: int = PIECE) -> Planned:
    """For a worker, as often as it likes: what is there is not made again. On a holiday everybody may be wished well:
    so many in one transaction."""
    done, wished = Planned(), piece
    while wished == piece:
        async with database.writing() as session:
            one = await plan(Desk(session, actor, ledger), most=piece)
        done, wished = done.and_those(one), one.birthdays + one.holidays
    return done


async def _make(desk: Desk, tasks: Sequence[Mapping[str, Any]]) -> None:
    usual = {"tenant_id": desk.scope.tenant, "state": "open", "created_at": desk.ledger.clock.now()}
    made = [{**usual, **task, "id": desk.ledger.new_id()} for task in tasks]
    await insert_many(desk.session, insert_plain(desk.session, _tasks), made)


async def _calls(day: _Day) -> list[dict[str, Any]]:
    """Call-backs of customers whom nobody has been in touch with for longer than their tier and classes allow. One is
    planned for each silence, so that what was done or dropped is not asked for again."""
    midnight = datetime.combine(day.desk.ledger.clock.now().astimezone(day.zone).date(), time(), day.zone)
    waiting = or_(_tasks.c.created_at >= midnight, _tasks.c.state == "open")
    found = await day.desk.session.execute(_silent(day).limit(await _room(day, CALL, waiting)))
    return [_call(day, row) for row in found.mappings()]


async def _room(day: _Day, kind: str, waiting: ColumnElement[bool]) -> int:
    """How many more of these tasks there may be."""
    made = (_tasks.c.tenant_id == day.desk.scope.tenant, _tasks.c.kind == kind, waiting)
    already = (await day.desk.session.execute(select(func.count()).where(*made))).scalar_one()
    return max(0, day.by.care.calls_a_day - already)


def _silent(day: _Day) -> Select[Any]:
    """Who is due: those who are served first at the head, then those whose classes are the most urgent, then whom we
    heard of last, because there is most to be won."""
    facts, tier = _standings.c, _tier(day.by)
    last = case((or_(facts.last_order_at.is_(None), facts.last_contact_at >= facts.last_order_at),
                 facts.last_contact_at), else_=facts.last_order_at)  # fmt: skip
    far = int((day.now + timedelta(days=day.by.care.ahead_days)).timestamp())
    days = _days(day.by, tier)
    due = or_(last.is_(None), epoch(last) + days * DAY <= far)
    known = exists().where(
        _tasks.c.tenant_id == _customers.c.tenant_id, _tasks.c.customer_id == _customers.c.id, _tasks.c.kind == CALL,
        or_(_tasks.c.state == "open", _tasks.c.occasion == _silence(last)),
    )  # fmt: skip
    priority = case(*((tier == name, service.priority) for name, service in _services(day.by).items()), else_=9)
    columns = [facts[name] for name in (*getting.COLUMNS.values(), "importance", "lifecycle", "tier_class")]
    chosen = select(
        _customers.c.id, _customers.c.owner_id, _tiers.c.name.label("tier"), _silence(last).label("occasion"),
        facts.last_contact_at, facts.last_order_at, *columns,
    )  # fmt: skip
    return _among(day, chosen).where(due, ~known).order_by(priority, days, last.desc().nulls_last(), _customers.c.id)


def _silence(last: ColumnElement[Any]) -> ColumnElement[str]:
    """Names the silence by when it began."""
    return func.coalesce(literal("since ").concat(epoch(last)), "never")


def _services(by: Thresholds) -> Mapping[str, Any]:
    return {"regular": by.service.regular, "vip": by.service.vip, "strategic": by.service.strategic}


def _tier(by: Thresholds) -> ColumnElement[str]:
    """Which of the three the customer is served as: see getting.care."""
    said = func.coalesce(_standings.c.tier_class, "regular")
    return case(*((_tiers.c.name == name, within) for name, within in by.tiers.ladder.items()), else_=said)


def _days(by: Thresholds, tier: ColumnElement[str]) -> ColumnElement[int]:
    """How many days of silence are allowed: the least of all that holds for a customer."""
    ways = [(service.contact_days, tier == name) for name, service in _services(by).items()]
    for one in by.strategies:
        if one.contact_days:
            ways.append((one.contact_days, _standings.c[getting.COLUMNS.get(one.rule, one.rule)] == one.value))
    return case(*((holds, days) for days, holds in sorted(ways, key=lambda way: way[0])))


def _among(day: _Day, query: Select[Any]) -> Select[Any]:
    """Living customers who have not asked to be left alone, with their standing and tier."""
    customer, scope = _customers.c, day.desk.scope
    facts = and_(_standings.c.tenant_id == customer.tenant_id, _standings.c.id == customer.id)
    tier = and_(_tiers.c.tenant_id == customer.tenant_id, _tiers.c.id == customer.tier_id)
    source = _customers.outerjoin(_standings, facts).outerjoin(_tiers, tier)
    mine = (customer.tenant_id == scope.tenant, live(_customers), customer.opted_out.is_not(True))
    return query.select_from(source).where(*mine)


def _call(day: _Day, row: Mapping[Any, Any]) -> dict[str, Any]:
    found = getting.care(row, day.by, row["tier"], day.now)
    about = [found.service.content, *(one.advice for one in found.strategies)]
    return {
        "customer_id": row["id"],
        "owner_id": row["owner_id"],
        "kind": CALL,
        "occasion": row["occasion"],
        "content": "\n".join(line for line in about if line),
        "department": day.by.care.call_department,
        "due_at": day.until(found.contact_by.astimezone(day.zone).date()),
    }


async def _occasions(day: _Day, most: int | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    wish = partial(_wishes, day, found, most)
    for ahead in range(day.by.care.ahead_days + 1):
        on = day.today + timedelta(days=ahead)
        held = calendar.holidays(on)
        for one in day.by.care.occasions:
            if one.name in held:
                await wish(one, on, literal(True))
            elif one.name == "birthday":
                born = calendar.births(on, lunar=day.by.care.birthdays == "lunar")
                await wish(one, on, _customers.c.birthday.in_(born))
    return found


async def _wishes(
    day: _Day, found: list[dict[str, Any]], most: int | None, one: Occasion, on: date, who: ColumnElement[bool]
) -> None:
    """To what was found, `most` in all, a task for each customer of these tiers who has none for this day."""
    kind, occasion = ("birthday" if one.name == "birthday" else "holiday"), f"{one.name} {on.isoformat()}"
    known = exists().where(
        _tasks.c.tenant_id == _customers.c.tenant_id, _tasks.c.customer_id == _customers.c.id,
        _tasks.c.kind == kind, _tasks.c.occasion == occasion,
    )  # fmt: skip
    query = _among(day, select(_customers.c.id, _customers.c.owner_id)).where(who, _tier(day.by).in_(one.tiers), ~known)
    usual = {"kind": kind, "occasion": occasion, "due_at": day.until(on), "department": day.by.care.occasion_department}
    content = "\n".join(line for line in (one.wish, one.gift) if line)
    query = query.order_by(_customers.c.id).limit(None if most is None else most - len(found))
    some = await day.desk.session.execute(query)
    found += [{"customer_id": id, "owner_id": owner, "content": content, **usual} for id, owner in some]


async def _managers(day: _Day) -> list[dict[str, Any]]:
    """A task for each customer whose tier is promised a manager of their own 专属客户经理 and who has nobody yet; asked
    once for each tier."""
    tier = _tier(day.by)
    promised = tier.in_([name for name, service in _services(day.by).items() if service.dedicated_manager])
    known = exists().where(
        _tasks.c.tenant_id == _customers.c.tenant_id, _tasks.c.customer_id == _customers.c.id,
        _tasks.c.kind == MANAGER, _tasks.c.occasion == tier,
    )  # fmt: skip
    query = _among(day, select(_customers.c.id, tier.label("tier")))
    query = query.where(promised, _customers.c.owner_id.is_(None), ~known).order_by(_customers.c.id)
    room = await _room(day, MANAGER, _tasks.c.state == "open")
    due = day.until(day.today + timedelta(days=day.by.alerts.due_days))
    usual = {"kind": MANAGER, "owner_id": None, "department": day.by.care.call_department, "due_at": due}
    content = "Name a manager of their own 指定专属客户经理"
    found = await day.desk.session.execute(query.limit(room))
    return [{"customer_id": id, "occasion": name, "content": content, **usual} for id, name in found]
