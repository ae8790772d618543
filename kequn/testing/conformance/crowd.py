"""The other people who work in the CRM, for any CRM: they fill in forms as the emulator says that people do
(`Emulator.forms`), and every word they write is unique."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from kequn.contracts.crm import Crm
from kequn.contracts.emulator import Administrator, Emulator, Form
from kequn.contracts.records import OUTBOUND, Kind
from kequn.testing.conformance.case import expect

NUMBERED = {
    "phone": "+86 199{0:08d}",
    "email": "sample{0}{1}@example.com",
    "website": "https://sample{0}{1}.example.org",
}

DEPENDENT = frozenset({Kind.PURCHASE, Kind.INTERACTION, *OUTBOUND})
"""They are about a customer, and a CRM may show them only in some states: the cases here need records of their own.
What kequn alone decides, people do not fill in: the cases about writing look at it beside (`Pen.found`)."""


def text_of(field: str, number: int, tag: str, words: str) -> str:
    """A text for this field that stands nowhere else."""
    return NUMBERED.get(field, f"{words} {{0}} {{1}}").format(number, tag).rstrip()


class Crowd:
    """`forms`: by object, those that the connection reads, customers first."""

    def __init__(self, emulator: Emulator, crm: Crm, tag: str = "") -> None:
        self.people = emulator.people
        self._tag = tag
        forms = getattr(emulator, "forms", ())  # contract 1.0 knew none
        known = [form for form in forms if form.object in crm.capabilities.objects and form.kind not in DEPENDENT]
        expect(known, "the emulator says of no object how people fill it in (Emulator.forms)")
        self.forms: dict[str, Form] = {form.object: form for form in known}
        self._numbers = count(1)

    @property
    def main(self) -> str:
        """The object that most cases look at."""
        return next(iter(self.forms))

    def add(self, object: str | None = None, number: int = 1) -> list[str]:
        """So many new records; their ids."""
        form = self.forms[object or self.main]
        return [self.people.create(form.object, {**form.fixed, **self._filled(form)}) for _ in range(number)]

    def edit(self, id: str, object: str | None = None) -> tuple[str, str]:
        """Write a new word into the record: our field, and what must be read of it."""
        form = self.forms[object or self.main]
        field = self.word(form.object)
        text = self._text(field)
        self.people.edit(form.object, id, {form.fields[field]: text})
        return field, text

    def word(self, object: str) -> str:
        """Our field of `object` that takes any word."""
        plain = [field for field in self.forms[object].fields if field not in NUMBERED]
        expect(plain, f"the form of {object} has no field that takes any text")
        return plain[0]

    def shown(self, object: str, id: str) -> Mapping[str, Any] | None:
        """The record as people see it; None when it is not there."""
        return self.people.read(object).get(id)

    def count(self, object: str) -> int:
        return len(self.people.read(object))

    @property
    def administrator(self) -> Administrator:
        """Fails when the emulator's people cannot change forms."""
        expect(
            isinstance(self.people, Administrator),
            "the emulator's people change no forms: give them add_field, remove_field and add_option, "
            "or declare that the CRM lacks custom_fields",
        )
        assert isinstance(self.people, Administrator)
        return self.people

    def _filled(self, form: Form) -> dict[str, str]:
        return {theirs: self._text(ours) for ours, theirs in form.fields.items()}

    def _text(self, field: str) -> str:
        return text_of(field, next(self._numbers), self._tag, "样本 Word")
