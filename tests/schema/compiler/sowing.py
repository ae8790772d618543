"""A tenant with something of everything: rows of all kinds with every field filled now and then, deleted and merged
ones, links, runs, conflicts, duplicates; and a second tenant with the same, of which nothing may ever be seen."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col, select

from kequn.clock import SeededRandom
from kequn.contracts.records import FIELDS, Field, Kind, Line, Money, Type
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.quality import flaws
from kequn.domain.segments import membership
from kequn.store import conflicts, links, rows, tables, tenants
from kequn.store.conflicts import Conflict
from kequn.store.links import Link
from kequn.store.rows import Row
from kequn.store.scope import Actor, Role
from kequn.store.values import Fact
from kequn.store.where import Every, Not, Op, Test, Where
from tests.schema.compiler.caring import CARE
from tests.schema.compiler.gathering import COMMUNITY
from tests.schema.compiler.sprouting import SPROUTS, Sprouter
from tests.schema.conftest import Client

TEXTS = [
    "li",
    "Li",
    "王芳",
    "a_b",
    "a%b",
    "a\\b",
    'say "tea"',
    "tab\tline\nend",
    "\x01\x1f\x7f",
    "Ångström\u2028",
    "",
    "z/z",
]
TAGS = ["tea", "茶", 'q"', "Tea"]
START = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = {"customer": {"pull": {"city": {"eq": "b"}}, "fields": {"phone": "remote", "notes": {"direction": "in"}}}}
COUNTS = {
    Kind.STAFF: 4,
    Kind.TIER: 4,
    Kind.CUSTOMER: 24,
    Kind.GROUP: 5,
    Kind.MEMBERSHIP: 30,
    Kind.PURCHASE: 30,
    Kind.INTERACTION: 16,
    Kind.FEEDBACK: 16,
}
ENUMS: Mapping[Kind, Mapping[str, Sequence[str]]] = {
    Kind.CUSTOMER: {"type": ["person", "organisation"]},
    Kind.PURCHASE: {"kind": ["sale", "return"]},
    Kind.MEMBERSHIP: {"role": ["owner", "administrator", "service", "member"]},
}
Rows = Mapping[str, Sequence[Any]]


def moment(draw: random.Random) -> datetime:
    return START + timedelta(hours=draw.randrange(8), microseconds=draw.choice([0, 0, 500_000, 123_400, 7]))


@dataclass
class Sower:
    client: Client
    draw: random.Random
    linked: set[UUID] = field(default_factory=set)

    async def sow(self) -> None:
        ids: dict[Kind, list[UUID]] = {}
        for kind, count in COUNTS.items():
            facts = [self._facts(kind, ids) for _ in range(count)]
            if kind is Kind.MEMBERSHIP:
                facts = list({(one["customer"], one["group"]): one for one in facts}.values())
            ids[kind] = []
            for one in facts:
                extra = self.draw.choice([{}, {"crm": {"size": 2**53 + 1, "等级": "A", "open": True, "deep": [None]}}])
                ids[kind] += await self.client.add(kind, one, extra=extra)
        await self._spoil(ids)
        await self._add_rows(ids)

    def _facts(self, kind: Kind, ids: Mapping[Kind, Sequence[UUID]]) -> dict[str, Fact]:
        usual: dict[str, Fact] = {name: self._fact(kind, spec, ids) for name, spec in FIELDS[kind].items()}
        return {name: fact for name, fact in usual.items() if fact is not None}

    def _fact(self, kind: Kind, spec: Field, ids: Mapping[Kind, Sequence[UUID]]) -> Fact:
        if not spec.required and self.draw.random() < 0.35:
            return spec.empty  # type: ignore[return-value]
        if spec.name in ENUMS.get(kind, {}):
            return self.draw.choice(ENUMS[kind][spec.name])
        match spec.type:
            case Type.INTEGER:
                return self.draw.choice([-1, 0, 2, 2**31 - 1])
            case Type.BOOLEAN:
                return self.draw.random() < 0.5
            case Type.DATE:
                return date(1980, 1, 1) + timedelta(days=self.draw.randrange(4))
            case Type.DATETIME:
                return moment(self.draw)
            case Type.MONEY:
                return self._money()
            case Type.SET:
                return frozenset(self.draw.sample(TAGS, self.draw.randrange(3)))
            case Type.LINES:
                return tuple(self._line() for _ in range(self.draw.randrange(3)))
            case Type.REF:
                return self.draw.choice(ids.get(spec.to or kind) or [None])
        return self.draw.choice(TEXTS)

    def _money(self) -> Money:
        amount = self.draw.choice(["0", "-0.5", "12.340000", "1000", "0.000001", "9007199254.740993"])
        return Money.of(Decimal(amount), self.draw.choice(["CNY", "USD"]))

    def _line(self) -> Line:
        amount, cost = self.draw.choice([None, self._money()]), self.draw.choice([None, self._money()])
        quantity = Decimal(self.draw.choice(["1", "2.5", "0.000001"]))
        return Line(
            self.draw.choice(TEXTS), self.draw.choice([None, *TEXTS]), quantity, amount, cost, self.draw.random() < 0.3
        )

    async def _spoil(self, ids: Mapping[Kind, Sequence[UUID]]) -> None:
        """Some are edited, some deleted, and three went into one another."""
        first, second, third, gone, changed = ids[Kind.CUSTOMER][:5]
        await self.client.edit(Kind.CUSTOMER, first, merged_into=second)
        await self.client.edit(Kind.CUSTOMER, second, merged_into=third)
        await self.client.edit(Kind.CUSTOMER, changed, extra={"crm": {"size": 1.5}})
        for kind, id in [
            (Kind.CUSTOMER, gone),
            *((kind, some[0]) for kind, some in ids.items() if kind is not Kind.CUSTOMER),
        ]:
            await self.client.edit(kind, id, deleted_at=moment(self.draw))

    async def _add_rows(self, ids: Mapping[Kind, Sequence[UUID]]) -> None:
        """What only the sync writes."""
        connections = [
            self._row(tables.Connection, name=name, plugin="zoho", created_at=START, policy=POLICY)
            for name in ("crm", "crm 二")
        ]
        runs = [self._run(connection) for connection in connections for _ in range(4)]
        duplicates = [self._duplicate(ids, number) for number in range(10)]
        async with self.client.database.writing() as session:
            session.add_all(connections)
            await session.flush()
            session.add_all([*runs, *duplicates])
            session.add_all([one for id in ids[Kind.CUSTOMER][:6] for one in self._known(id)])
            await self._put_sealed(session, ids, connections)
        await self._keep(ids[Kind.CUSTOMER])

    async def _keep(self, customers: Sequence[UUID]) -> None:
        """Segments, and who was in them."""
        said: list[tuple[Where, dict[str, Any]]] = [
            (Every(), {}),
            (Test("city", Op.NE, "li"), {"city": {"ne": "li"}}),
            (Not(Test("opted_out", Op.EQ, True)), {"not": {"optedOut": {"eq": True}}}),
        ]
        segments = [self._segment(place, membership.show(where), asked) for place, (where, asked) in enumerate(said)]
        async with self.client.database.writing() as session:
            session.add_all(segments)
            await session.flush()
            session.add_all(self._stay(segment, one) for segment in segments for one in customers[:5])
            session.add_all(self._flaw(kind, one) for kind in flaws.KINDS for one in customers[4:8])

    def _segment(self, place: int, tree: dict[str, Any], asked: dict[str, Any]) -> Any:
        whose = {"created_at": moment(self.draw), "created_by": "tester", "changed_at": START, "changed_by": "li"}
        when = self.draw.choice([None, moment(self.draw)])
        return self._row(
            tables.Segment, name=f"{TEXTS[place]}{place}", description=self.draw.choice(TEXTS), tree=tree, size=place,
            asked=asked, evaluated_at=when, evaluated_version=when and 1, version=2 + place,
            condition_version=1 + place, state=self.draw.choice(["active", "archived"]), **whose,
        )  # fmt: skip

    def _flaw(self, kind: str, customer: UUID) -> SQLModel:
        return tables.Flaw(
            tenant_id=self.client.actor.tenant, customer_id=customer, kind=kind, found_at=moment(self.draw),
            fields={"phone": True}, state=self.draw.choice(flaws.STATES), changed_at=moment(self.draw),
            changed_by=self.draw.choice(["li", "王芳"]),
        )  # fmt: skip

    def _stay(self, segment: Any, customer: UUID) -> SQLModel:
        stay = tables.Stay(
            tenant_id=self.client.actor.tenant, segment_id=segment.id, customer_id=customer,
            entered_at=moment(self.draw), entered_cause=self.draw.choice(["first", "new"]), entered_version=1,
            entered_held=self.draw.choice([None, {"1 city": True}]),
        )  # fmt: skip
        if self.draw.random() < 0.5:
            stay.left_at, stay.left_version, stay.left_held = START + timedelta(days=1), 2, {"1 city": False}
            stay.left_cause = self.draw.choice(["facts", "gone"])
        return stay

    def _row(self, table: Any, **values: Any) -> Any:
        return table(tenant_id=self.client.actor.tenant, id=self.client.ledger.new_id(), **values)

    def _run(self, connection: Any) -> SQLModel:
        finished, code = self.draw.choice([None, moment(self.draw)]), self.draw.choice([None, "TOO_MANY_DELETES"])
        state = self.draw.choice(["queued", "done", "failed", "stopped"])
        counts = {"pulled": self.draw.randrange(9), "feeds": {"contacts": 1}}
        values = {"connection_id": connection.id, "state": state, "counts": counts, "code": code}
        row: SQLModel = self._row(tables.Run, started_at=moment(self.draw), finished_at=finished, **values)
        return row

    async def _put_sealed(
        self, session: AsyncSession, ids: Mapping[Kind, Sequence[UUID]], connections: Sequence[Any]
    ) -> None:
        """Links and conflicts, in which values stand under keys; of one customer the key is gone. And what waits."""
        scope, vault = self.client.actor.scope, self.client.ledger.vault
        *_, erased = ids[Kind.CUSTOMER]
        some = [(kind, id) for kind in (Kind.CUSTOMER, Kind.GROUP, Kind.PURCHASE) for id in ids[kind]]
        keys = await vault.keys_for_writing(session, scope, [scope.tenant, *(id for _, id in some)])
        facts = {kind: await rows.load(session, scope, kind, ids[kind]) for kind, _ in some}
        known = [self._link(connections, facts[kind][id]) for kind, id in some for _ in "12"]
        await links.put(session, scope, keys, known)
        disputes = [self._conflict(connections, ids, facts, number) for number in range(14)]
        await conflicts.put(session, scope, keys, disputes, START)
        waiting = {(link.connection, link.row_id): link for link in known[::3]}
        session.add_all([self._waits(link) for link in waiting.values()])
        session.add_all([self._noted(link) for link in known[::4]])
        key = tables.CustomerKey
        await session.execute(delete(key).where(col(key.subject_id) == erased))

    def _link(self, connections: Sequence[Any], row: Row) -> Link:
        base = {name: self.draw.choice([fact, None]) for name, fact in row.facts.items()}
        return Link(
            self.draw.choice(connections).id,
            self.draw.choice(["Contacts", "tags"]),
            str(self.client.ledger.new_id()),
            row.kind,
            row.id,
            {name: fact for name, fact in base.items() if fact is not None},
            primary=self._first(row.id),
            in_scope=self.draw.random() < 0.9,
            stale=self.draw.random() < 0.2,
            pushed_at=self.draw.choice([None, moment(self.draw)]),
            whose=row.id,
        )

    def _first(self, row: UUID) -> bool:
        """Whether it is the first link of a row."""
        seen = row in self.linked
        self.linked.add(row)
        return not seen

    def _waits(self, link: Link) -> SQLModel:
        code = self.draw.choice([None, "REJECTED"])
        return tables.Outbox(
            tenant_id=self.client.actor.tenant,
            connection_id=link.connection,
            row_id=link.row_id,
            kind=link.kind,
            code=code,
            cause="too long" if code else None,
            field=self.draw.choice([None, "first_name"]),
            queued_at=moment(self.draw),
            next_try_at=moment(self.draw),
        )

    def _noted(self, link: Link) -> SQLModel:
        return tables.Hint(
            tenant_id=self.client.actor.tenant,
            connection_id=link.connection,
            object=link.object,
            external_id=link.external_id,
            kind=link.kind,
            code=self.draw.choice(["WEBHOOK", "WAITS"]),
            cause="its tier is not here yet",
            noted_at=moment(self.draw),
            next_try_at=moment(self.draw),
        )

    def _conflict(
        self,
        connections: Sequence[Any],
        ids: Mapping[Kind, Sequence[UUID]],
        facts: Mapping[Kind, Mapping[UUID, Row]],
        number: int,
    ) -> Conflict:
        kind = self.draw.choice([Kind.CUSTOMER, Kind.GROUP, Kind.PURCHASE])
        row = self.draw.choice([None, *ids[kind]])
        settled = self.draw.choice([None, moment(self.draw)])
        type = self.draw.choice(["field", "delete", "match", "merge", "double"])
        field = self.draw.choice(["name", "phone" if kind is Kind.CUSTOMER else "owner"]) if type == "field" else ""
        ours = facts[kind][row].facts if row else {}
        return Conflict(
            self.client.ledger.new_id(),
            self.draw.choice(connections).id,
            "Contacts",
            str(number),
            kind,
            row,
            type,
            field,
            ours={name: fact for name, fact in ours.items() if field in {"", name}},
            theirs={"name": self.draw.choice(TEXTS)},
            theirs_at=self.draw.choice([None, moment(self.draw)]),
            state="settled" if settled else "open",
            opened_at=moment(self.draw),
            settled_at=settled,
            settled_by="somebody" if settled else None,
            choice=self.draw.choice(["ours", "theirs"]) if settled else None,
            whose=row,
        )

    def _known(self, customer: UUID) -> list[SQLModel]:
        """What rules, models and people have said of a customer."""
        at, inputs, mine = moment(self.draw), {"r": 1, "等级": None}, {"customer_id": customer}
        several = [
            made
            for number in range(3)
            for made in (
                self._row(tables.Pin, reason="asked", since=at, made_by="tester", approval=number == 1, **mine),
                self._row(tables.PointEntry, kind="award", points=number - 1, at=at, noted_at=at, actor="rule", **mine),
                self._row(tables.Answer, scale="nps", score=number, given_at=at, noted_at=at, noted_by="x", **mine),
            )
        ]
        tenant, value = self.client.actor.tenant, self.draw.choice([None, "A"])
        judged = tables.Assessment(
            tenant_id=tenant, rule="life_stage", as_of=at, version=1, value=value, inputs=inputs, **mine
        )
        expected = tables.Prediction(
            tenant_id=tenant,
            id=customer,
            evaluation_id=self.client.ledger.new_id(),
            alive_millionths=333_333,
            purchases_thousandths=1500,
            value_micros=12_340_000,
            spend_micros=1,
            lifetime_micros=10**15,
            repeats=2,
            recency=1.5,
            age=3.25,
            average_micros=7,
        )
        return [*several, judged, expected]

    def _duplicate(self, ids: Mapping[Kind, Sequence[UUID]], number: int) -> SQLModel:
        first, second = self.draw.sample(ids[Kind.CUSTOMER], 2)
        row: SQLModel = self._row(
            tables.Duplicate,
            first_id=first,
            second_id=self.draw.choice([None, second]),
            kind=self.draw.choice(["pair", "double"]),
            score=self.draw.choice([0, 333, 900, 1000]),
            reasons=self.draw.choice([[], ["phone", "first_name"]]),
            state=self.draw.choice(["open", "dismissed", "merged"]),
            found_at=moment(self.draw),
        )
        return row


async def sow(client: Client) -> Rows:
    """Fills both tenants; gives back the rows of the client's own, by noun."""
    async with client.database.writing() as session:
        other = await tenants.create(session, "other", clock=client.ledger.clock, chance=SeededRandom(3))
    stranger = replace(client, actor=Actor(other.id, Role.ADMIN, "stranger"))
    for one in (stranger, client):
        await Sower(one, random.Random(7)).sow()
        await Sprouter(one, random.Random(8), TEXTS, moment, [*SPROUTS, *COMMUNITY, *CARE]).sprout()
    found = {}
    async with client.database.reading() as session:
        there = {name: noun.table for name, noun in CATALOGUE.items()}
        for name, of in {**there, "outbox": tables.Outbox, "hint": tables.Hint}.items():
            table: Any = of
            found[name] = (
                (await session.execute(select(table).where(table.tenant_id == client.actor.tenant))).scalars().all()
            )
    return found
