"""The organisation behind the connection, as far as it is known: its modules and fields, its currency and time zone.
How it becomes known stands in discovery.py."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kequn.contracts.crm import Problem
from kequn.contracts.errors import CrmError, Rejected
from plugins.zoho.adapter.options import Options
from plugins.zoho.mapping.business import campaigns, cases, deals, sales_orders, told
from plugins.zoho.mapping.customers import Facts, accounts, contacts
from plugins.zoho.mapping.interactions import calls, events, notes, tasks
from plugins.zoho.mapping.tables import REFERENCE, Table
from plugins.zoho.mapping.tailoring import Module


def wanted_tables(chosen: Options) -> list[Callable[[Facts], Table]]:
    """In the order in which they should be pulled."""
    tables: list[Callable[[Facts], Table]] = [campaigns] if chosen.campaigns else []
    tables += [accounts, contacts, deals]
    tables += [sales_orders] if chosen.sales_orders else []
    tables += [cases, calls, events, tasks, *(told(name, kind) for name, kind in chosen.modules.items())]
    return [*tables, notes] if chosen.notes else tables


@dataclass
class Organisation:
    """Filled by `discover`; until then the standard tables stand in it. `generation` grows when anything changes."""

    chosen: Options
    facts: Facts
    modules: dict[str, Module] = field(default_factory=dict)
    tier_options: list[Mapping[str, Any]] = field(default_factory=list)
    tier_field_id: str | None = None
    generation: int = 0
    absent: list[Problem] = field(default_factory=list)
    strange: list[Problem] = field(default_factory=list)
    unmade: dict[str, Problem] = field(default_factory=dict)

    @property
    def problems(self) -> list[Problem]:
        found = [problem for module in self.modules.values() for problem in module.problems]
        return [*self.absent, *self.strange, *self.unmade.values(), *found]

    def knows_tier(self, id: str) -> bool:
        return any(id in {option.get("actual_value"), option.get("display_value")} for option in self.tier_options)


def undiscovered(chosen: Options) -> Organisation:
    facts = facts_of(chosen)
    tables = [make(facts) for make in wanted_tables(chosen)]
    return Organisation(chosen, facts, {table.object: Module(table, table.object, {}) for table in tables})


def facts_of(chosen: Options, org: Mapping[str, Any] | None = None, tiers: Sequence[Mapping[str, Any]] = ()) -> Facts:
    shown = ((str(one["actual_value"]), str(one["display_value"])) for one in tiers if one.get("display_value"))
    known = org or {}
    return Facts(
        currency=str(known.get("iso_code") or "CNY"),
        currencies=bool(known.get("mc_status")),
        zone=_zone(known.get("time_zone")),
        tier_field=chosen.tier_field,
        tiers=tuple((actual, display) for actual, display in shown if actual != display),
        won_stages=chosen.won_stages,
        all_deals=chosen.all_deals,
        lines=chosen.lines,
    )


def _zone(name: Any) -> str:
    """UTC where this machine does not know the zone."""
    try:
        return ZoneInfo(name).key if isinstance(name, str) else "UTC"
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"


def refuse_without_reference(organisation: Organisation, object: str) -> CrmError | None:
    """Why nothing can be created in this module, if so."""
    if organisation.modules[object].table.reference:
        return None
    problem = organisation.unmade.get(f"{object}.{REFERENCE}")
    return Rejected(problem.message if problem else f"{object} of Zoho has no field {REFERENCE}", field=REFERENCE)
