"""Operations staff: connections are added, narrowed, widened, paused, resumed and removed, a plugin is upgraded, an old
backup takes the place of the database. Draws what and when; nothing of it may delete anything anywhere."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from kequn.store import connections
from kequn.sync import policy, revise
from kequn.testing.simulation.history import HUB, Delete
from kequn.testing.simulation.screens import Screens
from kequn.testing.simulation.script import allowed
from kequn.testing.simulation.stage import Stage

SCOPES = ("k1", "k2")


@dataclass(frozen=True)
class Backup:
    """A copy of the database, and how much people had done by then."""

    copy: Path
    writes: int
    deletes: int


class Office:
    """Acts on one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._backup: Backup | None = None

    async def act(self) -> None:
        """One change, where it fits."""
        acts: tuple[tuple[Callable[[], Awaitable[None]], int], ...] = (
            (self.connect, 6),
            (self.narrow, 4),
            (self.widen, 4),
            (self.pause, 2),
            (self.resume, 4),
            (self.remove, 1),
            (self.upgrade, 2),
            (self.back_up, 4),
            (self.restore, 4),
        )
        only = self._stage.script.office
        await self._stage.dice.weighted([(act, weight) for act, weight in acts if not only or act.__name__ in only])()

    async def finish(self) -> None:
        """Before all must agree, every connection works that still is there."""
        while self._late:
            await self.connect()
        for name in sorted(self._stage.paused):
            await self._resume(name)

    @property
    def _late(self) -> list[str]:
        return sorted(self._stage.silent - self._stage.connections.keys())

    async def connect(self) -> None:
        if self._late:
            name = self._stage.dice.one_of(self._late)
            await self._stage.connect(name)
            self._changed("connect", name)

    async def narrow(self) -> None:
        """From now on only some keys are taken in."""
        wide = [name for name in self._stage.awake if name not in self._stage.narrowed]
        if wide:
            name, beginning = self._stage.dice.one_of(wide), self._stage.dice.one_of(SCOPES)
            await self._allow(name, "", beginning)
            self._stage.narrowed[name] = beginning
            self._changed("narrow", name, beginning)

    async def widen(self) -> None:
        narrow = [name for name in self._stage.awake if name in self._stage.narrowed]
        if narrow:
            name = self._stage.dice.one_of(narrow)
            await self._allow(name, self._stage.narrowed.pop(name), "")
            self._changed("widen", name)

    async def _allow(self, name: str, old: str, new: str) -> None:
        stage = self._stage
        before, after = (allowed(stage.deletes, stage.things, beginning) for beginning in (old, new))
        async with stage.database.writing() as session:
            plugin = stage.registry.crm(stage.plugins[name])
            changed = await connections.edit(session, stage.scope, plugin, name, keyring=stage.keyring, policy=after)
            await revise.revise(session, stage.scope, changed.id, policy.read(before), policy.read(after), stage.clock)
        await stage.forget_remotes()

    async def pause(self) -> None:
        if len(self._stage.awake) > 1:
            name = self._stage.dice.one_of(self._stage.awake)
            async with self._stage.database.writing() as session:
                await connections.pause(session, self._stage.scope, name)
            self._stage.paused.add(name)
            self._changed("pause", name)

    async def resume(self) -> None:
        if self._stage.paused:
            await self._resume(self._stage.dice.one_of(sorted(self._stage.paused)))

    async def _resume(self, name: str) -> None:
        async with self._stage.database.writing() as session:
            await connections.resume(session, self._stage.scope, name)
        self._stage.paused.discard(name)
        self._changed("resume", name)

    async def remove(self) -> None:
        if len(self._stage.awake) > 1:
            name = self._stage.dice.one_of(self._stage.awake)
            await self._leave_unheard(name)
            async with self._stage.database.writing() as session:
                await connections.remove(session, self._stage.scope, name)
            self._stage.silent.add(name)
            await self._stage.forget_remotes()
            self._changed("remove", name)

    async def _leave_unheard(self, name: str) -> None:
        """What somebody has deleted there, and kequn does not know of yet, it will never hear of."""
        deletes = self._stage.history.deletes
        for place, delete in enumerate(deletes):
            if delete.sys == name and await self._remembers(delete):
                deletes[place] = replace(delete, outside=True)

    async def upgrade(self) -> None:
        """A plugin of a newer version may translate in another way: what was agreed on is doubted."""
        stage = self._stage
        name = stage.dice.one_of(sorted(set(stage.plugins.values())))
        old = stage.registry.crm(name)
        newer = replace(old, manifest=replace(old.manifest, version=old.manifest.version + 1, upgrade=None))
        stage.registry = replace(stage.registry, crms=MappingProxyType({**stage.registry.crms, name: newer}))
        await stage.forget_remotes()
        self._changed("upgrade", name)

    async def back_up(self) -> None:
        history = self._stage.history
        self._backup = Backup(self._stage.back_up(), len(history.writes), len(history.deletes))
        history.events.append(["back up"])

    async def restore(self) -> None:
        """What people did in kequn since the backup is lost, as far as no CRM holds it."""
        if self._backup is None:
            return
        history, since = self._stage.history, self._backup
        await self._stage.restore(since.copy)
        for place, write in enumerate(history.writes):
            if place >= since.writes and write.sys == HUB:
                history.writes[place] = replace(write, lost=True)
        for place, delete in enumerate(history.deletes):
            if place >= since.deletes and not await self._remembers(delete):
                history.deletes[place] = replace(delete, lost=True)
        history.events.append(["put the backup in place"])

    async def _remembers(self, delete: Delete) -> bool:
        """Whether kequn takes the record that somebody has deleted for alive."""
        site = next(site for site in self._stage.people.sites if site.name == delete.sys)
        if not isinstance(site, Screens) or delete.sys in self._stage.silent:
            return False
        return await self._stage.link(site.name, site.graves[delete.key]) is not None

    def _changed(self, *event: str) -> None:
        """A backup of before does not know of this: nobody puts it in place any more."""
        self._backup = None
        self._stage.history.events.append(list(event))
