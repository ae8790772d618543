"""How people work with tiers at the screens: records of a form, which an administrator enters."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class _Screens(Protocol):
    tier_object: str

    def create(self, object: str, fields: Mapping[str, Any]) -> str: ...
    def delete(self, object: str, id: str) -> None: ...
    def read(self, object: str) -> Mapping[str, Mapping[str, Any]]: ...
    def tiers(self) -> Mapping[str, str]: ...


class Tiers:
    """The `Tiering` of the emulator's people."""

    tier_object = "tier"
    grows = True

    def tiers(self: _Screens) -> Mapping[str, str]:
        return {id: str(row["name"]) for id, row in self.read(self.tier_object).items()}

    def set_tiers(self: _Screens, names: Sequence[str]) -> None:
        there = self.tiers()
        for id, name in there.items():
            if name not in names:
                self.delete(self.tier_object, id)
        for name in names:
            if name not in there.values():
                self.create(self.tier_object, {"name": name})
