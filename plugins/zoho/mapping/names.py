"""A person's name in one text and in Zoho's two: how they are put together and taken apart. Pure.

The whole name is `First Last`, or `LastFirst` where both are written in Han characters. Taking apart keeps as much as
it can of what stands in the record, and always so that putting together gives the same name again."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kequn.contracts.codecs import Text, cannot_hold
from kequn.contracts.records import Value
from plugins.zoho.mapping.columns import Column
from plugins.zoho.mapping.values import Raw

Parts = tuple[str | None, str]
"""First name and last name. Zoho requires the last one: a name that cannot be taken apart stands there."""

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·]+")


def join(first: str | None, last: str | None) -> str | None:
    if not first or not last:
        return first or last
    return last + first if _HAN.fullmatch(first) and _HAN.fullmatch(last) else f"{first} {last}"


def split(
    name: str, present: tuple[str | None, str | None] = (None, None), limits: tuple[int, int] = (40, 80)
) -> Parts:
    """`present`: first and last name as they stand in the record. Raises Rejected when the name is too long."""
    for first, last in _ways(name, *present):
        if join(first, last) == name and _fits(first or None, limits[0]) and _fits(last, limits[1]):
            return first or None, last
    raise cannot_hold(f"the name has {len(name)} characters; first and last name take {limits[0]} and {limits[1]}")


def _ways(name: str, first: str | None, last: str | None) -> Iterator[tuple[str | None, str]]:
    """Ways to take it apart, the best one first. Not all of them are right."""
    if last:
        yield first, last
        yield name.removeprefix(last), last
        yield name.removesuffix(f" {last}"), last
    if first:
        yield first, name.removesuffix(first)
        yield first, name.removeprefix(f"{first} ")
    spaces = [at for at, letter in enumerate(name) if letter == " "]
    if spaces:
        yield name[: spaces[-1]], name[spaces[-1] + 1 :]
    yield None, name
    for at in reversed(spaces):
        yield name[:at], name[at + 1 :]


def _fits(text: str | None, limit: int) -> bool:
    return text is None or (bool(text) and text == text.strip() and len(text) <= limit)


@dataclass(frozen=True, kw_only=True)
class WholeName(Column):
    """`name`, made of both parts. It may be written beside them: they then say how to take it apart."""

    field: str = "name"
    names: tuple[str, ...] = ("First_Name", "Last_Name")
    required: bool = True
    lossy: bool = True
    looks: bool = True
    limits: tuple[int, int] = (40, 80)

    def read(self, raw: Raw) -> Value:
        return join(Text().read(raw.get("First_Name")), Text().read(raw.get("Last_Name")))

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        name = Text().write(value)
        if name is None:
            return {"First_Name": None, "Last_Name": None}
        first, last = split(name, (present.get("First_Name"), present.get("Last_Name")), self.limits)
        return {"First_Name": first, "Last_Name": last}

    def limited(self, lengths: Mapping[str, int]) -> Column:
        return replace(self, limits=(lengths.get("First_Name", 40), lengths.get("Last_Name", 80)))
