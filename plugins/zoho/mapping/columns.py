"""Columns: one declaration per field of ours that yields both directions. Pure.
Decides how a field is made of Zoho's fields and back; which columns an object has stands in the tables."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kequn.contracts.codecs import Codec, Text, cannot_hold, write_number
from kequn.contracts.errors import Rejected
from kequn.contracts.records import Kind, Money, Ref, Value
from plugins.zoho.mapping.values import Lookup, Raw, lookup_id, read_money

EMPTY: tuple[object, ...] = (None, "", [])


@dataclass(frozen=True, kw_only=True)
class Column(ABC):
    """`field`: ours. `names`: Zoho's. Laws, tested for each: what was written is read back in normal form, and writing
    what was read changes nothing.

    `required`: Zoho refuses it empty; `filled`: but fills it itself in a new record. `optional`: tenants may lack it.
    `lossy`: Zoho cannot hold every value of ours, or we cannot hold every one of Zoho's. `looks`: writing needs to know
    what stands in the record."""

    field: str
    names: tuple[str, ...]
    writable: bool = True
    required: bool = False
    filled: bool = False
    optional: bool = False
    lossy: bool = False
    looks: bool = False

    @abstractmethod
    def read(self, raw: Raw) -> Value:
        """Raises ValueError when Zoho's value cannot be one of ours."""

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        """Zoho's fields for `value`, in a record that now holds `present`. Raises Rejected."""
        raise Rejected(f"Zoho does not let {self.field} be written", field=self.field)

    def used(self, raw: Raw) -> tuple[str, ...]:
        """Zoho's fields that are said with this column; what stands in the others is extra."""
        return self.names

    def normal(self, value: Value) -> Value:
        """What is read back once `value` is written."""
        return self.read({**dict.fromkeys(self.names), **self.write(value, {})})

    def limited(self, lengths: Mapping[str, int]) -> "Column":
        """The same column where the fields' lengths are known."""
        return self


@dataclass(frozen=True, kw_only=True)
class Single(Column):
    """One field of ours is one of Zoho's."""

    codec: Codec = field(default_factory=Text)

    def read(self, raw: Raw) -> Value:
        return self.codec.read(raw.get(self.names[0]))

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        return {self.names[0]: self.codec.write(value)}

    def limited(self, lengths: Mapping[str, int]) -> "Column":
        length = lengths.get(self.names[0])
        return replace(self, codec=replace(self.codec, limit=length)) if length and type(self.codec) is Text else self


@dataclass(frozen=True, kw_only=True)
class FirstOf(Column):
    """The first of several that is not empty. It is written where it was read from: emptying it uncovers the next."""

    codec: Codec = field(default_factory=Text)

    def read(self, raw: Raw) -> Value:
        return self.codec.read(raw.get(self._source(raw)))

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        return {self._source(present): self.codec.write(value)}

    def used(self, raw: Raw) -> tuple[str, ...]:
        return (self._source(raw),)

    def limited(self, lengths: Mapping[str, int]) -> "Column":
        known = [lengths[name] for name in self.names if name in lengths]
        return replace(self, codec=Text(min(known))) if known and isinstance(self.codec, Text) else self

    def _source(self, raw: Raw) -> str:
        return next((name for name in self.names if raw.get(name) not in EMPTY), self.names[0])


@dataclass(frozen=True, kw_only=True)
class Constant(Column):
    """The same for every record of the object."""

    value: Value
    names: tuple[str, ...] = ()
    writable: bool = False

    def read(self, raw: Raw) -> Value:
        return self.value


@dataclass(frozen=True, kw_only=True)
class Amount(Column):
    """Money: a number and, with several currencies, the record's currency. `home`: the organisation's."""

    name: str = "Amount"
    names: tuple[str, ...] = ()
    home: str = "CNY"
    several: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", (self.name, "Currency") if self.several else (self.name,))

    def read(self, raw: Raw) -> Value:
        currency = raw.get("Currency") if self.several else None
        return read_money(raw.get(self.name), Text().read(currency) or self.home)

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        if not isinstance(value, Money):
            return {self.name: None}
        number = write_number(value.amount)
        if self.several:
            return {self.name: number, "Currency": value.currency}
        if value.currency != self.home:
            raise cannot_hold(f"this Zoho has one currency, {self.home}, and the amount is in {value.currency}")
        return {self.name: number}


@dataclass(frozen=True, kw_only=True)
class Party(Column):
    """The customer of a record: the contact if there is one, else the account."""

    person: str
    organisation: str
    field: str = "customer"
    names: tuple[str, ...] = ()
    lossy: bool = True
    looks: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", (self.person, self.organisation))

    def read(self, raw: Raw) -> Value:
        name = self._source(raw)
        return Lookup(Kind.CUSTOMER, "Contacts" if name == self.person else "Accounts").read(raw.get(name))

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        if not isinstance(value, Ref):
            return {self._source(present): None}
        if value.object == "Contacts":
            return {self.person: {"id": value.id}}
        if value.object == "Accounts":
            return {self.person: None, self.organisation: {"id": value.id}}
        raise cannot_hold(f"a customer is one of Contacts or Accounts, not of {value.object}")

    def used(self, raw: Raw) -> tuple[str, ...]:
        return (self._source(raw),)

    def _source(self, raw: Raw) -> str:
        empty = lookup_id(raw.get(self.person)) is None and lookup_id(raw.get(self.organisation)) is not None
        return self.organisation if empty else self.person
