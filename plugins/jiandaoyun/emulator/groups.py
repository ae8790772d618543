"""How people work with groups at the screens: a form of groups, and a form of who is in them."""

from collections.abc import Mapping
from typing import Any, Protocol


class _Screens(Protocol):
    def create(self, object: str, fields: Mapping[str, Any]) -> str: ...
    def delete(self, object: str, id: str) -> None: ...
    def read(self, object: str) -> Mapping[str, Mapping[str, Any]]: ...


class Groups:
    """The `Grouping` of the emulator's people."""

    group_object = "group"
    member_object = "membership"

    def groups(self: _Screens) -> Mapping[str, str]:
        return {id: row["name"] for id, row in self.read("group").items()}

    def add_group(self: _Screens, name: str) -> str:
        return self.create("group", {"name": name})

    def drop_group(self: _Screens, id: str) -> None:
        self.delete("group", id)

    def members(self: _Screens) -> Mapping[str, tuple[str, str]]:
        return {id: (row["customer_ref"], row["group_ref"]) for id, row in self.read("membership").items()}

    def join(self: _Screens, customer: str, group: str) -> None:
        self.create("membership", {"customer_ref": customer, "group_ref": group})

    def leave(self: _Screens, id: str) -> None:
        self.delete("membership", id)
