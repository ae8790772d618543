"""How people work with groups at the screens: objects that an administrator has made, of groups and members."""

from collections.abc import Mapping
from typing import Any, Protocol

from plugins.fxiaoke.emulator.objects import GROUP, MEMBER

CUSTOMER_FIELD, GROUP_FIELD = "kq_customer__c", "kq_group__c"


class _Screens(Protocol):
    def create(self, object: str, fields: Mapping[str, Any]) -> str: ...
    def delete(self, object: str, id: str) -> None: ...
    def read(self, object: str) -> Mapping[str, Mapping[str, Any]]: ...


class Groups:
    """The `Grouping` of the emulator's people."""

    group_object = GROUP
    member_object = MEMBER

    def groups(self: _Screens) -> Mapping[str, str]:
        return {id: row["name"] for id, row in self.read(GROUP).items()}

    def add_group(self: _Screens, name: str) -> str:
        return self.create(GROUP, {"name": name})

    def drop_group(self: _Screens, id: str) -> None:
        self.delete(GROUP, id)

    def members(self: _Screens) -> Mapping[str, tuple[str, str]]:
        return {id: (row[CUSTOMER_FIELD], row[GROUP_FIELD]) for id, row in self.read(MEMBER).items()}

    def join(self: _Screens, customer: str, group: str) -> None:
        self.create(MEMBER, {"name": f"{customer} {group}", CUSTOMER_FIELD: customer, GROUP_FIELD: group})

    def leave(self: _Screens, id: str) -> None:
        self.delete(MEMBER, id)
