"""The other people of the tenant, who work at the screens: the `People` of the emulator, and an administrator's acts.
Values are written as over the API; what the API would refuse is a ValueError, an unknown record a KeyError."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kequn.testing.emulator import Row
from plugins.fxiaoke.emulator import metadata, records
from plugins.fxiaoke.emulator.errors import ApiError
from plugins.fxiaoke.emulator.fields import Field, Options
from plugins.fxiaoke.emulator.groups import Groups
from plugins.fxiaoke.emulator.render import show
from plugins.fxiaoke.emulator.tenant import Object, Tenant
from plugins.fxiaoke.emulator.tiers import Tiers
from plugins.fxiaoke.emulator.values import read_fields, read_value

USERS = "Users"


class FxiaokePeople(Groups, Tiers):
    """Options are picked by their labels or values. `after` is called after each act: it sends the events."""

    def __init__(self, tenant: Tenant, after: Callable[[], None]) -> None:
        self._tenant = tenant
        self._after = after

    @property
    def user(self) -> str:
        """The id of the person who acts: not the token's user."""
        return list(self._tenant.users)[1]

    def create(self, object: str, fields: Mapping[str, Any]) -> str:
        """The owner is the person who acts, when none is given."""
        found = self._object(object)
        with self._acting(object):
            given = {"owner": [self.user], **_picked(found, fields)}
            values = read_fields(self._tenant, found, given, creating=True)
            return str(records.insert(self._tenant, found, values, self.user)["_id"])

    def edit(self, object: str, id: str, fields: Mapping[str, Any]) -> None:
        """The owner too can be changed at the screens. Users can be edited too: name, email, mobile, is_stop."""
        if object == USERS:
            self._edit_user(id, fields)
            return
        found = self._object(object)
        row = self._row(found, id)
        with self._acting(object):
            values = read_fields(self._tenant, found, _picked(found, fields), creating=False)
            if "owner" in fields:
                values["owner"] = read_value(self._tenant, found.fields["owner"], fields["owner"])
            unknown = sorted(set(fields) - set(values))
            if unknown:
                raise ValueError(f"{object}: {', '.join(unknown)} cannot be written")
            records.change(self._tenant, found, row, values, self.user)

    def delete(self, object: str, id: str) -> None:
        """It becomes invalid."""
        found = self._object(object)
        row = self._row(found, id)
        with self._acting(object):
            records.invalidate(self._tenant, found, row, self.user)

    def purge(self, object: str, id: str) -> None:
        """Out of the bin, for good."""
        found = self._object(object)
        with self._acting(object):
            records.purge(self._tenant, found, found.table.rows[id])

    def merge(self, object: str, winner: str, loser: str) -> None:
        """The loser becomes invalid; what referred to it refers to the winner."""
        found = self._object(object)
        first, second = self._row(found, winner), self._row(found, loser)
        if winner == loser:
            raise ValueError("a record cannot be merged with itself")
        with self._acting(object):
            records.merge(self._tenant, found, first, second, self.user)

    def restore(self, object: str, id: str) -> None:
        found = self._object(object)
        with self._acting(object):
            records.recover(self._tenant, found, found.table.rows[id], self.user)

    def read(self, object: str) -> Mapping[str, Mapping[str, Any]]:
        """The live records by id, in the API's form, empty fields too."""
        if object == USERS:
            return {id: vars(user) for id, user in self._tenant.users.items()}
        found = self._object(object)
        rows = [row for row in found.table.rows.values() if row["life_status"] != "invalid"]
        return {row["_id"]: show(self._tenant, found, row, nulls=True) for row in rows}

    def lock(self, object: str, id: str) -> None:
        found = self._object(object)
        with self._acting(object):
            records.change(self._tenant, found, self._row(found, id), {"lock_status": "1"}, self.user)

    # -- an administrator ------------------------------------------------------------------------------------------

    def add_field(self, object: str, label: str, type: str, **more: Any) -> str:
        """Returns its API name. `more`: of a Field."""
        found = self._object(object)
        field = Field(f"field_{len(found.fields):05X}__c", label, type, define_type="custom", **more)
        metadata.add_field(found, field)
        return field.api_name

    def remove_field(self, object: str, api_name: str) -> None:
        """It is switched off: Fxiaoke deletes no field that is in use."""
        metadata.switch_off(self._object(object), api_name)

    def add_option(self, object: str, api_name: str, text: str) -> None:
        found = self._object(object)
        options = found.fields[api_name].options
        metadata.set_options(found, api_name, (*options, (text, str(len(options) + 1))))

    def set_options(self, object: str, api_name: str, options: Options) -> None:
        metadata.set_options(self._object(object), api_name, options)

    def require(self, object: str, api_name: str) -> None:
        found = self._object(object)
        found.fields[api_name] = replace(found.fields[api_name], required=True)

    def hide(self, id: str) -> None:
        """The person in whose name programs act loses the right to see this record or colleague."""
        self._tenant.hidden.add(id)

    def set_callback(self, url: str | None, key: str | None = None) -> None:
        """Where events go, as entered in the console; `key`: None keeps the one that is there."""
        self._tenant.callback.url = url
        self._tenant.callback.key = key or self._tenant.callback.key

    def push_to(self, url: str) -> None:
        """The same, with the key that is there."""
        self.set_callback(url)

    @contextmanager
    def _acting(self, object: str) -> Iterator[None]:
        try:
            yield
        except ApiError as error:
            raise ValueError(f"{object}: {error.message}") from error
        self._after()

    def _edit_user(self, id: str, fields: Mapping[str, Any]) -> None:
        user = self._tenant.users[id]
        for name, value in fields.items():
            if name not in {"name", "email", "mobile", "is_stop", "position"}:
                raise ValueError(f"{USERS}: {name}")
            setattr(user, name, value)
        user.updated = self._tenant.now()

    def _object(self, object: str) -> Object:
        return self._tenant.objects[object]

    def _row(self, object: Object, id: str) -> Row:
        row = object.table.rows[id]
        if row["life_status"] == "invalid":
            raise KeyError(id)
        return row


def _picked(object: Object, fields: Mapping[str, Any]) -> dict[str, Any]:
    """At the screens an option is picked by its label."""
    labels = {
        name: dict(field.options)
        for name, field in object.fields.items()
        if name in fields and field.type == "select_one"
    }
    return {
        name: labels[name].get(value, value) if name in labels and isinstance(value, str) else value
        for name, value in fields.items()
    }
