"""Simulated people: who does what next, drawn from a seeded chance. Everything they write is a unique token."""

from collections.abc import Awaitable, Callable, Collection, Sequence

from kequn.testing.simulation.dice import Dice
from kequn.testing.simulation.history import Delete, History, Merge, Write
from kequn.testing.simulation.sites import Hub, Screens, Shown, Site, Standing


class People:
    """Act on some sites and write down what they did and saw. The first site is kequn itself. `standing`: what kequn
    knows of the record of a key at a CRM; `silent`: the CRMs that it is not connected to; `is_racing`: whether kequn is
    between a read and a write there; `merges`: how often they merge, of some forty acts."""

    def __init__(
        self,
        sites: Sequence[Site],
        history: History,
        dice: Dice,
        standing: Callable[[Screens, str], Awaitable[Standing]],
        silent: Collection[str],
        is_racing: Callable[[Screens], bool],
        merges: int = 1,
    ) -> None:
        self.sites = list(sites)
        self._standing = standing
        self._silent = silent
        self._is_racing = is_racing
        self._merges = merges
        self._history = history
        self._dice = dice
        self._count = 0

    def _token(self) -> str:
        self._count += 1
        return f"v{self._count}"

    async def act(self) -> None:
        """One act at one place: mostly edits, some creates, a delete now and then."""
        site = self._dice.one_of(self.sites)
        acts = ((self.edit, 24), (self.create, 6), (self.delete, 2), (self.merge, self._merges), (self.restore, 1))
        await self._dice.weighted(acts)(site)

    async def create(self, site: Site) -> None:
        """Somebody new; or, in a CRM that kequn is not connected to, somebody whom others know already."""
        known = await self._known_elsewhere(site) if site.name in self._silent and self._dice.falls(0.5) else []
        self._count += 1
        number, key = self._count, self._dice.one_of(known) if known else f"k{self._count}@example.org"
        filled = [name for name in site.fields if self._dice.falls(0.6)] or list(site.fields[:1] if known else ())
        fields: Shown = {name: self._token() for name in filled}
        phone = f"+86199{number:08d}" if not known and self._dice.falls(0.4) else None
        await site.create(key, fields, phone)
        self._note("create", site, key)
        self._history.writes += [Write(site.name, key, name, str(value), None) for name, value in fields.items()]

    async def _known_elsewhere(self, site: Site) -> list[str]:
        here = {key for key, _ in await site.read()}
        return sorted({key for other in self.sites for key, _ in await other.read()} - here)

    async def edit(self, site: Site) -> None:
        records = await site.read()
        if not records:
            return
        key, saw = self._dice.one_of(sorted(records, key=str))
        await self._edit(site, key, saw)

    async def _edit(self, site: Site, key: str, saw: Shown) -> None:
        name, value = self._dice.one_of(list(site.fields)), self._token()
        await site.edit(key, {name: value})
        self._note("edit", site, key, name)
        raced = isinstance(site, Screens) and self._is_racing(site)
        self._history.writes.append(Write(site.name, key, name, value, saw[name], raced=raced))

    async def delete(self, site: Site) -> None:
        records = await site.read()
        if not records:
            return
        key, saw = self._dice.one_of(sorted(records, key=str))
        unmet, outside = await self._unseen(site, key)
        await site.delete(key)
        self._note("delete", site, key)
        self._history.deletes.append(Delete(site.name, key, dict(saw), unmet, outside))

    async def _unseen(self, site: Site, key: str) -> tuple[bool, bool]:
        """Whether kequn created it here and does not know; whether nothing flows."""
        if not isinstance(site, Screens):
            return False, False
        standing, made_here = await self._standing(site, key), ["create", site.name, key] in self._history.events
        return standing is Standing.UNMET and not made_here, standing is Standing.OUTSIDE

    async def merge(self, site: Site) -> None:
        """Somebody makes one record of two inside a CRM: what the loser said is given up by who saw it; what fills gaps
        of the winner is written by them."""
        if not isinstance(site, Screens):
            return
        # One that kequn never met becomes, when it is merged, the other person: the history, which names persons by
        # key, has no words for that.
        met = [one for one in await site.read() if await self._standing(site, one[0]) is Standing.MET]
        if len(met) < 2:
            return
        (winner, before), (loser, saw) = self._dice.two_of(sorted(met, key=str))
        shared = site.merge(winner, loser)
        after = dict(await site.read())[winner]
        for name, value in after.items():
            if value is not None and value != before[name]:
                self._history.writes.append(Write(site.name, winner, name, value, before[name]))
            if value is not None and value != saw[name]:  # the two are one person now
                self._history.writes.append(Write(site.name, loser, name, value, saw[name]))
        self._note("merge", site, winner, loser)
        self._history.deletes += [Delete(site.name, loser, dict(one)) for one in (saw, after)]
        if shared and await self._is_bare(winner):
            self._history.merges.append(Merge(site.name, winner, loser))

    async def _is_bare(self, key: str) -> bool:
        """No phone of their own is on its way to anybody."""
        hub = self.sites[0]
        return isinstance(hub, Hub) and key in dict(await hub.read()) and await hub.phone(key) is None

    async def restore(self, site: Site) -> None:
        """Somebody takes a record out of the bin, and edits it: no deletion has seen that."""
        bin_ = [one for one in self._history.deletes if one.sys == site.name]
        if not isinstance(site, Screens) or not bin_:
            return
        delete = self._dice.one_of(bin_)
        if site.restore(delete.key):
            self._note("restore", site, delete.key)
            await self._edit(site, delete.key, dict(await site.read())[delete.key])

    def _note(self, *event: object) -> None:
        self._history.events.append([getattr(part, "name", part) for part in event])
