"""What all places where people work have in common: kequn itself, and each CRM through its screens. What somebody does
is written into the history with what they saw."""

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Protocol

from kequn.testing.simulation.things import Thing

Shown = Mapping[str, str | None]
"""A record as somebody sees it, by our names of fields; of a set, each element by itself (`interests/<element>`); of a
reference, the key of its target."""


class Standing(Enum):
    """What kequn knows of a record: it is linked, it is not (yet), or nothing flows about it."""

    MET = auto()
    UNMET = auto()
    OUTSIDE = auto()


class Site(Protocol):
    """One place. Records are named by key (things.py)."""

    name: str

    @property
    def fields(self) -> Mapping[Thing, Sequence[str]]:
        """The things that there are here, and the fields that people edit."""

    async def read(self) -> list[tuple[str, Shown]]:
        """The live records: key and fields. A key that stands twice comes twice."""

    async def create(self, key: str, fields: Shown, phone: str | None) -> None: ...
    async def edit(self, key: str, fields: Shown) -> None: ...
    async def delete(self, key: str) -> None: ...
