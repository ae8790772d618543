"""Simulated people: who does what next, drawn from a seeded chance. Everything they write is a unique token."""

from collections.abc import Awaitable, Callable, Sequence

from kequn.testing.simulation.dice import Dice
from kequn.testing.simulation.history import Delete, History, Write
from kequn.testing.simulation.sites import Screens, Shown, Site


class People:
    """Act on some sites and write down what they did and saw. `has_met`: whether kequn has a link to the record of this
    key at a CRM."""

    def __init__(
        self, sites: Sequence[Site], history: History, dice: Dice, has_met: Callable[[Screens, str], Awaitable[bool]]
    ) -> None:
        self.sites = list(sites)
        self._has_met = has_met
        self._history = history
        self._dice = dice
        self._count = 0

    def _token(self) -> str:
        self._count += 1
        return f"v{self._count}"

    async def act(self) -> None:
        """One act at one place: mostly edits, some creates, a delete now and then."""
        site = self._dice.one_of(self.sites)
        acts = ((self.edit, 24), (self.create, 6), (self.delete, 2), (self.merge, 1), (self.restore, 1))
        await self._dice.weighted(acts)(site)

    async def create(self, site: Site) -> None:
        self._count += 1
        key = f"k{self._count}@example.org"
        fields: Shown = {name: self._token() for name in site.fields if self._dice.falls(0.6)}
        await site.create(key, fields)
        self._note("create", site, key)
        self._history.writes += [Write(site.name, key, name, str(value), None) for name, value in fields.items()]

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
        self._history.writes.append(Write(site.name, key, name, value, saw[name]))

    async def delete(self, site: Site) -> None:
        records = await site.read()
        if not records:
            return
        key, saw = self._dice.one_of(sorted(records, key=str))
        unmet = await self._is_unmet(site, key)
        await site.delete(key)
        self._note("delete", site, key)
        self._history.deletes.append(Delete(site.name, key, dict(saw), unmet))

    async def _is_unmet(self, site: Site, key: str) -> bool:
        """kequn created it here, and does not know."""
        made_here = ["create", site.name, key] in self._history.events
        return isinstance(site, Screens) and not made_here and not await self._has_met(site, key)

    async def merge(self, site: Site) -> None:
        """Somebody makes one record of two inside a CRM: what the loser said is given up by who saw it; what fills gaps
        of the winner is written by them."""
        if not isinstance(site, Screens):
            return
        # One that kequn never met becomes, when it is merged, the other person: the history, which names persons by
        # key, has no words for that.
        records = sorted([one for one in await site.read() if await self._has_met(site, one[0])], key=str)
        if len(records) < 2:
            return
        (winner, before), (loser, saw) = self._dice.two_of(records)
        site.merge(winner, loser)
        after = dict(await site.read())[winner]
        for name, value in after.items():
            if value is not None and value != before[name]:
                self._history.writes.append(Write(site.name, winner, name, value, before[name]))
            if value is not None and value != saw[name]:  # the two are one person now
                self._history.writes.append(Write(site.name, loser, name, value, saw[name]))
        self._note("merge", site, winner, loser)
        self._history.deletes += [Delete(site.name, loser, dict(one)) for one in (saw, after)]

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
