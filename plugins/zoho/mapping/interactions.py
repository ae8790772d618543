"""Which field of an interaction stands where: Calls, Events, Tasks and Notes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kequn.contracts.codecs import Text, cannot_hold
from kequn.contracts.records import Kind, Ref, Value
from plugins.zoho.mapping.columns import EMPTY, Column, Constant, Single
from plugins.zoho.mapping.customers import Facts, owner
from plugins.zoho.mapping.tables import Table
from plugins.zoho.mapping.values import DayOf, Lookup, Moment, Raw, Renamed, format_time, lookup_id

HOUR = timedelta(hours=1)
MOMENT = Moment()
TITLE = Text(120)
DIRECTIONS = Renamed((("Inbound", "inbound"), ("Outbound", "outbound"), ("Missed", "missed")))


@dataclass(frozen=True, kw_only=True)
class About(Column):
    """The customer of an activity: the contact in Who_Id, else the account that What_Id may be."""

    field: str = "customer"
    names: tuple[str, ...] = ("Who_Id", "What_Id", "$se_module")
    lossy: bool = True
    looks: bool = True

    def read(self, raw: Raw) -> Value:
        person = lookup_id(raw.get("Who_Id"))
        if person is not None:
            return Ref(Kind.CUSTOMER, "Contacts", person)
        account = lookup_id(raw.get("What_Id")) if _module(raw) == "Accounts" else None
        return None if account is None else Ref(Kind.CUSTOMER, "Accounts", account)

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        if not isinstance(value, Ref):
            return {"What_Id": None} if self._account(present) else {"Who_Id": None}
        if value.object == "Contacts":
            return {"Who_Id": {"id": value.id}}
        if value.object == "Accounts":
            return {"Who_Id": None, "What_Id": {"id": value.id}, "$se_module": "Accounts"}
        raise cannot_hold(f"a customer is one of Contacts or Accounts, not of {value.object}")

    def used(self, raw: Raw) -> tuple[str, ...]:
        return ("What_Id",) if self._account(raw) else ("Who_Id",)

    def _account(self, raw: Raw) -> bool:
        return raw.get("Who_Id") in EMPTY and _module(raw) == "Accounts"


def unplaced(raw: Raw) -> str | None:
    """The id in What_Id where it decides about the customer and the record does not say which module it is of."""
    return lookup_id(raw.get("What_Id")) if raw.get("Who_Id") in EMPTY and _module(raw) is None else None


def _module(raw: Raw) -> str | None:
    """Which module What_Id points into: said beside it, or inside it."""
    inside = raw["What_Id"].get("module") if isinstance(raw.get("What_Id"), Mapping) else None
    name = inside.get("api_name") if isinstance(inside, Mapping) else raw.get("$se_module")
    return name if isinstance(name, str) else None


@dataclass(frozen=True, kw_only=True)
class Start(Column):
    """When an event starts. Its end moves along, so that it stays as long as it was (an hour when new)."""

    field: str = "happened_at"
    names: tuple[str, ...] = ("End_DateTime", "Start_DateTime")
    required: bool = True
    looks: bool = True

    def read(self, raw: Raw) -> Value:
        return MOMENT.read(raw.get("Start_DateTime"))

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        if not isinstance(value, datetime):
            return {"Start_DateTime": None}
        start, end = (MOMENT.read(present.get(name)) for name in ("Start_DateTime", "End_DateTime"))
        lasts = end - start if isinstance(start, datetime) and isinstance(end, datetime) else HOUR
        return {"Start_DateTime": format_time(value), "End_DateTime": format_time(value + lasts)}

    def used(self, raw: Raw) -> tuple[str, ...]:
        return ("Start_DateTime",)


@dataclass(frozen=True, kw_only=True)
class Title(Column):
    """A note may lack a title: the first line of its text is read then."""

    field: str = "subject"
    names: tuple[str, ...] = ("Note_Content", "Note_Title")
    lossy: bool = True

    def read(self, raw: Raw) -> Value:
        first = (Text().read(raw.get("Note_Content")) or "").partition("\n")[0][:120]
        return TITLE.read(raw.get("Note_Title")) or TITLE.read(first)

    def write(self, value: Value, present: Raw) -> dict[str, Any]:
        return {"Note_Title": TITLE.write(value)}


@dataclass(frozen=True, kw_only=True)
class Parent(Column):
    """The customer that a note stands on: settled when the note is made."""

    field: str = "customer"
    names: tuple[str, ...] = ("Parent_Id",)
    writable: bool = False

    def read(self, raw: Raw) -> Value:
        id = lookup_id(raw.get("Parent_Id"))
        return None if id is None else Ref(Kind.CUSTOMER, _parent(raw), id)


def _parent(raw: Raw) -> str:
    parent = raw.get("Parent_Id")
    module = parent.get("module") if isinstance(parent, Mapping) else None
    return str(module.get("api_name")) if isinstance(module, Mapping) else str(raw.get("$se_module"))


def _activity(object: str, columns: tuple[Column, ...], defaults: Mapping[str, Any] | None = None) -> Table:
    content = Single(field="content", names=("Description",), codec=Text(32000))
    return Table(
        object, Kind.INTERACTION, (*columns, content, About(), owner()), upsert=False, defaults=defaults or {}
    )  # fmt: skip


def calls(facts: Facts) -> Table:
    columns: tuple[Column, ...] = (
        Constant(field="channel", value="phone"),
        Single(field="subject", names=("Subject",), codec=Text(255), required=True),
        Single(field="direction", names=("Call_Type",), codec=DIRECTIONS, required=True),
        Single(field="happened_at", names=("Call_Start_Time",), codec=Moment(), required=True, lossy=True),
    )
    return _activity("Calls", columns, {"Call_Type": "Outbound", "Call_Duration": "00:00"})


def events(facts: Facts) -> Table:
    columns: tuple[Column, ...] = (
        Constant(field="channel", value="meeting"),
        Single(field="subject", names=("Event_Title",), codec=Text(255), required=True),
        Start(lossy=True),
    )
    return _activity("Events", columns)


def tasks(facts: Facts) -> Table:
    columns: tuple[Column, ...] = (
        Single(field="subject", names=("Subject",), codec=Text(255), required=True),
        Single(field="status", names=("Status",), codec=Text(120)),
        Single(field="happened_at", names=("Due_Date",), codec=DayOf(facts.zone), lossy=True),
    )
    return _activity("Tasks", columns)


def notes(facts: Facts) -> Table:
    """Notes take no field of ours, so a create could not be looked up again: none is made."""
    columns: tuple[Column, ...] = (
        Constant(field="channel", value="note"),
        Title(),
        Single(field="content", names=("Note_Content",), codec=Text(65535), required=True),
        Parent(),
        Single(field="happened_at", names=("Created_Time",), codec=Moment(), writable=False),
        Single(field="owner", names=("Owner",), codec=Lookup(Kind.STAFF, "Users"), writable=False),
    )
    return Table(
        "Notes", Kind.INTERACTION, columns, create=False, upsert=False, reference=False,
        admits=lambda raw: _parent(raw) in {"Contacts", "Accounts"},
    )  # fmt: skip
