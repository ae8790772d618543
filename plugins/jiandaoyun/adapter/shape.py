"""What a connection offers, as kequn asks for it: capabilities, feeds, schemas, where a record would be created.
Made from the forms as they were found; no requests."""

from collections.abc import Mapping

from kequn.contracts.crm import Capabilities, Feed, FieldSchema, ObjectCapability, ObjectSchema, Walk
from kequn.contracts.records import FIELDS, Kind, Value
from plugins.jiandaoyun.adapter.forms import Form, Forms
from plugins.jiandaoyun.mapping import choices, members
from plugins.jiandaoyun.mapping.columns import Column, Constant, Link, Single
from plugins.jiandaoyun.mapping.values import STAFF, Option
from plugins.jiandaoyun.mapping.widgets import READ_ONLY, SYSTEM

LACKS = frozenset({"expiry", "required"})
"""The key does not expire, and the API checks no required widgets and tells of none."""


def capabilities(forms: Forms) -> Capabilities:
    objects = {name: _capability(form) for name, form in forms.found.items()}
    if forms.options.staff:
        objects[STAFF] = ObjectCapability(Kind.STAFF, frozenset(members.FIELDS))
    if forms.options.tiers:
        objects[choices.TIERS] = ObjectCapability(Kind.TIER, frozenset(choices.FIELDS))
    return Capabilities(objects, webhook_window_seconds=forms.options.window, lacks=LACKS)


def _capability(form: Form) -> ObjectCapability:
    table = form.table
    needed = {name for name, spec in FIELDS[table.kind].items() if spec.required}
    constant = {column.field for column in table.columns if isinstance(column, Constant)}
    create = table.key is not None and needed - constant <= table.writable
    fields = frozenset(column.field for column in table.columns)
    there = bool(form.widgets)
    return ObjectCapability(
        table.kind, fields, table.writable, create=create, update=bool(table.writable), delete=there
    )  # fmt: skip


def feeds(forms: Forms) -> list[Feed]:
    found = [Feed(name, frozenset({form.settings.kind}), Walk.SCAN, name) for name, form in forms.found.items()]
    staff = [Feed(STAFF, frozenset({Kind.STAFF}), Walk.SCAN, STAFF)] if forms.options.staff else []
    tiers = [Feed(choices.TIERS, frozenset({Kind.TIER}), Walk.SCAN)] if forms.options.tiers else []
    return staff + tiers + found


def place(forms: Forms, kind: Kind, fields: Mapping[str, Value]) -> str | None:
    """Of several forms for customers, the one for their type."""
    for name, form in forms.found.items():
        constant = next((column.value for column in form.table.columns if isinstance(column, Constant)), None)
        if form.settings.kind is kind and constant in (None, fields.get("type") or constant):
            return name
    return None


def schemas(forms: Forms, labels: Mapping[str, str]) -> list[ObjectSchema]:
    """`labels`: names of the forms."""
    found = [_schema(form, labels.get(name, name)) for name, form in forms.found.items()]
    found += [choices.schema(forms.options.tiers)] if forms.options.tiers else []
    return [*found, members.SCHEMA] if forms.options.staff else found


def _schema(form: Form, label: str) -> ObjectSchema:
    columns = {name: column for column in reversed(form.table.columns) for name in column.names}
    system = (*form.system, *(name for name in SYSTEM if name not in form.system))
    fields = [
        FieldSchema(
            widget.name,
            widget.label,
            widget.type,
            read_only=widget.type in READ_ONLY or widget.name == form.table.key,  # the key is kequn's to write
            custom=True,
            options=_options(columns.get(widget.name)),
            refers_to=_target(columns.get(widget.name)),
            maps_to=columns[widget.name].field if widget.name in columns else None,
        )
        for widget in form.widgets
    ]
    fields += [FieldSchema(name, name, SYSTEM.get(name, "text"), read_only=True) for name in system]
    return ObjectSchema(form.settings.object, label, form.settings.kind, tuple(fields), form.problems)


def _options(column: Column | None) -> tuple[str, ...]:
    """Jiandaoyun tells no options: those that the settings name."""
    known = isinstance(column, Single) and isinstance(column.codec, Option)
    return tuple(column.codec.words.values()) if known else ()  # type: ignore[union-attr]


def _target(column: Column | None) -> str | None:
    return column.object if isinstance(column, Link) else None
