"""The other people of the organisation, who work at the screens: the `People` of the emulator, and an administrator's
acts. Values are written as over the API; what the API would refuse is a ValueError, an unknown record a KeyError."""

from collections.abc import Callable, Mapping
from typing import Any

from kequn.testing.emulator import Row
from plugins.zoho.emulator import metadata, records
from plugins.zoho.emulator.currencies import set_currency
from plugins.zoho.emulator.errors import Element
from plugins.zoho.emulator.groups import Groups
from plugins.zoho.emulator.org import Module, Org, User
from plugins.zoho.emulator.render import show_record
from plugins.zoho.emulator.tags import TagProblem, find_tag, tags_for
from plugins.zoho.emulator.tiers import Tiers
from plugins.zoho.emulator.values import read_fields


class ZohoPeople(Groups, Tiers):
    """A lookup is picked by the id of its target. `after` is called after each act: it sends the notifications."""

    def __init__(self, org: Org, after: Callable[[], None]) -> None:
        self._org = org
        self._after = after

    @property
    def user(self) -> str:
        """The id of the person who acts: not the token's user."""
        return list(self._org.users)[1]

    def create(self, object: str, fields: Mapping[str, Any]) -> str:
        """`fields` may hold `Tag`, a list of {"name"}."""
        module = self._module(object)
        values, tags = self._values(module, fields, creating=True)
        row = records.insert(self._org, module, values, self.user, tags or ())
        self._after()
        return str(row["id"])

    def edit(self, object: str, id: str, fields: Mapping[str, Any]) -> None:
        """`Tag`, if given, replaces the record's tags. Users can be edited too: their name, e-mail and status."""
        if object == "Users":
            self._edit_user(self._org.users[id], fields)
            return
        module = self._module(object)
        self._row(module, id)
        values, tags = self._values(module, fields, creating=False)
        if values or tags is None:
            records.update(self._org, module, id, values, self.user)
        if tags is not None:
            records.set_tags(self._org, module, id, tags, self.user)
        self._after()

    def delete(self, object: str, id: str) -> None:
        module = self._module(object)
        self._row(module, id)
        records.delete(self._org, module, id, self.user)
        self._after()

    def merge(self, object: str, winner: str, loser: str) -> None:
        """The loser is gone for good; its references and tags go to the winner."""
        module = self._module(object)
        self._row(module, winner)
        self._row(module, loser)
        if winner == loser:
            raise ValueError("a record cannot be merged with itself")
        records.merge(self._org, module, winner, loser, self.user)
        self._after()

    def restore(self, object: str, id: str) -> None:
        """Out of the recycle bin."""
        records.restore(self._org, self._module(object), id, self.user)
        self._after()

    def read(self, object: str) -> Mapping[str, Mapping[str, Any]]:
        """The live records by id, in the API's form, with the rows of subforms."""
        if object == "Users":
            return {id: {"id": id, "email": user.email, "full_name": user.name, "status": user.status}
                    for id, user in self._org.users.items()}  # fmt: skip
        module = self._module(object)
        return {
            id: show_record(self._org, module, row, module.fields, rows=True) for id, row in module.table.rows.items()
        }

    def add_field(self, object: str, label: str, type: str, **more: Any) -> str:
        """An administrator makes a custom field; returns its API name. `more`: length, unique, options."""
        return metadata.add_field(self._org, self._module(object), label, type, **more).api_name

    def remove_field(self, object: str, api_name: str) -> None:
        metadata.remove_field(self._module(object), api_name)

    def add_option(self, object: str, api_name: str, text: str) -> None:
        """An administrator adds a value to a picklist."""
        metadata.add_option(self._org, self._module(object), api_name, text)

    def set_currency(self, code: str, rate: str) -> None:
        """An administrator says how much of it one unit of the home currency is; one that is new is added."""
        set_currency(self._org, code, rate)

    def rename_tag(self, object: str, old: str, new: str) -> None:
        tag = find_tag(self._module(object), old)
        if tag is None:
            raise KeyError(old)
        tag.name, tag.modified = new, self._org.now()

    def _values(
        self, module: Module, fields: Mapping[str, Any], *, creating: bool
    ) -> tuple[dict[str, Any], list[str] | None]:
        given = {name: _picked(module, name, value) for name, value in fields.items()}
        values, errors = read_fields(self._org, module, given, "$", creating=creating)
        unknown = [name for name in fields if name not in module.fields and not name.startswith("$")]
        errors += self._clashes(module, values, creating=creating)
        if unknown or errors:
            raise ValueError(f"{module.api_name}: {', '.join([*unknown, *map(_words, errors)])}")
        if "Tag" not in fields:
            return values, None
        try:
            return values, tags_for(self._org, module, fields["Tag"] or [], self.user)
        except TagProblem as problem:
            raise ValueError(f"Tag: {problem.message}") from problem

    def _clashes(self, module: Module, values: Mapping[str, Any], *, creating: bool) -> list[Element]:
        return [
            {"code": "DUPLICATE_DATA", "details": {"api_name": name}}
            for name, field in module.fields.items()
            if creating and field.unique and values.get(name) and module.table.find(name, str(values[name]))
        ]

    def _edit_user(self, user: User, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            if name not in {"first_name", "last_name", "email", "status"}:
                raise ValueError(f"Users: {name}")
            setattr(user, name, value)
        user.modified = self._org.now()

    def _module(self, object: str) -> Module:
        return self._org.modules[object]

    def _row(self, module: Module, id: str) -> Row:
        return module.table.rows[id]


def _picked(module: Module, name: str, value: Any) -> Any:
    field = module.fields.get(name)
    return {"id": value} if field and field.type == "lookup" and isinstance(value, str) else value


def _words(error: Element) -> str:
    """A field and what is wrong with it, without its value."""
    return f"{error['details'].get('api_name')} {error['code']}"
