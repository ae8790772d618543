"""The standard tables cut to one organisation: fields it lacks left out, lengths known, custom fields put in. Pure.
What is missing or does not fit is told as Problems."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kequn.contracts.codecs import Codec, Text
from kequn.contracts.crm import FieldSchema, Problem
from kequn.contracts.records import FIELDS, Type
from plugins.zoho.mapping.columns import Amount, Column, Single
from plugins.zoho.mapping.customers import Facts
from plugins.zoho.mapping.tables import ALWAYS, META, Table
from plugins.zoho.mapping.values import EMPTY_OPTION, Day, DayOf, Flag, Lookup, Moment, Option, Options, Whole

TEXTS = {"text", "textarea", "mediumtext", "email", "phone", "website", "autonumber", "formula"}
UNLISTED = {"subform", "multiselectlookup", "multiuserlookup", "fileupload", "imageupload", "profileimage"}
"""Types of fields that lists of records do not carry."""

RICH_TEXT = 50_000
"""The length that tells rich text: lists show 500 characters of it, and would make every longer one look edited."""
RICH = "is rich text, of which Zoho's lists show 500 characters: it cannot be mapped"

_CODECS: Mapping[tuple[Type, str], Callable[[Facts, int | None], Codec]] = {
    (Type.TEXT, "picklist"): lambda facts, length: Option(length),
    (Type.SET, "multiselectpicklist"): lambda facts, length: Options(),
    (Type.BOOLEAN, "boolean"): lambda facts, length: Flag(),
    (Type.DATE, "date"): lambda facts, length: Day(),
    (Type.DATETIME, "datetime"): lambda facts, length: Moment(),
    (Type.DATETIME, "date"): lambda facts, length: DayOf(facts.zone),
    (Type.INTEGER, "integer"): lambda facts, length: Whole(9),
    (Type.INTEGER, "bigint"): lambda facts, length: Whole(18, as_text=True),
    (Type.INTEGER, "long"): lambda facts, length: Whole(18, as_text=True),
}


@dataclass(frozen=True)
class Module:
    """A module as the organisation has it. `fields`: its metadata, by API name."""

    table: Table
    label: str
    fields: Mapping[str, Mapping[str, Any]]
    problems: tuple[Problem, ...] = ()

    @property
    def listed(self) -> tuple[str, ...]:
        """The fields to ask for in lists, the mapped ones first."""
        own = (*ALWAYS, "Tag") if self.table.object == "Contacts" else ALWAYS
        rest = [name for name, one in self.fields.items() if not (one.get("data_type") in UNLISTED or is_rich(one))]
        mapped = [name for name in self.table.names if name in rest]
        wanted = [name for name in rest if name not in self.table.exclude | META]
        return tuple(dict.fromkeys([*mapped, *(name for name in own if name in rest), *wanted]))


def tailor(
    table: Table, label: str, fields: Sequence[Mapping[str, Any]], custom: Mapping[str, str], facts: Facts
) -> Module:
    """`custom`: our fields by Zoho's custom ones, from the connection's settings."""
    known = {str(field["api_name"]): field for field in fields}
    lengths = {name: length for name, field in known.items() if isinstance(length := field.get("length"), int)}
    added, problems = _custom_columns(table, known, custom, facts)
    columns, missing = _present(table, known, {column.field for column in added})
    kept = tuple(_allowed(column, known).limited(lengths) for column in (*columns, *added))
    tailored = replace(table, columns=kept, defaults=_defaults(table, known))
    return Module(tailored, label, known, (*problems, *missing))


def _present(table: Table, known: Mapping[str, Any], replaced: set[str]) -> tuple[list[Column], list[Problem]]:
    """The columns whose fields are there, and what is missing."""
    columns: list[Column] = []
    problems: list[Problem] = []
    for column in table.columns:
        absent = [name for name in column.names if name[:1] != "$" and name not in known]
        if column.field in replaced:
            continue
        rich = [name for name in column.names if is_rich(known.get(name, {}))]
        if rich:
            problems.append(Problem(table.object, "", f"the field {rich[0]} {RICH}", column.field))
        elif not absent:
            columns.append(column)
        elif not column.optional:
            problems.append(Problem(table.object, "", f"the field {absent[0]} is not there (any more)", column.field))
    return columns, problems


def _custom_columns(
    table: Table, known: Mapping[str, Mapping[str, Any]], custom: Mapping[str, str], facts: Facts
) -> tuple[list[Column], list[Problem]]:
    columns: list[Column] = []
    problems: list[Problem] = []
    for name, field in custom.items():
        column = _required(_custom(table, name, field, known.get(name), facts), table)
        if column is None:
            what = _unfit(known.get(name))
            problems.append(Problem(table.object, "", f"the field {name}, mapped in the settings, {what}", field))
        else:
            columns.append(column)
    return columns, problems


def _unfit(field: Mapping[str, Any] | None) -> str:
    if field is None:
        return "is not there"
    return RICH if is_rich(field) else f"has the type {field.get('data_type')}, which does not go"


def _required(column: Column | None, table: Table) -> Column | None:
    """A record without it could not be read."""
    return replace(column, required=FIELDS[table.kind][column.field].required) if column else None


def _custom(table: Table, name: str, field: str, metadata: Mapping[str, Any] | None, facts: Facts) -> Column | None:
    if metadata is None or is_rich(metadata):
        return None
    spec, given = FIELDS[table.kind][field], str(metadata.get("data_type"))
    wanted = spec.type
    if spec.to is not None:
        target = _target(metadata)
        return Single(field=field, names=(name,), codec=Lookup(spec.to, target), lossy=True) if target else None
    if (wanted, given) == (Type.MONEY, "currency"):
        return Amount(field=field, name=name, home=facts.currency, several=facts.currencies, lossy=True)
    length = metadata.get("length")
    if wanted is Type.TEXT and given in TEXTS:
        return Single(field=field, names=(name,), codec=Text(length))
    codec = _CODECS.get((wanted, given))
    return None if codec is None else Single(field=field, names=(name,), codec=codec(facts, length))


def _allowed(column: Column, known: Mapping[str, Mapping[str, Any]]) -> Column:
    """Read-only where the profile of the token's user may not write."""
    closed = column.writable and any(is_read_only(known[name]) for name in column.names if name in known)
    return replace(column, writable=False) if closed else column


def is_rich(field: Mapping[str, Any]) -> bool:
    return field.get("data_type") == "textarea" and field.get("length") == RICH_TEXT


def is_read_only(field: Mapping[str, Any]) -> bool:
    operations = field.get("operation_type") or {}
    return bool(field.get("field_read_only") or field.get("read_only")) or operations.get("api_update") is False


def options(field: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The options of a picklist, without the empty one."""
    return [one for one in field.get("pick_list_values") or () if one.get("actual_value") not in {None, EMPTY_OPTION}]


def _defaults(table: Table, known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A default that is no option of this organisation's picklist gives way to the first one; so does a mandatory
    pipeline."""
    found: dict[str, Any] = {}
    pipeline = ["Pipeline"] if known.get("Pipeline", {}).get("system_mandatory") else []
    for name in [*table.defaults, *pipeline]:
        values = [str(one.get("display_value") or one["actual_value"]) for one in options(known.get(name, {}))]
        default = table.defaults.get(name)
        found[name] = default if default in values or not values else values[0]
    return {name: value for name, value in found.items() if name in known and value is not None}


def describe(module: Module) -> tuple[FieldSchema, ...]:
    maps = {name: column.field for column in reversed(module.table.columns) for name in column.names}
    return tuple(_schema(field, maps.get(name)) for name, field in module.fields.items())


def _target(field: Mapping[str, Any]) -> str | None:
    """The module that a lookup leads to."""
    module = (field.get("lookup") or {}).get("module") or {}
    return module.get("api_name") if isinstance(module, Mapping) else None


def _schema(field: Mapping[str, Any], maps_to: str | None) -> FieldSchema:
    return FieldSchema(
        name=str(field["api_name"]),
        label=str(field.get("display_label") or field.get("field_label") or field["api_name"]),
        type=str(field.get("data_type", "text")),
        required=bool(field.get("system_mandatory")),
        read_only=is_read_only(field),
        custom=bool(field.get("custom_field")),
        options=tuple(str(one["actual_value"]) for one in options(field)),
        refers_to=_target(field),
        maps_to=maps_to,
        unique=bool(field.get("unique")),
    )
