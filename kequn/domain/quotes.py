"""Exchange rates as a CRM has them: in the money of the standard, and which of them are news. What somebody else has
said of the same day stands. What a rate may be, and how it is noted, stands in rates.py."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from kequn.contracts.crm import ExchangeRate
from kequn.domain import rates, standards
from kequn.domain.editing import Desk
from kequn.domain.rates import Rate
from kequn.store import tenants
from kequn.store.rates import BILLION


@dataclass(frozen=True)
class Taken:
    """`noted`: what was new. `unreached`: the currencies from which nothing leads to the money of the standard."""

    noted: Sequence[Rate]
    unreached: frozenset[str]


async def take(desk: Desk, quoted: Sequence[ExchangeRate], source: str) -> Taken:
    """Note what is new. `source`: whose rates these are. Raises Refused."""
    into = (await standards.in_force(desk.session, desk.scope)).thresholds.currency
    told = [one for one in await rates.known(desk.session, desk.scope) if one.into == into]
    own = (desk.actor.name, source)
    zone = await tenants.zone(desk.session, desk.scope)
    found = converted(quoted, into)
    noted = [
        await rates.set_rate(desk, one.currency, one.rate, one.since, source)
        for one in found
        if _is_news(one, [said for said in told if said.currency == one.currency], own, zone)
    ]
    reached = {one.currency for one in found} | {into}
    return Taken(noted, frozenset(one.currency for one in quoted) - reached)


def converted(quoted: Sequence[ExchangeRate], into: str) -> list[ExchangeRate]:
    """The rates in this money; where the CRM's own is another, over the rate between the two, as of the later of both.
    What does not lead there is left out, and so is what is too large or too small to be noted."""
    quoted = [one for one in quoted if rates.is_rate(one.rate)]
    found = [one for one in quoted if one.home == into]
    for bridge in (one for one in quoted if one.currency == into):
        found.append(ExchangeRate(bridge.home, into, 1 / bridge.rate, bridge.since))
        found += [
            ExchangeRate(one.currency, into, one.rate / bridge.rate, max(one.since, bridge.since))
            for one in quoted
            if one.home == bridge.home and one.currency != into
        ]
    rounded = (replace(one, rate=Decimal(round(one.rate * BILLION)) / BILLION) for one in found)
    return [one for one in rounded if rates.is_rate(one.rate)]


def _is_news(one: ExchangeRate, told: Sequence[Rate], own: tuple[str, str], zone: ZoneInfo) -> bool:
    """`told`: what is known of the same currency, the latest first; `own`: by whom and whence are ours."""
    day = _day(one.since, zone)
    if any(_day(said.since, zone) == day for said in told if (said.noted_by, said.source) != own):
        return False
    return next((said.rate for said in told if said.since <= one.since), None) != one.rate


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
