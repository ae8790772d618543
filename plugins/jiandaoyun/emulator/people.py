"""The other people of the company, who work at the screens: the `People` of the emulator, and an administrator's acts.
Values are written as over the API, without the wrapping in `value`; what cannot be is a ValueError, an unknown record a
KeyError."""

from collections.abc import Mapping
from typing import Any

from kequn.testing.emulator import Row
from plugins.jiandaoyun.emulator import records
from plugins.jiandaoyun.emulator.company import Company, User
from plugins.jiandaoyun.emulator.errors import ApiError
from plugins.jiandaoyun.emulator.forms import Form, Widget
from plugins.jiandaoyun.emulator.groups import Groups
from plugins.jiandaoyun.emulator.pushes import Pushes
from plugins.jiandaoyun.emulator.tiers import Tiers
from plugins.jiandaoyun.emulator.values import PLACE

STAFF = "staff"
ADDRESSES = ("address", "location")
OPTIONAL = ("combo", "radiogroup", "combocheck", "checkboxgroup")


class JiandaoyunPeople(Groups, Tiers):
    """Forms are named by their key at this emulator, or by entry_id; members are the object `staff`. One box of an
    address may be typed into by itself, and is shown so too: `address.city`."""

    def __init__(self, company: Company, pushes: Pushes) -> None:
        self._company = company
        self._pushes = pushes

    @property
    def user(self) -> str:
        """The username of the person who acts: not the API key's owner."""
        return list(self._company.users)[1]

    def create(self, object: str, fields: Mapping[str, Any]) -> str:
        if object == STAFF:
            return self._hire(fields)
        form = self._company.form(object)
        cells = self._cells(form, fields, {})
        row = records.create(self._company, form, cells, self.user, by_api=False)
        self._pushes.said("data_create", form, row)
        return str(row["_id"])

    def edit(self, object: str, id: str, fields: Mapping[str, Any]) -> None:
        if object == STAFF:
            self._edit_user(self._company.users[id], fields)
            return
        form = self._company.form(object)
        cells = self._cells(form, fields, form.table.rows[id])
        row = records.update(self._company, form, id, cells, self.user, by_api=False)
        self._pushes.said("data_update", form, row)

    def delete(self, object: str, id: str) -> None:
        if object == STAFF:
            self._company.users[id].status = -1
            return
        form = self._company.form(object)
        row = records.delete(self._company, form, id, self.user, by_api=False)
        self._pushes.said("data_remove", form, row)

    def merge(self, object: str, winner: str, loser: str) -> None:
        """Jiandaoyun merges nothing: a person links to the winner what was linked to the loser, and deletes that."""
        form = self._company.form(object)
        if winner == loser:
            raise ValueError("a record cannot be merged with itself")
        if winner not in form.table.rows or loser not in form.table.rows:
            raise KeyError(winner)
        for other in list(self._company.forms()):
            for widget in list(other.of_type("lookup")):
                for id in [id for id, row in other.table.rows.items() if row.get(widget.id) == loser]:
                    self.edit(other.entry_id, id, {widget.id: winner})
        self.delete(object, loser)

    def restore(self, object: str, id: str) -> None:
        """Out of the recycle bin."""
        form = self._company.form(object)
        row = records.restore(self._company, form, id, self.user)
        self._pushes.said("data_recover", form, row)

    def read(self, object: str) -> Mapping[str, Mapping[str, Any]]:
        """The live records by id, in the API's form."""
        if object == STAFF:
            return {name: user.shown() for name, user in self._company.users.items()}
        form = self._company.form(object)
        return {id: _boxes(form, records.show(self._company, form, row)) for id, row in form.table.rows.items()}

    # -- the administrator ---------------------------------------------------------------------------------------------

    def push_to(self, url: str, *objects: str) -> None:
        """Enter an address for the pushes of these forms (none named: of all)."""
        self._company.push_to(url, *objects)

    def test_push(self, object: str) -> None:
        """The button that sends a test to the address."""
        self._pushes.send("data_test", self._company.form(object), {})

    def add_widget(self, object: str, widget: Widget) -> None:
        form = self._company.form(object)
        form.widgets.append(widget)
        self._pushes.designed(form)

    def add_field(self, object: str, label: str, type: str) -> str:
        """A widget without an alias; returns its id."""
        numbers = [int(widget.id.rpartition("_")[2]) for widget in self._company.form(object).widgets]
        widget = Widget(f"_widget_{max(numbers, default=0) + 1}", label, type)
        self.add_widget(object, widget)
        return widget.id

    def remove_field(self, object: str, name: str) -> None:
        form = self._company.form(object)
        form.widgets.remove(form.named(name))
        self._pushes.designed(form)

    def add_option(self, object: str, name: str, text: str) -> None:
        """The API tells nobody of it, and takes any text."""
        widget = self._company.form(object).named(name)
        if widget.type not in OPTIONAL:
            raise ValueError(f"{name} has no options")

    def set_alias(self, object: str, name: str, alias: str | None) -> None:
        form = self._company.form(object)
        form.named(name).alias = alias
        self._pushes.designed(form)

    def _cells(self, form: Form, fields: Mapping[str, Any], present: Row) -> dict[str, Any]:
        try:
            return records.kept(self._company, form, _typed(form, fields, present), present, by_api=False)
        except ApiError as error:
            raise ValueError(f"{form.key}: {error}") from error

    def _hire(self, fields: Mapping[str, Any]) -> str:
        user = User(**fields)
        if user.username in self._company.users:
            raise ValueError(f"{STAFF}: username")
        self._company.users[user.username] = user
        return user.username

    def _edit_user(self, user: User, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            if name not in ("name", "departments", "status"):
                raise ValueError(f"{STAFF}: {name}")
            setattr(user, name, value)


def _typed(form: Form, fields: Mapping[str, Any], present: Row) -> dict[str, Any]:
    """With what is typed into single boxes put together."""
    typed: dict[str, Any] = {name: value for name, value in fields.items() if "." not in name}
    for name, value in fields.items():
        whole, dot, box = name.partition(".")
        widget = form.widget(whole)
        if dot and (widget is None or widget.type not in ADDRESSES):
            raise ApiError(17017, name)
        if dot and widget is not None:
            typed[whole] = {**(present.get(widget.id) or {}), **(typed.get(whole) or {}), box: value}
    return typed


def _boxes(form: Form, shown: Mapping[str, Any]) -> dict[str, Any]:
    """With every box of the addresses by itself."""
    named = [widget.name for widget in form.widgets if widget.type in ADDRESSES]
    return {**shown, **{f"{name}.{box}": (shown[name] or {}).get(box) for name in named for box in PLACE}}
