"""The plugin under test: its hooks, loaded through kequn's own door, and stages for it to show itself on."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from kequn.contracts.errors import BadSettings
from kequn.contracts.hooks import CrmPlugin, EmulatorPlugin
from kequn.registry import GROUP, Registry
from kequn.testing.conformance.stage import Ground, Stage

SCANNED = 3000
"""How many records T35 reads, unless it is asked to read 100,000."""


@dataclass(frozen=True)
class Subject:
    """`module`: what a process imports to have the plugin. `knobs`: with which its emulator is built. `scanned`: how
    many records the case about memory reads. `ground`: what its stages stand on."""

    crm: CrmPlugin
    emulator: EmulatorPlugin
    module: str
    knobs: Mapping[str, Any] = field(default_factory=dict)
    scanned: int = SCANNED
    ground: Ground = field(default_factory=Ground)

    @classmethod
    def of(cls, plugin: object, knobs: Mapping[str, Any] | None = None, scanned: int = SCANNED) -> "Subject":
        """`plugin`: a module with hooks, or its name. Raises BadSettings that says why it cannot be tested."""
        module = import_module(plugin) if isinstance(plugin, str) else plugin
        found = Registry.load([module], entry_points=False)
        if found.problems or not found.crms:
            raise BadSettings("; ".join(one.message for one in found.problems) or "it registers no CRM")
        return cls.named(found, next(iter(found.crms)), knobs, scanned)

    @classmethod
    def named(
        cls, registry: Registry, name: str, knobs: Mapping[str, Any] | None = None, scanned: int = SCANNED
    ) -> "Subject":
        """The plugin of this name among those that kequn has found."""
        crm = registry.crm(name)
        if name not in registry.emulators:
            raise BadSettings(f"the plugin {name} has no emulator to be tested against (register_emulator)")
        source = registry.sources[name]
        points: Iterable[Any] = entry_points(group=GROUP)
        module = next((str(point.module) for point in points if point.name == source), source)
        return cls(crm, registry.emulators[name], module, knobs or {}, scanned)

    @property
    def name(self) -> str:
        return self.crm.name

    @asynccontextmanager
    async def stage(
        self, *, records: int = 0, seed: int = 1, opened: bool = True, years: int = 0
    ) -> AsyncIterator[Stage]:
        """A CRM of its own with `records` seeded customers. `opened`: with a connection that is open. `years`: how far
        the clock has gone on."""
        stage = Stage(self.crm, self.emulator, self.knobs, self.ground, records, seed, years)
        try:
            if opened:
                await stage.line.crm.open()
            yield stage
        finally:
            await stage.close()
