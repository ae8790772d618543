"""The organisation behind the connection: its modules and fields, its currency and time zone, and the field that holds
kequn's id, which is made where it is missing. Decides what the tables look like here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kequn.contracts.crm import Problem
from kequn.contracts.errors import CrmError, NeedsLogin, Rejected
from kequn.contracts.host import Log
from plugins.zoho.adapter.options import Options
from plugins.zoho.client import API, ZohoClient
from plugins.zoho.mapping.business import campaigns, cases, deals, sales_orders
from plugins.zoho.mapping.customers import Facts, accounts, contacts
from plugins.zoho.mapping.interactions import calls, events, notes, tasks
from plugins.zoho.mapping.tables import REFERENCE, REFERENCE_LABEL, Table
from plugins.zoho.mapping.tailoring import Module, options, tailor

Metadata = list[Mapping[str, Any]]

REFERENCE_FIELD = {"field_label": REFERENCE_LABEL, "data_type": "text", "length": 64}
NO_OPTION = {"display_value": "-None-", "actual_value": "-None-"}


def wanted_tables(chosen: Options) -> list[Callable[[Facts], Table]]:
    """In the order in which they should be pulled."""
    tables: list[Callable[[Facts], Table]] = [campaigns] if chosen.campaigns else []
    tables += [accounts, contacts, deals]
    tables += [sales_orders] if chosen.sales_orders else []
    tables += [cases, calls, events, tasks]
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
    unmade: dict[str, Problem] = field(default_factory=dict)

    @property
    def problems(self) -> list[Problem]:
        found = [problem for module in self.modules.values() for problem in module.problems]
        return [*self.absent, *self.unmade.values(), *found]

    def knows_tier(self, id: str) -> bool:
        return any(id in {option.get("actual_value"), option.get("display_value")} for option in self.tier_options)


def undiscovered(chosen: Options) -> Organisation:
    facts = _facts(chosen)
    tables = [make(facts) for make in wanted_tables(chosen)]
    return Organisation(chosen, facts, {table.object: Module(table, table.object, {}) for table in tables})


def _facts(chosen: Options, org: Mapping[str, Any] | None = None, tiers: Sequence[Mapping[str, Any]] = ()) -> Facts:
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


class Discovery:
    """Reads the organisation, and makes the fields that kequn needs."""

    def __init__(self, client: ZohoClient, organisation: Organisation, log: Log) -> None:
        self._client = client
        self._organisation = organisation
        self._log = log

    async def discover(self) -> None:
        chosen, found = self._organisation.chosen, self._organisation
        orgs = (await self._client.read(f"{API}/org")).rows("org")
        labels = await self._labels()
        found.facts = _facts(chosen, orgs[0] if orgs else None)
        found.modules, found.absent, found.unmade = {}, [], {}
        if orgs and found.facts.zone != orgs[0].get("time_zone"):
            told = "this machine does not know the organisation's time zone: closing and due dates are taken in UTC"
            found.absent.append(Problem("Deals", "", told))
        found.generation += 1
        for make in wanted_tables(chosen):
            name = make(found.facts).object
            if name not in labels:
                found.absent.append(Problem(name, "", f"the module {name} is not there, or not visible to this user"))
                continue
            await self._module(make, name, labels[name])

    async def refresh(self, object: str) -> None:
        """Read the module's fields again."""
        module = self._organisation.modules[object]
        make = next(make for make in wanted_tables(self._organisation.chosen) if make(Facts()).object == object)
        self._tailor(make, object, module.label, await self.fields(object))

    async def fields(self, object: str) -> Metadata:
        rows = (await self._client.read(f"{API}/settings/fields", {"module": object})).rows("fields")
        return [row for row in rows if isinstance(row.get("api_name"), str)]

    async def _labels(self) -> dict[str, str]:
        modules = (await self._client.read(f"{API}/settings/modules")).rows("modules")
        usable = [one for one in modules if one.get("api_supported", True) and one.get("viewable", True)]
        return {str(one["api_name"]): str(one.get("plural_label") or one["api_name"]) for one in usable}

    async def _module(self, make: Callable[[Facts], Table], name: str, label: str) -> None:
        metadata = await self.fields(name)
        table = make(self._organisation.facts)
        for wanted, problem in self._missing(table, metadata):
            if await self._make(name, wanted, problem):
                metadata = await self.fields(name)
        self._tailor(make, name, label, metadata)

    def _missing(self, table: Table, metadata: Metadata) -> list[tuple[dict[str, Any], Problem]]:
        """The fields that kequn needs in this module, and what to tell when they cannot be made."""
        names = {one["api_name"] for one in metadata}
        missing: list[tuple[dict[str, Any], Problem]] = []
        if table.create and table.reference and REFERENCE not in names:
            tell = (
                f"make a unique single-line field {REFERENCE_LABEL} (API name {REFERENCE}, 64 characters) in "
                f"{table.object} of Zoho: without it nothing can be created there"
            )
            unique = {"unique": {"case_sensitive": False}}
            missing.append((REFERENCE_FIELD | unique, Problem(table.object, "", tell, REFERENCE)))
        tier = self._organisation.chosen.tier_field
        if table.object == "Contacts" and tier not in names:
            tell = f"make a picklist field with the API name {tier} in Contacts of Zoho: without it there are no tiers"
            wanted = {"field_label": tier.replace("_", " "), "data_type": "picklist", "pick_list_values": [NO_OPTION]}
            missing.append((wanted, Problem(table.object, "", tell, tier)))
        return missing

    async def _make(self, module: str, wanted: dict[str, Any], problem: Problem) -> bool:
        why = "the setting create_fields is off"
        if self._organisation.chosen.create_fields:
            try:
                body = {"fields": [wanted]}
                reply = await self._client.write("POST", f"{API}/settings/fields", body, params={"module": module})
                result = reply.rows("fields")[0]
                if result.get("status") == "success":
                    self._log.info("zoho.field_made", module=module, field=wanted["field_label"])
                    return True
                why = f"Zoho refused to make it: {result.get('code')}"
            except (NeedsLogin, Rejected) as error:
                why = error.message
        self._organisation.unmade[f"{module}.{problem.field}"] = replace(problem, message=f"{problem.message} ({why})")
        return False

    def _tailor(self, make: Callable[[Facts], Table], name: str, label: str, metadata: Metadata) -> None:
        found = self._organisation
        if name == "Contacts":
            self._read_tiers(metadata)
        table = make(found.facts)
        table = replace(table, exclude=table.exclude | found.chosen.extra_exclude)
        module = tailor(table, label, metadata, found.chosen.fields.get(name, {}), found.facts)
        if REFERENCE not in module.fields:
            module = replace(module, table=replace(module.table, reference=False))
        found.modules[name] = module
        found.generation += 1

    def _read_tiers(self, metadata: Metadata) -> None:
        found = self._organisation
        tier = next((one for one in metadata if one["api_name"] == found.chosen.tier_field), None)
        found.tier_options = [] if tier is None else options(tier)
        found.tier_field_id = None if tier is None else str(tier["id"])
        shown = _facts(found.chosen, tiers=found.tier_options).tiers
        found.facts = replace(found.facts, tiers=shown)


def refuse_without_reference(organisation: Organisation, object: str) -> CrmError | None:
    """Why nothing can be created in this module, if so."""
    if organisation.modules[object].table.reference:
        return None
    problem = organisation.unmade.get(f"{object}.{REFERENCE}")
    return Rejected(problem.message if problem else f"{object} of Zoho has no field {REFERENCE}", field=REFERENCE)
