"""The tenant behind the connection: its objects as `describe` tells them, and the tiers among their options. Decides
what the tables look like here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kequn.contracts.crm import Problem
from kequn.contracts.errors import BrokenReply, Rejected
from kequn.contracts.host import Clock
from kequn.contracts.records import Kind
from plugins.fxiaoke.adapter.options import Options
from plugins.fxiaoke.client import FxiaokeClient, Refused
from plugins.fxiaoke.mapping.choices import Choice, Choices, Tier
from plugins.fxiaoke.mapping.tables import Table
from plugins.fxiaoke.mapping.tailoring import Plan, Tailored, assume, options, tailor
from plugins.fxiaoke.mapping.values import Raw

DESCRIBE = "/cgi/crm/v2/object/describe"
LIST = "/cgi/crm/v2/object/list"
KEPT_SECONDS = 3600.0


@dataclass
class Tenant:
    """`objects`: the mapped ones by API name. Filled by `discover`; until then what the settings promise stands in it.
    `generation` grows when anything changes. `stale`: objects that were described again for a strange option."""

    chosen: Options
    objects: dict[str, Tailored] = field(default_factory=dict)
    absent: dict[str, Problem] = field(default_factory=dict)
    tiers: dict[str, str] = field(default_factory=dict)
    generation: int = 0
    stale: set[str] = field(default_factory=set)

    @property
    def problems(self) -> list[Problem]:
        found = [problem for one in self.objects.values() for problem in one.problems]
        return [*self.absent.values(), *found]

    def table(self, object: str) -> Table:
        """Raises Rejected when the object has vanished."""
        if object not in self.objects:
            raise Rejected(f"the object {object} is not there (any more)")
        return self.objects[object].table

    @property
    def tier_home(self) -> tuple[str, str] | None:
        """The object and field whose options are the tiers."""
        for name, one in self.objects.items():
            column = one.table.column("tier") if one.table.kind is Kind.CUSTOMER else None
            if column is not None and isinstance(column.codec, Tier):
                return name, column.name
        return None


def undiscovered(chosen: Options) -> Tenant:
    return Tenant(chosen, {plan.object: Tailored(assume(plan)) for plan in chosen.plans})


class Discovery:
    """Reads what the tenant says of its objects."""

    def __init__(self, client: FxiaokeClient, tenant: Tenant, clock: Clock) -> None:
        self._client = client
        self._tenant = tenant
        self._clock = clock
        self._discovered_at: float | None = None

    async def discover(self) -> None:
        for plan in self._tenant.chosen.plans:
            await self._describe(plan)
        self._tenant.stale.clear()
        self._discovered_at = self._clock.monotonic()

    async def keep(self) -> None:
        """Discover what was never discovered, or long ago."""
        if self._discovered_at is None or self._clock.monotonic() - self._discovered_at >= KEPT_SECONDS:
            await self.discover()

    async def refresh(self, object: str) -> None:
        """Describe an object again."""
        await self._describe(next(plan for plan in self._tenant.chosen.plans if plan.object == object))

    async def learn_options(self, object: str, raws: list[Raw]) -> None:
        """Describe an object again when a record has an option that is not known: once, for some never are."""
        table = self._tenant.table(object)
        if object not in self._tenant.stale and any(_is_strange(table, raw) for raw in raws):
            self._tenant.stale.add(object)
            await self.refresh(object)

    async def _describe(self, plan: Plan) -> None:
        tenant = self._tenant
        tenant.generation += 1
        try:
            described = await self.described(plan.object)
        except Refused:
            self._miss(plan.object, "is not there, or not visible to the person in whose name kequn acts")
            return
        if described.get("is_active") is False:
            self._miss(plan.object, "is switched off in Fxiaoke")
            return
        tenant.absent.pop(plan.object, None)
        tenant.objects[plan.object] = tailor(plan, described)
        self._keep_order()
        self._read_tiers(plan)

    def _miss(self, object: str, why: str) -> None:
        self._tenant.absent[object] = Problem(object, "", f"the object {object} {why}")
        self._tenant.objects.pop(object, None)

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

    def _keep_order(self) -> None:
        objects = self._tenant.objects
        self._tenant.objects = {
            plan.object: objects[plan.object] for plan in self._tenant.chosen.plans if plan.object in objects
        }

    def _read_tiers(self, plan: Plan) -> None:
        home = self._tenant.tier_home
        if home is not None and home[0] == plan.object:
            self._tenant.tiers = dict(options(self._tenant.objects[plan.object].fields[home[1]]))


def _is_strange(table: Table, raw: Raw) -> bool:
    """Whether it has an option that the table does not know."""
    return any(
        isinstance(column.codec, Choice | Choices | Tier) and not column.codec.knows(raw.get(column.name))
        for column in table.columns
    )
