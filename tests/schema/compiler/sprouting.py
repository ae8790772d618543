"""Rows of benefits, service and surveys for the composed operations: every column filled now and then by its type."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, LargeBinary, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store import tables
from kequn.store.types import Json, UtcDateTime
from tests.schema.conftest import Client

START = date(2026, 1, 1)


@dataclass(frozen=True)
class Sprout:
    """`choices`: what stands in columns of few values; `ends`: the table that a column points at."""

    table: Any
    count: int
    choices: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    ends: Mapping[str, Any] = field(default_factory=dict)


RULE = ["draft", "retired"]
KEPT: Mapping[str, Sequence[Any]] = {"extra": [{}, {"zoho": {"a": 1}}], "deleted_at": [None], "merged_into": [None]}
SPROUTS = [
    Sprout(
        tables.Benefit, 8,
        {"kind": ["coupon", "trial", "event", "discount", "priority"], "categories": [[], ["茶", "tea"]],
         "state": ["draft", "published", "suspended", "ended"], "tree": [{}], "asked": [{}, {"city": {"eq": "li"}}]},
        {"segment_id": tables.Segment, "tier_id": tables.Tier, "group_id": tables.CustomerGroup},
    ),
    Sprout(
        tables.BenefitClaim, 10, {"state": ["claimed", "redeemed", "expired", "cancelled"], **KEPT},
        {"benefit_id": tables.Benefit, "customer_id": tables.Customer},
    ),
    Sprout(
        tables.BenefitDay, 6, {"kind": ["welfare", "surprise"], "state": ["planned", "held", "dropped"]},
        {"benefit_id": tables.Benefit},
    ),
    Sprout(tables.Incentive, 4, {"state": RULE, "basis": [{}, {"share": 0.5}]}),
    Sprout(tables.ServiceStandard, 4, {"state": RULE, "severity": ["low", "medium", "high", "critical"]}),
    Sprout(
        tables.Ticket, 8,
        {"state": ["open", "answered", "escalated", "solved", "closed"], "setting": ["group", "private"],
         "category": ["product", "price", "delivery", "service", "benefit", "other"],
         "severity": ["low", "medium", "high", "critical"], "sentiment": ["negative", "neutral", "positive"]},
        {"feedback_id": tables.Feedback, "owner_id": tables.Staff, "standard_id": tables.ServiceStandard},
    ),
    Sprout(
        tables.TicketStep, 10,
        {"state": ["open", "answered", "escalated", "solved", "closed"], "shown_in": ["group", "private"]},
        {"ticket_id": tables.Ticket},
    ),
    Sprout(tables.CrisisPlan, 3, {"state": RULE, "team": [[], [{"role": "lead"}]], "steps": [[]], "roster": [[]]}),
    Sprout(
        tables.CrisisRun, 4, {"kind": ["drill", "real"], "state": ["running", "ended"], "done": [{}, {"a": 1}]},
        {"plan_id": tables.CrisisPlan},
    ),
    Sprout(
        tables.Training, 4,
        {"subject": ["rules", "content", "interaction", "problems", "service", "product", "crisis"],
         "form": ["internal", "external", "online"], "state": ["planned", "held", "cancelled"]},
    ),
    Sprout(
        tables.Trainee, 4, {"state": ["enrolled", "attended", "missed"]},
        {"training_id": tables.Training, "staff_id": tables.Staff},
    ),
    Sprout(
        tables.Survey, 4,
        {"kind": ["periodic", "key_node"], "node": ["purchase", "use", "after_sales"], "welcome": [{}, {"zh": "您好"}],
         "state": ["draft", "published", "paused", "retired"], "questions": [[], [{"key": "q1"}]]},
        {"segment_id": tables.Segment},
    ),
    Sprout(tables.SurveyWave, 5, {"state": ["open", "closed"]}, {"survey_id": tables.Survey}),
    Sprout(
        tables.SurveyInvitation, 10,
        {"state": ["waiting", "sent", "opened", "answered", "declined", "unreachable", "expired"],
         "channel": ["form", "phone", "online"], "answers": [{}, {"q1": 0}]},
        {"wave_id": tables.SurveyWave, "customer_id": tables.Customer},
    ),
    Sprout(
        tables.SurveyAnswer, 10, {"scale": ["rating", "nps", "ces"], "channel": ["form", "phone", "online"], **KEPT},
        {"invitation_id": tables.SurveyInvitation, "customer_id": tables.Customer},
    ),
]  # fmt: skip


@dataclass
class Sprouter:
    """`moments`: what draws a moment."""

    client: Client
    draw: random.Random
    texts: Sequence[str]
    moments: Any
    sprouts: Sequence[Sprout] = ()

    async def sprout(self) -> None:
        async with self.client.database.writing() as session:
            for sprout in self.sprouts:
                await self._plant(session, sprout)

    async def _plant(self, session: AsyncSession, sprout: Sprout) -> None:
        table: Table = sprout.table.__table__
        known = {name: await self._ids(session, to.__table__) for name, to in sprout.ends.items()}
        for place in range(sprout.count):
            values = {column.name: self._value(column, place, sprout, known) for column in table.columns}
            own = {"id": self.client.ledger.new_id()} if "id" in table.c and "id" not in known else {}
            await session.execute(insert(table).values({**values, **own, "tenant_id": self.client.actor.tenant}))

    async def _ids(self, session: AsyncSession, table: Table) -> list[UUID]:
        query = select(table.c.id).where(table.c.tenant_id == self.client.actor.tenant).order_by(table.c.id)
        return list((await session.execute(query)).scalars())

    def _value(self, column: Column[Any], place: int, sprout: Sprout, known: Mapping[str, Sequence[UUID]]) -> Any:
        if column.name in {"version", "number", "code", "occasion", "day", "hash", "sealed"}:  # parts of unique keys
            return self._own(column, place)
        if column.name in known:
            return known[column.name][place % len(known[column.name])]
        if column.nullable and self.draw.random() < 0.35:
            return None
        if column.name in sprout.choices:
            return self.draw.choice(sprout.choices[column.name])
        return self._of_type(column)

    def _own(self, column: Column[Any], place: int) -> Any:
        if isinstance(column.type, LargeBinary):
            return self.client.ledger.new_id().bytes
        if isinstance(column.type, Date):
            return START + timedelta(days=place)
        return place + 1 if isinstance(column.type, Integer) else f"{self.client.ledger.new_id().hex[-12:]}"

    def _of_type(self, column: Column[Any]) -> Any:
        match column.type:
            case UtcDateTime():
                moment: datetime = self.moments(self.draw)
                return moment
            case Date():
                return START + timedelta(days=self.draw.randrange(4))
            case Boolean():
                return self.draw.random() < 0.5
            case BigInteger():
                return self.draw.choice([0, 500_000, 12_340_000])
            case Integer():
                return self.draw.randrange(9)
        assert column.type is not Json, column
        return self.draw.choice(self.texts)
