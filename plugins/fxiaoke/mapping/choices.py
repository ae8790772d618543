"""Fields that hold options of a list: which text stands for which option, and tiers, which are options too. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kequn.contracts.codecs import cannot_hold, id_in
from kequn.contracts.errors import MissingReference
from kequn.contracts.records import Kind, Ref, Value
from plugins.fxiaoke.mapping.values import EMPTY

TIERS = "Tiers"


@dataclass(frozen=True)
class Choice:
    """One option of a list. `shown`: (value, the text that stands for it), no text twice. A value that is none of the
    options is passed on as it is; a text that is none is refused. `default`: what an empty field says; `closed`: and
    one with any other value."""

    shown: tuple[tuple[str, str], ...] = ()
    default: str | None = None
    closed: bool = False

    def read(self, raw: Any) -> str | None:
        if raw in EMPTY:
            return self.default
        if isinstance(raw, bool) or not isinstance(raw, str | int):
            raise ValueError("an option was expected")
        return dict(self.shown).get(str(raw), self.default if self.closed else str(raw))

    def write(self, value: Value) -> str | None:
        if value is None or value == "":
            return None
        text = str(value).strip()
        found = next((option for option, name in self.shown if name == text), None)
        if found is None and text not in dict(self.shown):
            raise cannot_hold("it is none of the options")
        return text if found is None else found

    def knows(self, raw: Any) -> bool:
        return raw in EMPTY or str(raw) in dict(self.shown)


@dataclass(frozen=True)
class Choices:
    """Several options. Their order says nothing."""

    shown: tuple[tuple[str, str], ...] = ()

    def read(self, raw: Any) -> frozenset[str]:
        if raw in EMPTY:
            return frozenset()
        if not isinstance(raw, list):
            raise ValueError("a list of options was expected")
        return frozenset(one for option in raw if (one := Choice(self.shown).read(option)) is not None)

    def write(self, value: Value) -> list[str]:
        options = value if isinstance(value, frozenset) else frozenset()
        return sorted(one for option in options if (one := Choice(self.shown).write(option)) is not None)

    def knows(self, raw: Any) -> bool:
        return not isinstance(raw, list) or all(Choice(self.shown).knows(one) for one in raw)


@dataclass(frozen=True)
class Tier:
    """A tier: an option of the tier field, whose id is the option's value."""

    values: frozenset[str] = frozenset()

    def read(self, raw: Any) -> Ref | None:
        if raw in EMPTY:
            return None
        if isinstance(raw, bool) or not isinstance(raw, str | int):
            raise ValueError("an option was expected")
        return Ref(Kind.TIER, TIERS, str(raw))

    def write(self, value: Value) -> str | None:
        if not isinstance(value, Ref):
            return None
        option = id_in(value, TIERS)
        if option not in self.values:
            raise MissingReference("it is none of the options of the tier field in Fxiaoke")
        return option

    def knows(self, raw: Any) -> bool:
        return raw in EMPTY or str(raw) in self.values


def shown_options(
    options: Iterable[tuple[str, str]], words: Mapping[str, str] | None = None
) -> tuple[tuple[str, str], ...]:
    """(value, the text that stands for it): our word where the settings have one, else the label; where labels are the
    same, the value beside it. `options`: (value, label)."""
    ours = {value: word for word, value in (words or {}).items()}
    taken: set[str] = set(ours.values())
    shown: list[tuple[str, str]] = []
    for value, label in options:
        text = ours.get(value)
        if text is None:
            text = next(one for one in _candidates(label.strip(), value) if one not in taken)
            taken.add(text)
        shown.append((value, text))
    return tuple(shown)


def _candidates(label: str, value: str) -> Iterable[str]:
    yield label or value
    yield f"{label} ({value})".strip()
    number = 2
    while True:
        yield f"{label} ({value}) {number}".strip()
        number += 1
