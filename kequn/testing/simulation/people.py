"""Simulated people: who does what next, drawn from a seeded chance. Everything they write is a unique token."""

from collections.abc import Awaitable, Callable, Collection, Sequence

from kequn.contracts.records import OUTBOUND, Kind, Type
from kequn.testing.simulation.dice import Dice
from kequn.testing.simulation.history import Delete, History, Merge, Write
from kequn.testing.simulation.hub import Hub
from kequn.testing.simulation.screens import Screens
from kequn.testing.simulation.sites import Shown, Site, Standing
from kequn.testing.simulation.things import (
    ORGANISATION,
    PERSON,
    TARGETS,
    Thing,
    changed,
    element,
    key_for,
    texts_of,
    thing_of,
    type_of,
)

CREATED: Sequence[tuple[Thing, int]] = (
    (PERSON, 5),
    (Kind.GROUP, 1),
    (Kind.FEEDBACK, 2),
    (Kind.PURCHASE, 2),
    (Kind.INTERACTION, 2),
    (Kind.MEMBERSHIP, 4),
    (ORGANISATION, 2),
    (Kind.BENEFIT_CLAIM, 6),
    (Kind.SURVEY_ANSWER, 6),
    (Kind.TIER, 1),
)
BINNED = (PERSON, ORGANISATION, Kind.FEEDBACK, Kind.PURCHASE, Kind.INTERACTION)
"""What can be taken out of a bin."""
LASTING = OUTBOUND | {Kind.TIER}
"""What nobody deletes."""
SAYING = (Kind.MEMBERSHIP, Kind.GROUP, Kind.TIER)
"""That it is there is what somebody says."""
CANCELLED = "cancelled"
"""What becomes of a claim."""


class People:
    """Act on some sites and write down what they did and saw. The first site is kequn itself. `standing`: what kequn
    knows of the record of a key at a CRM; `silent`: the CRMs that it is not connected to; `is_racing`: whether kequn is
    between a read and a write there; `merges` and `deletes`: how often they do that, of some forty acts; `known`: the
    chance that whoever is entered in a CRM that is not connected is known elsewhere; `alone`: nobody works in the
    CRMs."""

    def __init__(
        self,
        sites: Sequence[Site],
        history: History,
        dice: Dice,
        standing: Callable[[Screens, str], Awaitable[Standing]],
        silent: Collection[str],
        is_racing: Callable[[Screens, str], bool],
        merges: int = 1,
        deletes: int = 2,
        known: float = 0.5,
        alone: bool = False,
    ) -> None:
        self.sites = list(sites)
        self._standing = standing
        self._silent = silent
        self._is_racing = is_racing
        self._merges = merges
        self._deletes = deletes
        self._known = known
        self._alone = alone
        self._history = history
        self._dice = dice
        self._count = 0

    def _token(self) -> str:
        self._count += 1
        return f"v{self._count}"

    async def act(self) -> None:
        """One act at one place: mostly edits, some creates, a delete now and then."""
        site = self.sites[0] if self._alone else self._dice.one_of(self.sites)
        often = ((self.edit, 24), (self.create, 8), (self.delete, self._deletes))
        acts = (*often, (self.merge, self._merges), (self.restore, 1))
        await self._dice.weighted(acts)(site)

    async def settle_in(self, count: int) -> None:
        """So many customers are there from the start, in the first of the CRMs."""
        for _ in range(count):
            self._count += 1
            await self._new(self.sites[1], key_for(PERSON, self._count), {"notes": self._token()}, None)

    async def have_tiers(self, names: Sequence[str]) -> None:
        """These tiers are there from the start, entered at each place."""
        hub, *others = self.sites
        for name in names:
            await self._new(hub, name, {}, None)
        for site in others:
            if isinstance(site, Screens):
                site.have_tiers(names)

    # -- creating ------------------------------------------------------------------------------------------------------

    async def create(self, site: Site) -> None:
        known = [(thing, weight) for thing, weight in CREATED if thing in site.fields and self._may(site, thing)]
        thing = self._dice.weighted(known)
        if thing is PERSON:
            await self._somebody(site)
        elif thing is Kind.MEMBERSHIP:
            await self._join(site)
        elif thing in OUTBOUND:
            await self._tell(site, thing)
        else:
            await self._something(site, thing)

    def _may(self, site: Site, thing: Thing) -> bool:
        """What kequn alone decides, nobody writes elsewhere; tiers are made here, where every CRM takes them."""
        if thing is Kind.TIER and not all(one.takes_tiers for one in self.sites if isinstance(one, Screens)):
            return False
        return thing not in LASTING or site is self.sites[0]

    def _may_change(self, site: Site, thing: Thing) -> bool:
        return self._may(site, thing) and bool(changed(thing, site.fields[thing]))

    async def _tell(self, site: Site, thing: Thing) -> None:
        """A customer claims something, or answers. What kequn makes of it is written down as it stands then."""
        persons = sorted({key for key, _ in await site.read() if thing_of(key) is PERSON})
        if not persons:
            return
        self._count += 1
        key, given = key_for(thing, self._count), {"customer": self._dice.one_of(persons)}
        if thing is Kind.SURVEY_ANSWER:
            given |= {"question": self._token(), "score": str(self._dice.below(11))}
        await site.create(key, given, None)
        self._note("create", site, key)
        self._history.told.append(key)
        shown = dict(await site.read())[key]
        self._history.writes += [Write(site.name, key, name, value, None) for name, value in shown.items() if value]

    async def _something(self, site: Site, thing: Thing) -> None:
        self._count += 1
        await self._new(site, key_for(thing, self._count), await self._filled(site, thing), None)

    async def _somebody(self, site: Site) -> None:
        """Somebody new; or, in a CRM that kequn is not connected to, somebody whom others know already."""
        late = site.name in self._silent and self._dice.falls(self._known)
        known = await self._known_elsewhere(site) if late else []
        self._count += 1
        number = self._count
        key = self._dice.one_of(known) if known else key_for(PERSON, number)
        fields = await self._filled(site, PERSON)
        if known and not fields:
            fields = {site.fields[PERSON][0]: self._token()}
        phone = f"+86199{number:08d}" if not known and self._dice.falls(0.4) else None
        await self._new(site, key, fields, phone)

    async def _known_elsewhere(self, site: Site) -> list[str]:
        here = {key for key, _ in await site.read()}
        known = {key for other in self.sites for key, _ in await other.read()} - here
        return sorted(key for key in known if thing_of(key) is PERSON)

    async def _filled(self, site: Site, thing: Thing) -> dict[str, str | None]:
        names = [name for name in site.fields[thing] if self._dice.falls(0.6)]
        pairs = [await self._value(site, thing, name) for name in names]
        return {name: value for name, value in pairs if value}

    async def _value(self, site: Site, thing: Thing, name: str) -> tuple[str, str | None]:
        """A field and what somebody writes there: a reference to anybody who is there, or a token."""
        if type_of(thing, name) is Type.REF:
            there = sorted({key for key, _ in await site.read() if thing_of(key) == TARGETS[name]})
            return name, self._dice.one_of(there) if there else None
        if name == "state":
            return name, CANCELLED
        value = self._token()
        if type_of(thing, name) is Type.MONEY:
            return name, value.removeprefix("v")
        return (element(name, value) if type_of(thing, name) is Type.SET else name), value

    async def _join(self, site: Site) -> None:
        """Somebody puts a customer into a group; where there is none, they make one first."""
        keys = sorted({key for key, _ in await site.read()})
        persons, groups = ([key for key in keys if thing_of(key) is thing] for thing in (PERSON, Kind.GROUP))
        if not groups:
            await self._something(site, Kind.GROUP)
        if not persons or not groups:
            return
        key = f"{self._dice.one_of(persons)}|{self._dice.one_of(groups)}"
        if key not in keys:
            await self._new(site, key, {}, None)

    async def _new(self, site: Site, key: str, fields: Shown, phone: str | None) -> None:
        await site.create(key, fields, phone)
        self._note("create", site, key)
        written = [Write(site.name, key, name, str(value), None) for name, value in fields.items()]
        if thing_of(key) in SAYING:
            written.append(Write(site.name, key, "", self._token(), None))
        self._history.writes += written

    # -- editing -------------------------------------------------------------------------------------------------------

    async def edit(self, site: Site) -> None:
        records = [one for one in await site.read() if self._may_change(site, thing_of(one[0]))]
        if records:
            key, saw = self._dice.one_of(sorted(records, key=str))
            await self._edit(site, key, saw, changed(thing_of(key), site.fields[thing_of(key)]))

    async def _edit(self, site: Site, key: str, saw: Shown, fields: Sequence[str]) -> None:
        thing, field = thing_of(key), self._dice.one_of(list(fields))
        ticked = [name for name in saw if name.startswith(element(field, ""))]
        if ticked and self._dice.falls(0.5):
            name, value = self._dice.one_of(ticked), None
        else:
            name, value = await self._value(site, thing, field)
            if value is None or value == saw.get(name):
                return
        await site.edit(key, {name: value})
        self._note("edit", site, key, name)
        raced = isinstance(site, Screens) and self._is_racing(site, key)
        self._history.writes.append(Write(site.name, key, name, value or "", saw.get(name), raced=raced))

    # -- deleting ------------------------------------------------------------------------------------------------------

    async def delete(self, site: Site) -> None:
        records = [one for one in await site.read() if thing_of(one[0]) not in LASTING]
        if not records:
            return
        key, saw = self._dice.one_of(sorted(records, key=str))
        unmet, outside = await self._unseen(site, key)
        referring = await self._referring(key)
        await site.delete(key)
        self._note("delete", site, key)
        deleted = Delete(site.name, key, self._there(key, saw), unmet=unmet, outside=outside, referring=referring)
        self._history.deletes.append(deleted)

    async def _referring(self, key: str) -> list[list[str]]:
        """What refers to it, as far as kequn knows."""
        known, names = await self.sites[0].read(), self._history.references
        return sorted([other, name] for other, shown in known for name in names if shown.get(name) == key)

    def _there(self, key: str, saw: Shown) -> dict[str, str | None]:
        """What is said by being there was said by one, or by several, of whom nobody saw the others."""
        said = [write.value for write in self._history.writes if write.key == key and not write.field]
        return {**saw, "": said[-1]} if said else dict(saw)

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
        persons = [one for one in await site.read() if thing_of(one[0]) is PERSON]
        met = [one for one in persons if await self._standing(site, one[0]) is Standing.MET]
        if len(met) < 2:
            return
        (winner, before), (loser, saw) = self._dice.two_of(sorted(met, key=str))
        shared = site.merge(winner, loser)
        after = dict(await site.read())[winner]
        for name, value in after.items():
            if value is not None and value != before.get(name):
                self._history.writes.append(Write(site.name, winner, name, value, before.get(name)))
            if value is not None and value != saw.get(name):  # the two are one person now
                self._history.writes.append(Write(site.name, loser, name, value, saw.get(name)))
        self._note("merge", site, winner, loser)
        self._history.deletes += [Delete(site.name, loser, dict(one), winner) for one in (saw, after)]
        if shared and await self._is_bare(winner):
            self._history.merges.append(Merge(site.name, winner, loser))

    async def _is_bare(self, key: str) -> bool:
        """No phone of their own is on its way to anybody."""
        hub = self.sites[0]
        return isinstance(hub, Hub) and key in dict(await hub.read()) and await hub.phone(key) is None

    async def restore(self, site: Site) -> None:
        """Somebody takes a record out of the bin, and edits it: no deletion has seen that."""
        bin_ = [one for one in self._history.deletes if one.sys == site.name and thing_of(one.key) in BINNED]
        if not isinstance(site, Screens) or not bin_:
            return
        delete = self._dice.one_of(bin_)
        if site.restore(delete.key):
            self._note("restore", site, delete.key)
            self._history.restored.setdefault(site.name, []).append(delete.key)
            thing = thing_of(delete.key)
            texts = texts_of(thing, site.fields[thing])
            await self._edit(site, delete.key, dict(await site.read())[delete.key], texts)

    def _note(self, *event: object) -> None:
        self._history.events.append([getattr(part, "name", part) for part in event])
