"""Histories: people edit the same customers in two CRMs and in kequn, requests fail, kequn crashes; then it becomes
quiet, and the judge decides. A state machine of hypothesis draws what happens."""

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kequn.contracts.crm import Conditional
from kequn.contracts.records import Kind, Ref
from kequn.sync.conflicts import CHOICES
from kequn.testing.memory import Fault, Options, folded
from tests.kequn.sync.judge import Delete, History, Shown, Write
from tests.kequn.sync.tripwire import Tripwire
from tests.kequn.sync.world import Crash, Runner, Site, World, copy_of

HUB = "kequn"
FIELDS = ("city", "notes", "occupation")
ELEMENTS = ("tea", "golf", "art")
GROUPS = ("club", "vip")
OBJECTS = frozenset({"groups", "people", "memberships"})
EXACT = Options(objects=OBJECTS, rosters=True, unique_reference=False)
POOR = Options(
    objects=OBJECTS,
    conditional=Conditional.NONE,
    delete_feed=False,
    merges_told=False,
    unique_reference=False,
    lossy={(Kind.CUSTOMER, "notes"): folded},
)
"""No conditional write, no feed of deletes, and a field that it keeps in lower case."""

systems = st.sampled_from(["exact", "poor", HUB])
sites = st.sampled_from(["exact", "poor"])
faults = st.lists(st.one_of(st.none(), st.sampled_from(list(Fault)[:4])), max_size=3)
numbers = st.integers(0, 3)


class Machine(RuleBasedStateMachine):
    """`template`: a migrated SQLite file."""

    def __init__(self, template: Path, folder: Path) -> None:
        super().__init__()
        self.run = Runner()
        self.world = World(copy_of(template, folder, "history"))
        self.history = History()
        self.tokens = count(1)
        self.keys: list[str] = []
        self.struck = 0

    @initialize()
    def begin(self) -> None:
        self.run(self.world.open())
        self.run(self.world.add("exact", EXACT))
        self.run(self.world.add("poor", POOR))
        for name in GROUPS:
            self.world.sites["exact"].people.create("groups", {"name": name})
        self.run(self.world.calm(2))
        self.start = self._made()

    # -- people -------------------------------------------------------------------------------------------------------

    @rule(system=systems)
    def somebody_new(self, system: str) -> None:
        self._create(f"u{next(self.tokens)}", system)

    @rule()
    def somebody_known_to_both(self) -> None:
        key = f"u{next(self.tokens)}"
        self._create(key, "exact")
        self._create(key, "poor")

    def _create(self, key: str, system: str) -> None:
        token = self._token()
        self.keys += [key] if key not in self.keys else []
        fields: dict[str, Any] = {"name": key, "union_id": key, "city": token}
        if system == HUB:
            self.run(self.world.create(Kind.CUSTOMER, **fields))
        else:
            self.world.sites[system].people.create("people", fields)
        self.history.writes.append(Write(system, key, "city", token.casefold()))

    @precondition(lambda self: self.keys)
    @rule(number=numbers, system=systems, field=st.sampled_from(FIELDS))
    def edit(self, number: int, system: str, field: str) -> None:
        self._edit(self._key(number), system, field)

    def _edit(self, key: str, system: str, field: str) -> None:
        seen = self.shown(system).get(key)
        if seen is not None:
            token = self._token()
            self._write(system, key, {field: token})
            self.history.writes.append(Write(system, key, field, token.casefold(), seen.get(field, "")))

    @precondition(lambda self: self.keys)
    @rule(number=numbers, system=systems, element=st.sampled_from(ELEMENTS))
    def change_of_interest(self, number: int, system: str, element: str) -> None:
        key = self._key(number)
        seen = self.shown(system).get(key)
        if seen is not None:
            has = {name.partition("/")[2] for name in seen if name.startswith("interests/")}
            value = "" if element in has else element
            self._write(system, key, {"interests": frozenset(has ^ {element})})
            self.history.writes.append(Write(system, key, f"interests/{element}", value))

    @precondition(lambda self: self.keys)
    @rule(number=numbers, system=systems, group=st.sampled_from(GROUPS))
    def join_or_leave(self, number: int, system: str, group: str) -> None:
        key = self._key(number)
        seen = self.shown(system).get(key)
        if seen is not None:
            leaves = f"group/{group}" in seen
            self._membership(system, key, group, leaves=leaves)
            self.history.writes.append(Write(system, key, f"group/{group}", "" if leaves else group))

    @precondition(lambda self: self.keys)
    @rule(number=numbers, system=systems)
    def delete(self, number: int, system: str) -> None:
        key = self._key(number)
        saw = self.shown(system).get(key)
        # A record that comes to light after the delete is a new one; such histories say nothing about deletes.
        if saw is not None and all(self._is_linked(site, key) for site in self.world.sites.values()):
            for one in self._ids(system, key):
                if system == HUB:
                    self.run(self.world.delete(Kind.CUSTOMER, one))
                else:
                    self.world.sites[system].people.delete("people", str(one))
            self.history.deletes.append(Delete(system, key, saw))

    def _is_linked(self, site: Site, key: str) -> bool:
        """Whether kequn has seen the record that this CRM has of them, if it has one."""
        linked = {link.external_id for link in self.run(self.world.links(site))}
        return all(id in linked for id in self._ids(site.name, key))

    @precondition(lambda self: self.keys)
    @rule(number=numbers, name=sites)
    def restore(self, number: int, name: str) -> None:
        """Somebody brings back what was deleted in a CRM, where there is no other record of them by now."""
        site, key = self.world.sites[name], self._key(number)
        dead = [entry for entry in site.book.all("people") if entry.gone and entry.fields["union_id"] == key]
        if dead and key not in self.shown(name):
            site.people.restore("people", dead[-1].id)
            self.history.restored.add(key)

    @precondition(lambda self: self.keys)
    @rule(number=numbers, first=st.booleans())
    def settle(self, number: int, first: bool) -> None:
        """Somebody answers a question."""
        opened = [one for one in self.run(self.world.conflicts()) if one.row_id]
        if opened:
            conflict = opened[number % len(opened)]
            choice = CHOICES[conflict.type][0 if first else 1]
            rows = self.run(self.world.rows(Kind.CUSTOMER, dead=True))
            key = str(rows[conflict.row_id].facts["union_id"]) if conflict.row_id in rows else ""
            saw = self.shown(HUB).get(key)
            if choice == "delete" and saw is not None:
                self.history.deletes.append(Delete(HUB, key, saw))
            if choice in {"keep", "new"}:
                self.history.restored.add(key)
            self.run(self.world.settle(conflict.id, choice))

    def _write(self, system: str, key: str, fields: dict[str, Any]) -> None:
        for id in self._ids(system, key):
            if system == HUB:
                self.run(self.world.edit(Kind.CUSTOMER, id, **fields))
            else:
                self.world.sites[system].people.edit("people", str(id), fields)

    def _membership(self, system: str, key: str, group: str, *, leaves: bool) -> None:
        [id, *_] = self._ids(system, key)
        if system == HUB:
            found = self.run(self.world.rows(Kind.GROUP))
            [group_id] = [one for one, row in found.items() if row.facts["name"] == group]
            pair = {"customer": id, "group": group_id}
            rows = self.run(self.world.rows(Kind.MEMBERSHIP))
            if not leaves:
                self.run(self.world.create(Kind.MEMBERSHIP, **pair))
            for member, row in rows.items() if leaves else ():
                if dict(row.facts) == pair:
                    self.run(self.world.delete(Kind.MEMBERSHIP, member))
            return
        site = self.world.sites[system]
        [there] = [one for one, fields in site.people.read("groups").items() if fields["name"] == group]
        refs: dict[str, Any] = {"customer": site.ref("people", str(id)), "group": site.ref("groups", there)}
        if not leaves:
            site.people.create("memberships", refs)
        for one, fields in site.people.read("memberships").items() if leaves else ():
            if dict(fields) == refs:
                site.people.delete("memberships", one)

    # -- kequn --------------------------------------------------------------------------------------------------------

    @rule(name=sites, strikes=faults)
    def sync(self, name: str, strikes: list[Fault | None]) -> None:
        site = self.world.sites[name]
        site.crm.faults.script(*strikes)
        self.struck += sum(fault is not None for fault in strikes)
        self.run(self.world.sync(site))
        site.crm.faults.forget()

    @rule(name=sites, at=st.integers(1, 220), strikes=faults)
    def sync_and_crash(self, name: str, at: int, strikes: list[Fault | None]) -> None:
        site = self.world.sites[name]
        site.crm.faults.script(*strikes)
        self.struck += 1 + sum(fault is not None for fault in strikes)
        try:
            with Tripwire(at).across(self.world):
                self.run(self.world.sync(site))
        except Crash:
            self.run(self.world.crash())
        site.crm.faults.forget()

    @precondition(lambda self: self.keys)
    @rule(name=sites, after=st.integers(0, 5), number=numbers, system=systems, field=st.sampled_from(FIELDS))
    def sync_while_somebody_edits(self, name: str, after: int, number: int, system: str, field: str) -> None:
        """An edit between two requests. Where the CRM has no conditional write, what is read just before a write and
        the write itself are one step."""
        site = self.world.sites[name]
        left = [after]
        edits: list[tuple[str, str, str]] = []

        async def meanwhile(request: str, object: str) -> None:
            left[0] -= 1
            if left[0] == 0 and not (request != "pull" and name == system == "poor"):
                edits.append((self._key(number), system, field))
                await self._edit_now(*edits[0])

        site.crm.faults.before(meanwhile)
        self.run(self.world.sync(site))
        site.crm.faults.before(None)

    async def _edit_now(self, key: str, system: str, field: str) -> None:
        """As `_edit`, on the loop that runs already."""
        if system == HUB:
            rows = [row for row in (await self.world.rows(Kind.CUSTOMER)).values() if row.facts["union_id"] == key]
            for row in rows:
                token = self._token()
                await self.world.edit(Kind.CUSTOMER, row.id, **{field: token})
                seen = str(row.facts[field] or "").casefold()
                self.history.writes.append(Write(system, key, field, token.casefold(), seen))
            return
        seen_there = self._in_crm(self.world.sites[system]).get(key)
        if seen_there is not None:
            token = self._token()
            for id, fields in self.world.sites[system].people.read("people").items():
                if fields["union_id"] == key:
                    self.world.sites[system].people.edit("people", id, {field: token})
            self.history.writes.append(Write(system, key, field, token.casefold(), seen_there.get(field, "")))

    @precondition(lambda self: self.keys)
    @rule(name=sites, number=numbers)
    def webhook(self, name: str, number: int) -> None:
        """It comes twice, and late: nobody says that anything has happened."""
        site = self.world.sites[name]
        for entry in site.book.all("people"):
            if entry.fields["union_id"] == self._key(number):
                self.run(self.world.hint(site, "people", entry.id))

    @rule(name=sites)
    def everything_again(self, name: str) -> None:
        self.run(self.world.forget_cursors(self.world.sites[name]))

    @rule(seconds=st.sampled_from([1, 100, 4000]))
    def wait(self, seconds: int) -> None:
        self.world.clock.move(seconds)

    # -- the end ------------------------------------------------------------------------------------------------------

    @invariant()
    def one_record(self) -> None:
        for name, copies in self._copies().items():
            assert max(copies.values(), default=1) <= 1, f"P8: doubles in {name}: {copies}"

    def teardown(self) -> None:
        try:
            if self.world.sites:
                self._judge()
        finally:
            self.run(self.world.close())
            self.run.close()

    def _judge(self) -> None:
        self.run(self.world.calm(3))
        history, made = self.history, self._made()
        history.final = {system: self.shown(system) for system in (HUB, *self.world.sites)}
        history.copies = self._copies()
        history.conflicts = self._conflicts()
        edits = len(history.writes) + len(history.deletes) + self.struck
        history.writes_made, history.bound = made - self.start, 3 * edits * 3
        self.run(self.world.calm(2))
        history.quiet_writes = self._made() - made
        breaches = history.breaches()
        assert breaches == [], "\n".join(breaches)

    def _made(self) -> int:
        return sum(len(site.writes) for site in self.world.sites.values())

    def _copies(self) -> dict[str, Mapping[str, int]]:
        counted: dict[str, Mapping[str, int]] = {}
        for name, site in self.world.sites.items():
            keys = [str(fields["union_id"]) for fields in site.people.read("people").values()]
            counted[name] = {key: keys.count(key) for key in keys}
        return counted

    def _conflicts(self) -> list[Shown]:
        rows = self.run(self.world.rows(Kind.CUSTOMER, dead=True))
        found = []
        for one in self.run(self.world.conflicts(open_only=False)):
            row = rows.get(one.row_id) if one.row_id else None
            sides = [*one.ours.items(), *one.theirs.items()]
            values = frozenset(str(value).casefold() for _, value in sides if isinstance(value, str))
            key = str(row.facts["union_id"]) if row else ""
            found.append(Shown(key, one.field, values, one.state == "open", one.type == "delete"))
        return found

    # -- looking ------------------------------------------------------------------------------------------------------

    def shown(self, system: str) -> dict[str, dict[str, str]]:
        """The live customers of a system, by key."""
        if system != HUB:
            return self._in_crm(self.world.sites[system])
        customers = self.run(self.world.rows(Kind.CUSTOMER))
        groups = self.run(self.world.rows(Kind.GROUP))
        members = self.run(self.world.rows(Kind.MEMBERSHIP))
        found = {str(row.facts["union_id"]): _plain(row.facts) for row in customers.values()}
        for row in members.values():
            customer, group = row.facts["customer"], row.facts["group"]
            if isinstance(customer, UUID) and isinstance(group, UUID) and customer in customers:
                name = str(groups[group].facts["name"])
                found[str(customers[customer].facts["union_id"])][f"group/{name}"] = name
        return found

    def _in_crm(self, site: Site) -> dict[str, dict[str, str]]:
        people, groups = site.people.read("people"), site.people.read("groups")
        found = {str(fields["union_id"]): _plain(fields) for fields in people.values()}
        for fields in site.people.read("memberships").values():
            customer, group = fields["customer"], fields["group"]
            if isinstance(customer, Ref) and isinstance(group, Ref) and customer.id in people:
                name = str(groups[group.id]["name"])
                found[str(people[customer.id]["union_id"])][f"group/{name}"] = name
        return found

    def _ids(self, system: str, key: str) -> list[Any]:
        if system == HUB:
            rows = self.run(self.world.rows(Kind.CUSTOMER))
            return [id for id, row in rows.items() if row.facts["union_id"] == key]
        people = self.world.sites[system].people.read("people")
        return [id for id, fields in people.items() if fields["union_id"] == key]

    def _key(self, number: int) -> str:
        return self.keys[number % len(self.keys)]

    def _token(self) -> str:
        return f"Token{next(self.tokens)}"


def _plain(fields: Any) -> dict[str, str]:
    plain = {name: str(fields[name] or "").casefold() for name in FIELDS}
    return {**plain, **{f"interests/{one}": one for one in fields["interests"]}}
