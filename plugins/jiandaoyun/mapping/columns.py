"""Columns: one declaration per field of ours that yields both directions. Pure.
Decides how a field is made of widgets and back; which columns a form has stands in tailoring.py."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kequn.contracts.codecs import cannot_hold, write_number
from kequn.contracts.records import Kind, Money, Ref, Value
from plugins.jiandaoyun.mapping.values import Codec, Raw, Text, read_money

EMPTY: tuple[object, ...] = (None, "", [], {})
KEYS = "$keys"
"""Beside the widgets of a record: the kequn ids of records that are pointed at, by id, for writing."""

TARGETS = "$targets"
"""Beside the widgets of a record: the ids of records that a kequn id names, by that, for reading."""


@dataclass(frozen=True, kw_only=True)
class Column(ABC):
    """`field`: ours. `names`: the widgets. Laws, tested for each: what was written is read back in normal form, and
    writing what was read changes nothing.

    `lossy`: the widgets cannot hold every value of ours, or we cannot hold every one of theirs."""

    field: str
    names: tuple[str, ...]
    writable: bool = True
    lossy: bool = False

    @abstractmethod
    def read(self, raw: Raw) -> Value:
        """Raises ValueError when what the widgets hold cannot be one of ours."""

    @abstractmethod
    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        """The widgets for `value`, in a record that now holds `present`. Can be read again. Raises Rejected."""

    def normal(self, value: Value) -> Value:
        """What is read back once `value` is written."""
        return self.read(self.write(value, {}))

    def rest(self, raw: Raw) -> dict[str, Any]:
        """What the widgets say that the field does not: it goes to extra."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Single(Column):
    """One field of ours is one widget."""

    codec: Codec = field(default_factory=Text)

    def read(self, raw: Raw) -> Value:
        return self.codec.read(raw.get(self.names[0]))

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        return {self.names[0]: self.codec.write(value)}

    def rest(self, raw: Raw) -> dict[str, Any]:
        held = raw.get(self.names[0])
        return {} if self.codec.knows(held) or held in EMPTY else {self.names[0]: held}


@dataclass(frozen=True, kw_only=True)
class Part(Column):
    """One part of an address; the others stay as they are."""

    part: str
    codec: Text = field(default_factory=Text)

    def read(self, raw: Raw) -> Value:
        return self.codec.read(_parts(raw, self.names[0]).get(self.part))

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        text = self.codec.write(value)
        others = {name: held for name, held in _parts(present, self.names[0]).items() if name != self.part}
        return {self.names[0]: (others if text is None else {**others, self.part: text}) or None}


def _parts(raw: Raw, name: str) -> Mapping[str, Any]:
    held = raw.get(name)
    if held in EMPTY:
        return {}
    if not isinstance(held, Mapping):
        raise ValueError("an address was expected")
    return {part: value for part, value in held.items() if value not in EMPTY}


@dataclass(frozen=True, kw_only=True)
class Constant(Column):
    """The same for every record of the form."""

    value: Value
    names: tuple[str, ...] = ()
    writable: bool = False

    def read(self, raw: Raw) -> Value:
        return self.value

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        raise cannot_hold(f"all records of this form are {self.value}")


@dataclass(frozen=True, kw_only=True)
class Amount(Column):
    """Money: a number and, where a widget says it, the record's currency. `home`: of all others. `words`: what the
    options of that widget say, by currency."""

    name: str
    currency: str | None = None
    home: str = "CNY"
    words: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    lossy: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", (self.name, self.currency) if self.currency else (self.name,))

    def read(self, raw: Raw) -> Value:
        return read_money(raw.get(self.name), self.currency_of(raw))

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        if not isinstance(value, Money):
            return {self.name: None}
        number = write_number(value.amount)
        if self.currency:
            return {self.name: number, self.currency: self.words.get(value.currency, value.currency)}
        if value.currency != self.home:
            raise cannot_hold(f"the form has one currency, {self.home}, and the amount is in {value.currency}")
        return {self.name: number}

    def currency_of(self, raw: Raw) -> str:
        text = Text().read(raw.get(self.currency)) if self.currency else None
        return next((code for code, word in self.words.items() if word == text), text or self.home)


@dataclass(frozen=True, kw_only=True)
class Link(Column):
    """A reference to a record of `object`. `lookup`: the widget for people, which holds its id; `key`: a text widget
    that holds its kequn id, read where the lookup is empty. Either may be missing."""

    kind: Kind
    object: str
    lookup: str | None = None
    key: str | None = None
    names: tuple[str, ...] = ()
    lossy: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(name for name in (self.lookup, self.key) if name))

    def read(self, raw: Raw) -> Value:
        held = raw.get(self.lookup) if self.lookup else None
        id = held.get("id") if isinstance(held, Mapping) else held
        if id in EMPTY:
            id = raw.get(TARGETS, {}).get(self.wanted(raw))
        if id is not None and not isinstance(id, str):
            raise ValueError("the id of a record was expected")
        return None if id is None else Ref(self.kind, self.object, id)

    def wanted(self, raw: Raw) -> str | None:
        """The kequn id that must be looked up to read this record."""
        held = raw.get(self.lookup) if self.lookup else None
        return Text().read(raw.get(self.key)) if self.key and held in EMPTY else None

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        """The kequn id is written where `present` tells it; it may be that the other record has none."""
        if value is not None and not (isinstance(value, Ref) and value.object == self.object):
            raise cannot_hold(f"it takes a record of {self.object}")
        id = value.id if isinstance(value, Ref) else None
        said: dict[str, Any] = {self.lookup: id} if self.lookup else {}
        key = present.get(KEYS, {}).get(id)
        if self.key and (id is None or id in present.get(KEYS, {})):
            said[self.key] = key
        if id is not None and not self.lookup and key is None and KEYS in present:
            raise cannot_hold("the other record has no kequn id there")
        return said

    def normal(self, value: Value) -> Value:
        self.write(value, {})
        return value
