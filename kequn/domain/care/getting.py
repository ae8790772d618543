"""What a customer is to get: the service of the tier, the strategies for what the rules say, and when somebody should
be in touch. Pure; the standard says what, the standing says of whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kequn.domain.standard import Service, Strategy, Thresholds

COLUMNS = {"frequency": "frequency_class", "value": "value_class", "loyalty": "loyalty_class"}


@dataclass(frozen=True)
class Care:
    """`phase`: acquire, maintain or retain. `contact_by`: until when somebody should be in touch; the sooner the more
    a strategy wants."""

    phase: str
    service: Service
    strategies: Sequence[Strategy]
    contact_by: datetime


def care(standing: Mapping[str, Any], by: Thresholds, tier: str | None, now: datetime) -> Care:
    """`standing`: columns of the customer's; `tier`: its name, or none yet."""
    service = _service(by, tier, standing.get("tier_class"))
    fitting = [one for one in by.strategies if standing.get(COLUMNS.get(one.rule, one.rule)) == one.value]
    days = min([service.contact_days, *(one.contact_days for one in fitting if one.contact_days)])
    times = [at for at in (standing.get("last_contact_at"), standing.get("last_order_at")) if at is not None]
    due = max(times) + timedelta(days=days) if times else now
    return Care(phase(standing), service, fitting, due)


def _service(by: Thresholds, tier: str | None, judged: str | None) -> Service:
    """That of the class of the tier that the customer is in; of one that the standard does not name, what the rules
    see."""
    service: Service = getattr(by.service, by.tiers.ladder.get(tier or "", judged or "regular"))
    return service


def phase(standing: Mapping[str, Any]) -> str:
    if standing.get("lifecycle") in {None, "none"}:
        return "acquire"
    gone = standing.get("lifecycle") == "churn" or standing.get("frequency_class") == "at_risk"
    return "retain" if gone else "maintain"
