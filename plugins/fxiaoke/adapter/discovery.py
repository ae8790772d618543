"""Finding out what the tenant is like. Each object is described once, and again when that is some time ago; in between
the connection's notebook knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kequn.contracts.crm import Problem
from kequn.contracts.errors import BrokenReply
from kequn.contracts.host import CrmHost
from plugins.fxiaoke.adapter.tenant import Tenant
from plugins.fxiaoke.client import FxiaokeClient, Refused
from plugins.fxiaoke.mapping.choices import Choice, Choices, Tier
from plugins.fxiaoke.mapping.tables import Table
from plugins.fxiaoke.mapping.tailoring import Plan, options, tailor
from plugins.fxiaoke.mapping.values import Raw

DESCRIBE = "/cgi/crm/v2/object/describe"
LIST = "/cgi/crm/v2/object/list"
NOTE = "described"
FORM = 1
"""Grows when a note must hold more than an older one does."""

KEPT = timedelta(hours=1)
TRY_AGAIN = timedelta(minutes=10)
"""Where something is missing: a person may put it there."""


@dataclass(frozen=True)
class Told:
    """What the tenant said of an object (None: that it is not there), and when it was asked, on our clock."""

    described: Mapping[str, Any] | None
    asked: datetime


class Discovery:
    """Fills the tenant."""

    def __init__(self, client: FxiaokeClient, tenant: Tenant, host: CrmHost) -> None:
        self._client = client
        self._tenant = tenant
        self._host = host
        self._plans = {plan.object: plan for plan in tenant.chosen.plans}
        self._told: dict[str, Told] = {}

    async def keep(self) -> None:
        """Know every object: from the notebook, or by asking. One of those that are known is asked for again each time,
        when it is due."""
        if set(self._told) >= set(self._plans):
            await self._look_again()
            return
        noted = _read(await self._host.notebook.read(NOTE))
        if set(noted) >= set(self._plans):
            for plan in self._plans.values():
                self._take(plan, noted[plan.object])
            await self._look_again()
        else:
            await self.discover()

    async def discover(self) -> None:
        """All of them, as they are now."""
        for plan in self._plans.values():
            self._take(plan, await self._ask(plan.object))
        self._tenant.stale.clear()
        await self._note()

    async def refresh(self, object: str) -> None:
        """Describe an object again."""
        before = self._told.get(object)
        told = await self._ask(object)
        self._take(self._plans[object], told)
        if before is None or told.described != before.described:
            await self._note()

    async def _look_again(self) -> None:
        dates = {object: told.asked + self._good_for(object) for object, told in self._told.items()}
        object = min(dates, key=lambda one: dates[one])
        if dates[object] <= self._host.clock.now():
            self._take(self._plans[object], await self._ask(object))
            self._tenant.stale.discard(object)
            await self._note()

    def _good_for(self, object: str) -> timedelta:
        known = self._tenant.objects.get(object)
        return TRY_AGAIN if known is None or known.problems else KEPT

    async def _note(self) -> None:
        """Once all of them are known."""
        if set(self._told) >= set(self._plans):
            told = {object: [one.described, one.asked.isoformat()] for object, one in self._told.items()}
            await self._host.notebook.write(NOTE, {"form": FORM, "objects": told})

    # -- asking -------------------------------------------------------------------------------------------------------

    async def _ask(self, object: str) -> Told:
        try:
            described = await self.described(object)
        except Refused:
            return Told(None, self._host.clock.now())
        kept = {key: described[key] for key in ("display_name", "is_active", "fields") if key in described}
        return Told(kept, self._host.clock.now())

    async def described(self, object: str) -> Mapping[str, Any]:
        """The manual and working clients put the name in two places."""
        body = {"includeDetail": True, "apiName": object, "data": {"apiName": object}}
        answer = await self._client.read(DESCRIBE, body)
        data = answer.get("data")
        described = data.get("describe") if isinstance(data, Mapping) else None
        if not isinstance(described, Mapping) or not isinstance(described.get("fields"), Mapping):
            raise BrokenReply(f"Fxiaoke describes {object} without fields")
        return described

    async def listed(self) -> dict[str, bool]:
        """Which objects there are, and whether they are switched on."""
        data = (await self._client.read(LIST, {"includeNull": False})).get("data")
        objects = data.get("objects") if isinstance(data, Mapping) else None
        if not isinstance(objects, list):
            raise BrokenReply("Fxiaoke lists its objects without objects")
        return {
            str(one["describeApiName"]): one.get("isActive") is not False for one in objects if isinstance(one, dict)
        }

    # -- filling ------------------------------------------------------------------------------------------------------

    def _take(self, plan: Plan, told: Told) -> None:
        tenant, described = self._tenant, told.described
        self._told[plan.object] = told
        tenant.generation += 1
        if described is None:
            self._miss(plan.object, "is not there, or not visible to the person in whose name kequn acts")
        elif described.get("is_active") is False:
            self._miss(plan.object, "is switched off in Fxiaoke")
        else:
            tenant.absent.pop(plan.object, None)
            tenant.objects[plan.object] = tailor(plan, described)
            self._keep_order()
            self._read_tiers(plan)

    def _miss(self, object: str, why: str) -> None:
        self._tenant.absent[object] = Problem(object, "", f"the object {object} {why}")
        self._tenant.objects.pop(object, None)

    def _keep_order(self) -> None:
        objects = self._tenant.objects
        self._tenant.objects = {
            plan.object: objects[plan.object] for plan in self._tenant.chosen.plans if plan.object in objects
        }

    def _read_tiers(self, plan: Plan) -> None:
        home = self._tenant.tier_home
        if home is not None and home[0] == plan.object:
            self._tenant.tiers = dict(options(self._tenant.objects[plan.object].fields[home[1]]))

    async def learn_options(self, object: str, raws: list[Raw]) -> None:
        """Describe an object again when a record has an option that is not known: once, for some never are."""
        table = self._tenant.table(object)
        if object not in self._tenant.stale and any(_is_strange(table, raw) for raw in raws):
            self._tenant.stale.add(object)
            await self.refresh(object)


def _read(note: Mapping[str, Any] | None) -> dict[str, Told]:
    if note is None or note.get("form") != FORM:
        return {}
    return {object: Told(described, datetime.fromisoformat(at)) for object, (described, at) in note["objects"].items()}


def _is_strange(table: Table, raw: Raw) -> bool:
    """Whether it has an option that the table does not know."""
    return any(
        isinstance(column.codec, Choice | Choices | Tier) and not column.codec.knows(raw.get(column.name))
        for column in table.columns
    )
