"""The tenant behind the connection, as far as it is known: its objects as `describe` tells them, and the tiers among
their options. How it becomes known stands in discovery.py."""

from dataclasses import dataclass, field

from kequn.contracts.crm import Problem
from kequn.contracts.errors import Rejected
from kequn.contracts.records import Kind
from plugins.fxiaoke.adapter.options import Options
from plugins.fxiaoke.mapping.choices import Tier
from plugins.fxiaoke.mapping.tables import Table
from plugins.fxiaoke.mapping.tailoring import Tailored, assume


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
