"""Finding out what the organisation is like, and making the fields that kequn needs. Zoho is asked for all of it once,
then for one part at a time; in between the connection's notebook knows."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kequn.contracts.crm import Problem
from kequn.contracts.errors import NeedsLogin, Rejected
from kequn.contracts.host import CrmHost
from plugins.zoho.adapter.described import FIELD_KEYS, MODULES, NOTE, ORG, ORG_KEYS, Described, Metadata, cut, read_note
from plugins.zoho.adapter.organisation import Organisation, facts_of, wanted_tables
from plugins.zoho.client import API, Refused, ZohoClient
from plugins.zoho.mapping.customers import Facts
from plugins.zoho.mapping.tables import REFERENCE, REFERENCE_LABEL, Table
from plugins.zoho.mapping.tailoring import options, tailor

Make = Callable[[Facts], Table]

REFERENCE_FIELD = {"field_label": REFERENCE_LABEL, "data_type": "text", "length": 64}
NO_OPTION = {"display_value": "-None-", "actual_value": "-None-"}


class Discovery:
    """Fills the organisation."""

    def __init__(self, client: ZohoClient, organisation: Organisation, host: CrmHost) -> None:
        self._client = client
        self._organisation = organisation
        self._host = host
        self._known: Described | None = None

    async def keep(self) -> None:
        """Know the organisation: from the notebook, or by asking for all of it. One part of what is known is asked for
        again each time, when it is due."""
        if self._known is None:
            noted = read_note(await self._host.notebook.read(NOTE))
            if noted is None or not self._recall(noted):
                await self.discover()
                return
            self._known = noted
        await self._look_again(self._known)

    async def discover(self) -> None:
        """All of it, as it is now."""
        known = Described(await self._org(), await self._labels())
        known.asked |= dict.fromkeys((ORG, MODULES), self._host.clock.now())
        self._begin(known)
        for name, make in self._wanted().items():
            if name in known.labels:
                await self._module(make, name, known)
        self._known = known
        await self._note(known)

    def _recall(self, noted: Described) -> bool:
        """Whether what was noted is enough."""
        wanted = {name: make for name, make in self._wanted().items() if name in noted.labels}
        if any(name not in noted.fields for name in wanted):
            return False
        self._begin(noted)
        for name, make in wanted.items():
            self._tailor(make, name, noted.labels[name], noted.fields[name])
        told = (Problem(object, "", message, field) for object, field, message in noted.unmade)
        self._organisation.unmade = {_key(problem): problem for problem in told}
        return True

    async def _look_again(self, known: Described) -> None:
        now, found = self._host.clock.now(), self._organisation
        lacking = {problem.object for problem in found.unmade.values()} | ({MODULES} if found.absent else set())
        part = known.due(now, lacking)
        if part is None:
            return
        try:
            stays = await self._is_as_known(known, part)
        except Refused:  # a module that is gone
            stays = False
        if not stays:
            await self.discover()
            return
        known.asked[part] = now
        await self._note(known)

    async def _is_as_known(self, known: Described, part: str) -> bool:
        if part == ORG:
            return await self._org() == known.org
        if part == MODULES:
            return await self._labels() == known.labels
        await self._module(self._wanted()[part], part, known)
        return True

    async def refresh(self, object: str) -> None:
        """Read the module's fields again."""
        metadata = await self._fields(object)
        self._tailor(self._wanted()[object], object, self._organisation.modules[object].label, metadata)
        known = self._known
        if known is not None:
            known.asked[object] = self._host.clock.now()
            if metadata != known.fields.get(object):
                known.fields[object] = metadata
                await self._note(known)

    def _wanted(self) -> dict[str, Make]:
        return {make(Facts()).object: make for make in wanted_tables(self._organisation.chosen)}

    async def _note(self, known: Described) -> None:
        unmade = self._organisation.unmade.values()
        known.unmade = [(problem.object, str(problem.field), problem.message) for problem in unmade]
        await self._host.notebook.write(NOTE, known.note())

    # -- asking -------------------------------------------------------------------------------------------------------

    async def _fields(self, object: str) -> Metadata:
        rows = (await self._client.read(f"{API}/settings/fields", {"module": object})).rows("fields")
        return [cut(row, FIELD_KEYS) for row in rows if isinstance(row.get("api_name"), str)]

    async def _org(self) -> Mapping[str, Any]:
        rows = (await self._client.read(f"{API}/org")).rows("org")
        return cut(rows[0], ORG_KEYS) if rows else {}

    async def _labels(self) -> dict[str, str]:
        modules = (await self._client.read(f"{API}/settings/modules")).rows("modules")
        usable = [one for one in modules if one.get("api_supported", True) and one.get("viewable", True)]
        return {str(one["api_name"]): str(one.get("plural_label") or one["api_name"]) for one in usable}

    # -- making -------------------------------------------------------------------------------------------------------

    async def _module(self, make: Make, name: str, known: Described) -> None:
        """With the fields that kequn needs, where they can be made."""
        found = self._organisation
        found.unmade = {key: problem for key, problem in found.unmade.items() if problem.object != name}
        metadata = await self._fields(name)
        made = [await self._make(name, *one) for one in self._missing(make(found.facts), metadata)]
        if any(made):
            metadata = await self._fields(name)
        known.fields[name], known.asked[name] = metadata, self._host.clock.now()
        self._tailor(make, name, known.labels[name], metadata)

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
                    self._host.log.info("zoho.field_made", module=module, field=wanted["field_label"])
                    return True
                why = f"Zoho refused to make it: {result.get('code')}"
            except (NeedsLogin, Rejected) as error:
                why = error.message
        self._organisation.unmade[_key(problem)] = replace(problem, message=f"{problem.message} ({why})")
        return False

    # -- filling ------------------------------------------------------------------------------------------------------

    def _begin(self, described: Described) -> None:
        """The organisation, without its modules yet."""
        found, org = self._organisation, described.org
        found.facts = facts_of(found.chosen, org)
        found.modules, found.unmade = {}, {}
        absent = [name for name in self._wanted() if name not in described.labels]
        found.absent = [
            Problem(name, "", f"the module {name} is not there, or not visible to this user") for name in absent
        ]
        found.strange = []
        if org and found.facts.zone != org.get("time_zone"):
            told = "this machine does not know the organisation's time zone: closing and due dates are taken in UTC"
            found.strange = [Problem("Deals", "", told)]
        found.generation += 1

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
        shown = facts_of(found.chosen, tiers=found.tier_options).tiers
        found.facts = replace(found.facts, tiers=shown)


def _key(problem: Problem) -> str:
    return f"{problem.object}.{problem.field}"
