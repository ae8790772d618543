"""What a purchase brings: which count, at which rate, how many points. Pure, as SQL: earning.py notes them, amiss.py
compares them with what was noted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Table, case, cast, func

from kequn.contracts.records import Kind
from kequn.domain import classifying
from kequn.domain.standard import Thresholds, millionths
from kequn.store import rows, spend
from kequn.store.measures import MILLION
from kequn.store.scope import Scope
from kequn.store.where import live

_purchases: Table = rows.table(Kind.PURCHASE)


def counting(scope: Scope, now: datetime) -> Sequence[ColumnElement[bool]]:
    """The purchases that bring points."""
    bought = _purchases.c
    return bought.tenant_id == scope.tenant, live(_purchases), bought.paid_at <= now, bought.customer_id.is_not(None)


def rate(by: Thresholds, now: datetime) -> ColumnElement[Any]:
    """Points for one unit of the money that a purchase is in, times a million; null where that money has no rate."""
    unit = spend.rated(classifying.question(by, now), _purchases.c.amount_currency)
    return unit * float(millionths(by.points.per_unit))


def points(rate: ColumnElement[Any]) -> ColumnElement[int]:
    """Whole points for what a purchase is worth, below 0 for a return."""
    whole = func.floor(spend.size_in_its_own_money() * rate / (MILLION * MILLION))
    return cast(whole * case((spend.SALE, 1), else_=-1), BigInteger)
