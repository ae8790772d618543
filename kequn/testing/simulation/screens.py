"""The screens of one CRM, filled in by people as its emulator says that they do. Decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from kequn.contracts.emulator import Emulator, Form, Grouping, Tiering
from kequn.contracts.records import Kind
from kequn.store.links import Address
from kequn.testing.simulation.sites import Shown
from kequn.testing.simulation.things import NAMED_BY, ORGANISATION, PERSON, WRITTEN, Thing, element, thing_of


class Screens:
    """`things`: those that flow. `graves`: where a record stood that somebody deleted."""

    def __init__(self, name: str, emulator: Emulator, things: Sequence[Thing]) -> None:
        self.name = name
        self.emulator = emulator
        self.deleted: dict[str, Address] = {}
        self.graves: dict[str, Address] = {}
        found: dict[Thing, Form] = {}
        for form in emulator.forms:
            found.setdefault(form.kind, form)
            if form.organisations is not None:
                found.setdefault(ORGANISATION, replace(form, fixed=form.organisations))
        self.forms = {thing: found[thing] for thing in things if thing in found}
        self.fields: Mapping[Thing, Sequence[str]] = {
            thing: self._writable(thing) for thing in things if self._has(thing)
        }

    def _has(self, thing: Thing) -> bool:
        grouped = thing in (Kind.GROUP, Kind.MEMBERSHIP) and self.grouping is not None
        return thing in self.forms or grouped or (thing is Kind.TIER and self.tiering is not None)

    def _writable(self, thing: Thing) -> list[str]:
        form = self.forms.get(thing)
        known = {**form.fields, **form.references, **form.sets, **form.amounts} if form else {}
        picked = form is not None and form.tier is not None
        return [name for name in WRITTEN[thing] if name in known or (picked and name == "tier")]

    @property
    def grouping(self) -> Grouping | None:
        people = self.emulator.people
        return people if isinstance(people, Grouping) else None

    @property
    def tiering(self) -> Tiering | None:
        people = self.emulator.people
        return people if isinstance(people, Tiering) else None

    @property
    def takes_tiers(self) -> bool:
        """Whether kequn may make one here."""
        return self.tiering is not None and self.tiering.grows

    # -- reading -------------------------------------------------------------------------------------------------------

    async def read(self) -> list[tuple[str, Shown]]:
        return [(key, shown) for _, key, shown in self._records()]

    def _records(self) -> list[tuple[Address, str, Shown]]:
        """(where, key, fields) of every thing."""
        organisations = self._of_form(ORGANISATION, {}) if ORGANISATION in self.fields else []
        tiers = self._tiers() if Kind.TIER in self.fields else []
        persons = self._of_form(PERSON, {id: key for (_, id), key, _ in [*organisations, *tiers]})
        keys = {id: key for (_, id), key, _ in persons}
        found = [*organisations, *persons, *tiers]
        for thing in self.fields:
            if thing is Kind.MEMBERSHIP:
                found += self._members(keys)
            elif thing in self.forms:
                found += self._of_form(thing, keys) if thing not in (PERSON, ORGANISATION) else []
            elif thing is Kind.GROUP and self.grouping:
                object = self.grouping.group_object
                found += [((object, id), name, {}) for id, name in sorted(self.grouping.groups().items())]
        return found

    def _tiers(self) -> list[tuple[Address, str, Shown]]:
        if self.tiering is None:
            return []
        object = self.tiering.tier_object
        return [((object, id), name, {}) for id, name in sorted(self.tiering.tiers().items())]

    def _of_form(self, thing: Thing, keys: Mapping[str, str]) -> list[tuple[Address, str, Shown]]:
        form = self.forms[thing]
        named = form.fields[NAMED_BY[thing]]
        records = [one for one in sorted(self.emulator.people.read(form.object).items()) if self._is(thing, one[1])]
        return [((form.object, id), str(one[named]), self._shown(thing, one, keys)) for id, one in records]

    def _is(self, thing: Thing, record: Mapping[str, Any]) -> bool:
        """Persons and organisations may stand in one object."""
        apart = thing in (PERSON, ORGANISATION) and ORGANISATION in self.fields
        return not apart or all(record[name] == value for name, value in self.forms[thing].fixed.items())

    def _shown(self, thing: Thing, record: Mapping[str, Any], keys: Mapping[str, str]) -> Shown:
        form, shown = self.forms[thing], dict[str, str | None]()
        for name in self.fields[thing]:
            if name in form.sets:
                shown |= {element(name, one): one for one in sorted(record[form.sets[name]] or ())}
            elif name in form.references:
                shown[name] = keys.get(_id(record[form.references[name]]))
            elif name == "tier" and self.tiering:
                shown[name] = self.tiering.tiers().get(str(record.get(str(form.tier))))
            elif name in form.amounts:
                shown[name] = _number(record[form.amounts[name]])
            else:
                word = record[form.fields[name]]
                shown[name] = form.words.get(name, {}).get(word, word) or None
        return shown

    def _members(self, keys: Mapping[str, str]) -> list[tuple[Address, str, Shown]]:
        """Those whose customer and group are there."""
        grouping = self.grouping
        if grouping is None:
            return []
        groups, pairs = grouping.groups(), sorted(grouping.members().items())
        known = [(id, keys.get(_id(one)), groups.get(_id(other))) for id, (one, other) in pairs]
        return [((grouping.member_object, id), f"{one}|{other}", {}) for id, one, other in known if one and other]

    def address(self, key: str) -> Address:
        """Of the live record of this key."""
        return next(address for address, known, _ in self._records() if known == key)

    def _id(self, key: str) -> str:
        return self.address(key)[1]

    # -- acting --------------------------------------------------------------------------------------------------------

    async def create(self, key: str, fields: Shown, phone: str | None) -> None:
        thing, people = thing_of(key), self.emulator.people
        if thing is Kind.MEMBERSHIP and self.grouping:
            customer, group = (self._id(end) for end in key.split("|"))
            self.grouping.join(customer, group)
        elif thing not in self.forms and self.grouping:
            self.grouping.add_group(key)
        else:
            form = self.forms[thing]
            known_by: dict[str, str | None] = {NAMED_BY[thing]: key}
            if thing is PERSON:
                known_by |= {"name": f"N {key}", "last_name": f"N {key}", "phone": phone}
            texts = {form.fields[name]: text for name, text in known_by.items() if text and name in form.fields}
            people.create(form.object, {**form.fixed, **texts, **self._typed(thing, fields, {})})

    def have_tiers(self, names: Sequence[str]) -> None:
        """An administrator enters the tiers that there are."""
        if self.tiering:
            self.tiering.set_tiers(names)

    async def edit(self, key: str, fields: Shown) -> None:
        form, id = self.forms[thing_of(key)], self._id(key)
        present = self.emulator.people.read(form.object)[id]
        self.emulator.people.edit(form.object, id, self._typed(thing_of(key), fields, present))

    def _typed(self, thing: Thing, fields: Shown, present: Mapping[str, Any]) -> dict[str, Any]:
        """By the CRM's names; of a set, all that is ticked then."""
        form, typed = self.forms[thing], dict[str, Any]()
        for name, value in fields.items():
            whole, slash, one = name.partition("/")
            if slash:
                ticked = set(typed.get(form.sets[whole], present.get(form.sets[whole]) or ()))
                typed[form.sets[whole]] = sorted(ticked | {one} if value else ticked - {one})
            elif name in form.references:
                typed[form.references[name]] = self._id(value) if value else None
            elif name == "tier":
                typed[str(form.tier)] = value
            elif name in form.amounts:
                typed[form.amounts[name]] = int(value) if value else None
            elif name in form.fields:
                typed[form.fields[name]] = value
        return typed

    async def delete(self, key: str) -> None:
        self.graves[key] = address = self.address(key)
        thing, grouping = thing_of(key), self.grouping
        if thing is Kind.MEMBERSHIP and grouping:
            grouping.leave(address[1])
        elif thing not in self.forms and grouping:
            grouping.drop_group(address[1])
        else:
            self.deleted[key] = address
            self.emulator.people.delete(*address)

    def merge(self, winner: str, loser: str) -> bool:
        """Whoever merges takes over the phone, where the CRM does not. Whether the winner bears the loser's now."""
        phone, before = self._phone(loser), self._phone(winner)
        object, gone = self.graves[loser] = self.address(loser)
        self.emulator.people.merge(object, self._id(winner), gone)
        if phone and not self._phone(winner):
            self.emulator.people.edit(object, self._id(winner), {self.forms[PERSON].fields["phone"]: phone})
        return phone is not None and before is None

    def _phone(self, key: str) -> str | None:
        form = self.forms[PERSON]
        name = form.fields.get("phone")
        return self.emulator.people.read(form.object)[self._id(key)][name] or None if name else None

    def restore(self, key: str) -> bool:
        """Out of the bin, if it was put there by a person and nothing of that key stands here by now."""
        if key not in self.deleted or any(known == key for _, known, _ in self._records()):
            return False
        self.emulator.people.restore(*self.deleted.pop(key))
        return True


def _number(value: Any) -> str | None:
    """An amount as it was entered: CRMs add decimals."""
    return None if value in (None, "") else f"{Decimal(str(value)).normalize():f}"


def _id(value: Any) -> str:
    """Of a reference, as the screens show it."""
    return str(value["id"] if isinstance(value, Mapping) else value)
