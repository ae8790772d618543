"""The scale of an evaluation: where the customers of today have their edges and ranks. A class that compares a customer
with the others compares with the scale, which is kept, so that the comparison can be made again."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain.standard import Thresholds, millionths
from kequn.store import measures, tables
from kequn.store.measures import MILLION, Edges, Ranks
from kequn.store.scope import Scope

_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
_FIFTHS = [MILLION * part // 5 for part in range(1, 5)]


@dataclass(frozen=True)
class Scale:
    """`value`: spend from which it is high, and medium. `recency` (days), `frequency`, `monetary`: edges of the scores
    5 to 2. The rest: percentile ranks of what loyalty is made of."""

    value: Edges = ()
    recency: Edges = ()
    frequency: Edges = ()
    monetary: Edges = ()
    purchase: Ranks = ()
    interaction: Ranks = ()
    satisfaction: Ranks = ()

    @classmethod
    def read(cls, plain: dict[str, Any]) -> "Scale":
        return cls(**plain)

    def show(self) -> dict[str, Any]:
        return asdict(self)


def active() -> ColumnElement[bool]:
    """Somebody who bought or talked in the window."""
    return _standings.c.orders_window + _standings.c.contacts_window > 0


def interactions() -> ColumnElement[int]:
    """A purchase counts as an interaction too."""
    return _standings.c.orders_window + _standings.c.contacts_window


def days_since(column: str, as_of: datetime) -> ColumnElement[int]:
    return measures.days_until(as_of, _standings.c[column])


async def take(session: AsyncSession, scope: Scope, by: Thresholds, as_of: datetime) -> Scale:
    """The scale of the standings as they are now."""
    facts, mine = _standings.c, _standings.c.tenant_id == scope.tenant
    shares = [millionths(by.value.high_share), millionths(by.value.high_share + by.value.medium_share)]
    bought, present, spent = (mine, facts.orders_window > 0), (mine, active()), facts.spend_window_micros
    days = await measures.counts(session, -days_since("last_order_at", as_of), *bought)
    orders = await measures.counts(session, facts.orders_window, *present)
    talks = await measures.counts(session, interactions(), *present)
    content = await measures.counts(session, facts.satisfaction, *present, facts.satisfaction.is_not(None))
    return Scale(
        value=await measures.edges(session, spent, shares, mine, spent > 0),
        recency=[-edge for edge in measures.edges_of(days, _FIFTHS)],
        frequency=measures.edges_of([(count, customers) for count, customers in orders if count], _FIFTHS),
        monetary=await measures.edges(session, spent, _FIFTHS, *bought),
        purchase=measures.ranks_of(orders),
        interaction=measures.ranks_of(talks),
        satisfaction=measures.ranks_of(content),
    )
