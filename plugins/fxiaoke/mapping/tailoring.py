"""Tables cut to one tenant: what `describe` says of the mapped fields decides how their values travel. Pure.
What is missing or does not fit is told as Problems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kequn.contracts.codecs import Codec, Text
from kequn.contracts.crm import FieldSchema, Problem
from kequn.contracts.records import FIELDS, Field, Kind, Type, Value
from plugins.fxiaoke.mapping.choices import Choice, Choices, Tier, shown_options
from plugins.fxiaoke.mapping.items import Items
from plugins.fxiaoke.mapping.standard import TARGETS, names_for
from plugins.fxiaoke.mapping.tables import ITEMS, META, OWNER, REFERENCE, Column, Table
from plugins.fxiaoke.mapping.values import Amount, Day, DayOf, Flag, Lookup, Moment, Person, Whole, zone_of

TEXTS = {"text", "long_text", "html_rich_text", "phone_number", "email", "url", "auto_number", "location"}
NUMBERS = {"number", "currency", "percentile"}
REFERENCES = {"object_reference", "master_detail"}
READ_ONLY = {"auto_number", "formula", "count", "quote"}
ASSUMED: Mapping[Type, str] = {
    Type.TEXT: "text", Type.INTEGER: "number", Type.BOOLEAN: "true_or_false", Type.DATE: "date",
    Type.DATETIME: "date_time", Type.MONEY: "currency", Type.REF: "object_reference", Type.SET: "select_many",
}  # fmt: skip
"""What a field is taken for until it was described."""

Meta = Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """One mapped object, as the settings have it. `names`: Fxiaoke's field of each field of ours. `words`: our words
    for option values, by Fxiaoke's field. `targets`: the object that each kind of reference points at."""

    object: str
    kind: Kind
    names: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, Value] = field(default_factory=dict)
    targets: Mapping[Kind, str] = field(default_factory=dict)
    currency: str = "CNY"
    zone: str = "Asia/Shanghai"
    exclude: frozenset[str] = frozenset()
    lines: bool = False


@dataclass(frozen=True)
class Tailored:
    """`fields`: what was described, by API name; only what is active."""

    table: Table
    fields: Mapping[str, Meta] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def plan_for(object: str, kind: Kind, chosen: Mapping[str, str | None], **facts: Any) -> Plan:
    return Plan(object, kind, names_for(object, kind, chosen), **facts)


def assume(plan: Plan) -> Table:
    """The table of an object that was not described yet."""
    columns = []
    for ours, theirs in plan.names.items():
        spec = FIELDS[plan.kind][ours]
        type = "employee" if theirs == OWNER else "select_one" if _is_tier_option(plan, ours) else ASSUMED[spec.type]
        columns.append(_column(plan, spec, theirs, {"type": type, "label": theirs}))
    known = tuple(one for one in columns if one)
    return Table(
        plan.object, plan.kind, known + _items(plan), plan.object, _constants(plan),
        exclude=plan.exclude,
    )  # fmt: skip


def tailor(plan: Plan, described: Meta) -> Tailored:
    fields = {name: one for name, one in _fields(described).items() if one.get("is_active", True) is not False}
    columns: list[Column] = []
    problems: list[Problem] = []
    for ours, theirs in plan.names.items():
        column = _column(plan, FIELDS[plan.kind][ours], theirs, fields[theirs]) if theirs in fields else None
        if column is not None:
            columns.append(column)
            continue
        what = f"has the type {fields[theirs].get('type')}, which does not go" if theirs in fields else "is not there"
        problems.append(Problem(plan.object, "", f"the field {theirs} of {plan.object} {what}", ours))
    problems += _unmet(plan, fields)
    label = str(described.get("display_name") or plan.object)
    columns += _items(plan)
    table = Table(
        plan.object, plan.kind, tuple(columns), label, _constants(plan), REFERENCE in fields, plan.exclude
    )  # fmt: skip
    return Tailored(table, fields, tuple(problems))


def _items(plan: Plan) -> tuple[Column, ...]:
    column = Column(field="lines", name=ITEMS, codec=Items(plan.currency), lossy=True)
    return (column,) if plan.lines else ()


def _fields(described: Meta) -> Mapping[str, Meta]:
    fields = described.get("fields")
    return fields if isinstance(fields, Mapping) else {}


def _constants(plan: Plan) -> Mapping[str, Value]:
    return {name: value for name, value in plan.constants.items() if name not in plan.names}


def _unmet(plan: Plan, fields: Mapping[str, Meta]) -> list[Problem]:
    """What kequn would need to create records there."""
    found: list[Problem] = []
    if REFERENCE not in fields:
        tell = f"make a text field {REFERENCE} in {plan.object} of Fxiaoke: without it nothing can be created there"
        found.append(Problem(plan.object, "", tell, REFERENCE))
    mapped = {*plan.names.values(), OWNER, "name", *META}
    for name, meta in fields.items():
        asked = meta.get("is_required") and meta.get("default_value") in (None, "", [])
        if asked and name not in mapped and not is_read_only(meta):
            tell = f"the field {name} of {plan.object} is required and not mapped: records without it are refused"
            found.append(Problem(plan.object, "", tell, name))
    return found


def _column(plan: Plan, spec: Field, name: str, meta: Meta) -> Column | None:
    codec = _codec(plan, spec, name, meta)
    if codec is None:
        return None
    return Column(
        field=spec.name,
        name=name,
        codec=codec,
        label=str(meta.get("label") or name),
        writable=not is_read_only(meta) and name not in META,
        required=spec.required or bool(meta.get("is_required")),
        filled=name == OWNER,
        lossy=isinstance(codec, DayOf | Person | Choice | Choices),
    )


def _codec(plan: Plan, spec: Field, name: str, meta: Meta) -> Codec | None:
    type = str(meta.get("type"))
    if spec.type is Type.TEXT:
        return Text() if type in TEXTS else _choice(plan, spec, name, meta) if type == "select_one" else None
    if spec.type is Type.REF:
        return _reference(plan, spec, name, type, meta)
    if spec.type is Type.MONEY and type in NUMBERS:
        places = meta.get("decimal_places", 2)
        return Amount(plan.currency, places if isinstance(places, int) else 2)
    zone = _zone(meta, plan.zone)
    plain: Mapping[tuple[Type, str], Codec] = {
        (Type.SET, "select_many"): Choices(shown_options(options(meta), plan.words.get(name))),
        (Type.BOOLEAN, "true_or_false"): Flag(),
        (Type.INTEGER, "number"): Whole(),
        (Type.DATE, "date"): Day(zone),
        (Type.DATETIME, "date_time"): Moment(),
        (Type.DATETIME, "date"): DayOf(zone),
    }
    return plain.get((spec.type, type))


def _choice(plan: Plan, spec: Field, name: str, meta: Meta) -> Codec:
    default, words = plan.constants.get(spec.name), plan.words.get(name, {})
    shown = shown_options(options(meta), words)
    if spec.name == "type":  # two words alone are known, whatever the options are
        shown = tuple((value, text) for value, text in shown if text in words)
    return Choice(shown, default if isinstance(default, str) else None, closed=spec.name == "type")


def _reference(plan: Plan, spec: Field, name: str, type: str, meta: Meta) -> Codec | None:
    to = spec.to or Kind.CUSTOMER
    if to is Kind.STAFF:
        return Person() if type == "employee" else None
    if to is Kind.TIER and type == "select_one":
        return Tier(frozenset(value for value, _ in options(meta)))
    target = TARGETS.get(name) or plan.targets.get(to)
    return Lookup(to, target) if type in REFERENCES and target else None


def _is_tier_option(plan: Plan, ours: str) -> bool:
    return FIELDS[plan.kind][ours].to is Kind.TIER and Kind.TIER not in plan.targets


def _zone(meta: Meta, default: str) -> str:
    """The zone of dates: as described, if that can be read."""
    told = meta.get("time_zone")
    try:
        zone_of(str(told))
    except ValueError:
        return default
    return str(told)


def options(meta: Meta) -> list[tuple[str, str]]:
    """(value, label)."""
    found = meta.get("options")
    usable = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    return [(str(one["value"]), str(one.get("label") or one["value"])) for one in usable if one.get("value")]


def is_read_only(meta: Meta) -> bool:
    return meta.get("type") in READ_ONLY or meta.get("define_type") == "system"


def schemas_of(tailored: Tailored) -> tuple[FieldSchema, ...]:
    columns = {column.name: column for column in tailored.table.columns}
    return tuple(_schema(name, meta, columns.get(name)) for name, meta in tailored.fields.items())


def _schema(name: str, meta: Meta, column: Column | None) -> FieldSchema:
    codec = column.codec if column is not None else None
    shown = codec.shown if isinstance(codec, Choice | Choices) else options(meta)
    return FieldSchema(
        name=name,
        label=str(meta.get("label") or name),
        type=str(meta.get("type") or "text"),
        required=bool(meta.get("is_required")),
        read_only=is_read_only(meta),
        custom=meta.get("define_type") == "custom",
        options=tuple(text for _, text in shown),
        refers_to=codec.object if isinstance(codec, Lookup) else None,
        maps_to=column.field if column is not None else None,
    )
