"""How people work with tags at the screens: the tags of contacts are the groups, a tag on a contact is a membership."""

from collections.abc import Mapping
from typing import Any, Protocol

from plugins.zoho.emulator.org import Module, Org
from plugins.zoho.emulator.tags import TagProblem, create_tag

MODULE = "Contacts"


class _Screens(Protocol):
    _org: Org

    @property
    def user(self) -> str: ...

    def edit(self, object: str, id: str, fields: Mapping[str, Any]) -> None: ...


class Groups:
    """The `Grouping` of the emulator's people."""

    group_object = "Tags"
    member_object = "Taggings"

    def groups(self: _Screens) -> Mapping[str, str]:
        return {id: tag.name for id, tag in _contacts(self).tags.items()}

    def add_group(self: _Screens, name: str) -> str:
        try:
            return create_tag(self._org, _contacts(self), name, None, self.user).id
        except TagProblem as problem:
            raise ValueError(f"Tag: {problem}") from problem

    def drop_group(self: _Screens, id: str) -> None:
        del _contacts(self).tags[id]

    def members(self: _Screens) -> Mapping[str, tuple[str, str]]:
        module = _contacts(self)
        pairs = [(id, tag) for id, row in module.table.rows.items() for tag in row["Tag"] if tag in module.tags]
        return {f"{id}|{tag}": (id, tag) for id, tag in pairs}

    def join(self: _Screens, customer: str, group: str) -> None:
        self.edit(MODULE, customer, {"Tag": [{"id": tag} for tag in (*_tags(self, customer), group)]})

    def leave(self: _Screens, id: str) -> None:
        customer, _, group = id.partition("|")
        self.edit(MODULE, customer, {"Tag": [{"id": tag} for tag in _tags(self, customer) if tag != group]})


def _contacts(screens: _Screens) -> Module:
    return screens._org.modules[MODULE]


def _tags(screens: _Screens, customer: str) -> list[str]:
    module = _contacts(screens)
    return [tag for tag in module.table.rows[customer]["Tag"] if tag in module.tags]
