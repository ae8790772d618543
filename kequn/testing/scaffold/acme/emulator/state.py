"""What Acme knows: fields, records, tokens, who wants to be told of changes. Decides what is taken and refused."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from kequn.contracts.host import Clock
from kequn.testing.emulator import Names, Row, Table, Webhook

LIFE_SECONDS = 3600
LENGTHS = {"text": 100, "long_text": 20_000}
LETTERS = "aBcDeFgHiJkLmNoP"
ORDER = "changed"


class Refused(ValueError):
    """Acme does not take a record. `code`, `field` and `other` go into the answer."""

    def __init__(self, code: str, field: str | None = None, other: str | None = None) -> None:
        super().__init__(f"{code} {field or ''}".strip())
        self.code = code
        self.field = field
        self.other = other


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    type: str = "text"
    required: bool = False
    read_only: bool = False
    custom: bool = False
    options: tuple[str, ...] = ()
    refers_to: str | None = None
    unique: bool = False


@dataclass
class Object:
    label: str
    fields: dict[str, Field]
    table: Table


def _fields(*fields: Field) -> dict[str, Field]:
    return {field.name: field for field in fields}


NOTES = Field("notes", "Notes", "long_text")
CONTACT = (
    Field("name", "Name", required=True),
    Field("email", "E-mail", unique=True),
    Field("phone", "Phone"),
    Field("city", "City"),
    Field("source", "Source", "picklist", options=("web", "phone", "fair")),
    Field("company", "Company", "reference", refers_to="companies"),
    Field("number", "Number", read_only=True),
    NOTES,
)
COMPANY = (
    Field("name", "Name", required=True),
    Field("phone", "Phone"),
    Field("number", "Number", read_only=True),
    NOTES,
)


@dataclass
class State:
    """`calls`: changes that nobody was told of yet. `hooks`: URLs with their secrets."""

    clock: Clock
    seed: int = 0
    records: int = 0
    client_id: str = "acme-client"
    client_secret: str = "acme-client-secret-0001"
    tokens: dict[str, float] = field(default_factory=dict)
    hooks: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        order = {ORDER: lambda row: (row["modified"], row["id"])}
        self.objects = {
            "companies": Object("Companies", _fields(*COMPANY), Table(self.clock, order)),
            "contacts": Object("Contacts", _fields(*CONTACT), Table(self.clock, order)),
        }
        self._made = 0
        for object in self.objects.values():
            for name in ("external_id", "email"):
                object.table.keep_index(name)
        self._seed()

    def now(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    def new_token(self) -> str:
        self._made += 1
        digest = hashlib.sha256(f"acme token {self._made}".encode()).hexdigest()
        self.tokens[digest] = self.clock.monotonic() + LIFE_SECONDS
        return digest

    # -- records ------------------------------------------------------------------------------------------------------

    def create(self, name: str, fields: Mapping[str, Any], external_id: str | None = None) -> Row:
        """Raises Refused."""
        object = self.objects[name]
        twins = object.table.find("external_id", external_id) if external_id else []
        if twins:
            raise Refused("duplicate", "external_id", twins[0])
        values = self._checked(name, fields, None)
        lacking = [one.name for one in object.fields.values() if one.required and values.get(one.name) is None]
        if lacking:
            raise Refused("required", lacking[0])
        self._made += 1
        number = {"number": str(self._made)}
        row = {"id": self._id(self._made), "external_id": external_id, "deleted": False, **values, **number}
        return self._put(name, row, None)

    def change(self, name: str, id: str, fields: Mapping[str, Any], version: int | None = None) -> Row:
        """Raises Refused."""
        row = self._live(name, id, version)
        values = self._checked(name, fields, id)
        empty = [one for one, value in values.items() if value is None and self.objects[name].fields[one].required]
        if empty:
            raise Refused("required", empty[0])
        return self._put(name, {**row, **values}, row)

    def delete(self, name: str, id: str, version: int | None = None, into: str | None = None) -> Row:
        """Deleting a deleted record is fine. Raises Refused."""
        row = self.objects[name].table.get(id)
        if row is not None and row["deleted"]:
            return row
        row = self._live(name, id, version)
        return self._put(name, {**row, "deleted": True, "into": into}, row)

    def restore(self, name: str, id: str) -> Row:
        row = self.objects[name].table.rows[id]
        return self._put(name, {**row, "deleted": False, "into": None}, row)

    def show(self, name: str, row: Row) -> dict[str, Any]:
        """The record as the API gives it: every field by name, empty ones as null."""
        shown = {key: row.get(key) for key in ("id", "modified", "external_id", "deleted", "into")}
        return {**shown, "fields": {field: row.get(field) for field in self.objects[name].fields}}

    def _live(self, name: str, id: str, version: int | None) -> Row:
        row = self.objects[name].table.get(id)
        if row is None or row["deleted"]:
            raise Refused("not_found", "id")
        if version is not None and version != row["modified"]:
            raise Refused("changed_meanwhile")
        return row

    def _checked(self, name: str, fields: Mapping[str, Any], id: str | None) -> dict[str, Any]:
        known = self.objects[name].fields
        values: dict[str, Any] = {}
        for key, value in fields.items():
            if key not in known or known[key].read_only:
                raise Refused("read_only" if key in known else "unknown_field", key)
            values[key] = self._value(name, known[key], value, id)
        return values

    def _value(self, name: str, field: Field, value: Any, id: str | None) -> str | None:
        if value is not None and not isinstance(value, str):
            raise Refused("wrong_type", field.name)
        text = (value or "").strip()
        if "\x00" in text or len(text) > LENGTHS.get(field.type, 100):
            raise Refused("bad_text" if "\x00" in text else "too_long", field.name)
        target = self.objects[field.refers_to].table.get(text) if field.refers_to and text else None
        if field.refers_to and text and (target is None or target["deleted"]):
            raise Refused("missing_reference", field.name)
        others = self.objects[name].table.find(field.name, text) if field.unique and text else []
        live = [one for one in others if one != id and not self.objects[name].table.rows[one]["deleted"]]
        if live:
            raise Refused("duplicate", field.name, live[0])
        return text or None

    def _put(self, name: str, row: Mapping[str, Any], old: Row | None) -> Row:
        modified = max(self.now(), old["modified"] + 1 if old else 0)
        new = {**row, "modified": modified}
        self.objects[name].table.put(str(row["id"]), new)
        self.calls.append((name, str(row["id"])))
        return new

    def _id(self, number: int) -> str:
        digits = f"{number:05x}"
        return "X" + "".join(LETTERS[int(digit, 16)] for digit in digits)

    # -- webhooks -----------------------------------------------------------------------------------------------------

    def webhooks(self) -> Iterator[Webhook]:
        """One for each change since, to everybody who asked."""
        calls, self.calls = list(dict.fromkeys(self.calls)), []
        for url, secret in self.hooks.items():
            for object, id in calls:
                yield self._webhook(url, secret, {"type": "changed", "object": object, "id": id})

    def _webhook(self, url: str, secret: str, event: Mapping[str, str]) -> Webhook:
        body = orjson.dumps({"sent_at": self.now(), "events": [event]})
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        plain = {"content-type": "application/json"}
        return Webhook(url, body, {**plain, "x-acme-signature": signature}, unsigned=Webhook(url, body, plain))

    # -- forms --------------------------------------------------------------------------------------------------------

    def add_field(self, name: str, label: str, type: str) -> str:
        self._made += 1
        made = Field(f"custom_{self._made}", label, type, custom=True)
        self.objects[name].fields[made.name] = made
        return made.name

    def add_option(self, name: str, field: str, text: str) -> None:
        known = self.objects[name].fields
        known[field] = replace(known[field], options=(*known[field].options, text))

    def _seed(self) -> None:
        names = Names(self.seed)
        companies = list(self._seeded("companies", [self._company(names, n) for n in range(-(-self.records // 10))]))
        people = [self._contact(names, n, companies) for n in range(self.records)]
        list(self._seeded("contacts", people))

    def _seeded(self, name: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        made = {}
        for row in rows:
            self._made += 1
            id = self._id(self._made)
            modified = self.now() - 86_400_000 + self._made
            base = {"id": id, "external_id": None, "deleted": False, "modified": modified, "number": str(self._made)}
            made[id] = {**base, **row}
        self.objects[name].table.fill(made)
        return list(made)

    def _company(self, names: Names, number: int) -> dict[str, Any]:
        return {"name": names.company(number + 1), "phone": names.phone(9_000_000 + number)}

    def _contact(self, names: Names, number: int, companies: list[str]) -> dict[str, Any]:
        first, last = names.person()
        person = {"name": f"{last}{first}", "email": names.email(number + 1), "phone": names.phone(number)}
        return {**person, "city": names.city(), "source": names.one_of(("web", "fair", None)),
                "company": names.one_of([*companies, None])}  # fmt: skip
