"""The columns of one form: the settings say which widget holds which field, the form says of what type it is. Pure.
What is missing or does not fit is told as Problems, and the rest goes on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kequn.contracts.crm import Problem
from kequn.contracts.records import FIELDS, Field, Kind, Type
from plugins.jiandaoyun.mapping import widgets as form
from plugins.jiandaoyun.mapping.choices import Choice
from plugins.jiandaoyun.mapping.columns import Amount, Column, Constant, Link, Part, Single
from plugins.jiandaoyun.mapping.lines import PARTS, Rows
from plugins.jiandaoyun.mapping.tables import CREATED, Table
from plugins.jiandaoyun.mapping.values import (
    Codec,
    Day,
    Flag,
    Member,
    Moment,
    Number,
    Option,
    Options,
    Phone,
    Text,
)
from plugins.jiandaoyun.mapping.widgets import Widget, find

TYPES = MappingProxyType({"person": "个人", "organisation": "组织"})
"""What a customer may be, and what the options say where the settings do not."""


@dataclass(frozen=True)
class FormSettings:
    """What the settings say of one form. `object`: what kequn calls it. `fields`: widgets by our fields
    (`address.city`: a part). `keys`: text widgets with the kequn ids of what lookups point at. `options`: by field,
    texts by our words. `lines`: items of the subform by the parts of a line. `currency`: the widget that says it.
    `type`: of all customers in it. `targets`: what references point at, by field."""

    object: str
    kind: Kind
    app_id: str
    entry_id: str
    key: str = "kq_id"
    fields: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    type: str = "person"
    targets: Mapping[str, str] = field(default_factory=dict)
    data_creator: str | None = None


@dataclass(frozen=True)
class Facts:
    """What all forms share. `home`: the currency. `zone`: of days."""

    home: str = "CNY"
    zone: str = "Asia/Shanghai"
    exclude: frozenset[str] = frozenset()


class Unfit(Exception):
    """A widget cannot hold a field."""


@dataclass(frozen=True)
class Tailor:
    """Makes the columns of one form."""

    settings: FormSettings
    widgets: tuple[Widget, ...]
    facts: Facts

    def table(self) -> tuple[Table, tuple[Problem, ...]]:
        columns: list[Column] = []
        problems: list[Problem] = []
        for name, widget in self.settings.fields.items():
            try:
                columns.append(self._column(FIELDS[self.settings.kind][name], widget))
            except Unfit as unfit:
                problems.append(self._problem(f"fields.{name}", f"{widget} {unfit}", name))
        if self.settings.kind is Kind.CUSTOMER and "type" not in self.settings.fields:
            columns.append(Constant(field="type", value=self.settings.type))
        if self.settings.kind is Kind.FEEDBACK and "happened_at" not in self.settings.fields:
            columns.append(Single(field="happened_at", names=(CREATED,), codec=Moment(), writable=False, lossy=True))
        key = self._key(problems)
        exclude = self.facts.exclude
        return Table(self.settings.object, self.settings.kind, tuple(columns), key, exclude), tuple(problems)

    def _problem(self, setting: str, what: str, name: str | None = None) -> Problem:
        message = f"forms.{self.settings.object}.{setting}: the widget {what}"
        return Problem(self.settings.object, "", message, name)

    def _key(self, problems: list[Problem]) -> str | None:
        widget = find(self.widgets, self.settings.key)
        if widget is not None and widget.type == "text":  # a textarea cannot be searched
            return widget.name
        what = "is not there" if widget is None else f"is of type {widget.type}, not text"
        told = f"{self.settings.key} {what}; without it nothing can be created in the form"
        problems.append(self._problem("key", told, self.settings.key))
        return None

    def _column(self, spec: Field, setting: str) -> Column:
        name, _, part = setting.partition(".")
        widget = self._widget(name)
        if part:
            return self._part(spec, widget, part)
        if spec.type is Type.MONEY:
            return self._amount(spec.name, widget)
        if spec.type is Type.LINES:
            return self._rows(widget)
        if spec.to is Kind.TIER and widget.type in form.CHOICES:
            return self._choice(spec.name, widget)
        if spec.type is Type.REF and spec.to is not Kind.STAFF:
            return self._link(spec, widget)
        codec = self._codec(spec, widget)
        writable = widget.type not in form.READ_ONLY
        lossy = isinstance(codec, Phone | Option | Options | Flag) or not writable
        return Single(field=spec.name, names=(widget.name,), codec=codec, writable=writable, lossy=lossy)

    def _widget(self, name: str) -> Widget:
        widget = find(self.widgets, name)
        if widget is None:
            raise Unfit("is not there (any more)")
        return widget

    def _part(self, spec: Field, widget: Widget, part: str) -> Column:
        if widget.type not in form.PLACES or spec.type is not Type.TEXT:
            raise Unfit(f"is of type {widget.type}, which has no part for {spec.name}")
        return Part(field=spec.name, names=(widget.name,), part=part)

    def _amount(self, name: str, widget: Widget) -> Amount:
        if widget.type not in {"number", *form.COMPUTED}:
            raise Unfit(f"is of type {widget.type}, which holds no amount")
        currency = find(self.widgets, self.settings.currency) if self.settings.currency else None
        return Amount(
            field=name, name=widget.name, currency=currency.name if currency else None, home=self.facts.home,
            words=self.settings.options.get("currency", {}), writable=widget.type == "number",
        )  # fmt: skip

    def _choice(self, name: str, widget: Widget) -> Column:
        if not self.words(name):
            raise Unfit("holds options, which only the settings can name: see options of the form")
        return Single(field=name, names=(widget.name,), codec=Choice())

    def _rows(self, widget: Widget) -> Rows:
        if widget.type != "subform":
            raise Unfit(f"is of type {widget.type}, not a subform")
        items = {part: find(widget.items, name) for part, name in self.settings.lines.items()}
        found = {part: item.name for part, item in items.items() if item is not None and part in PARTS}
        if "product" not in found:
            raise Unfit("has no item for the product: see lines in the settings of the form")
        amount = self.settings.fields.get("amount")
        money = find(self.widgets, amount) if amount else None
        return Rows(
            name=widget.name, items=found, types={item.name: item.type for item in widget.items},
            money=self._amount("amount", money or Widget("", "", "", "number")), flag=self.flag("lines.returned"),
        )  # fmt: skip

    def _link(self, spec: Field, widget: Widget) -> Link:
        assert spec.to is not None  # noqa: S101 - of a reference
        object = self.settings.targets.get(spec.name)
        if object is None:
            raise Unfit(f"would point at a {spec.to}, for which no form is set")
        key = find(self.widgets, self.settings.keys[spec.name]) if spec.name in self.settings.keys else None
        if widget.type == "lookup":
            return Link(
                field=spec.name, kind=spec.to, object=object, lookup=widget.name, key=key.name if key else None
            )  # fmt: skip
        if widget.type in form.TEXTS:
            return Link(field=spec.name, kind=spec.to, object=object, key=widget.name)
        raise Unfit(f"is of type {widget.type}, not a lookup")

    def _codec(self, spec: Field, widget: Widget) -> Codec:
        if spec.name == "type" and widget.type in form.CHOICES:
            return Option(self.settings.options.get("type") or TYPES, self.settings.type)
        for type, types, make in _CODECS:
            if spec.type is type and widget.type in types:
                return make(self, spec.name)
        raise Unfit(f"is of type {widget.type}, which holds no {spec.type}")

    def words(self, name: str) -> Mapping[str, str]:
        return self.settings.options.get(name, {})

    def flag(self, name: str) -> Flag:
        return Flag(self.words(name).get("true", Flag().yes), self.words(name).get("false", Flag().no))


_CODECS: tuple[tuple[Type, frozenset[str], Callable[[Tailor, str], Codec]], ...] = (
    (Type.TEXT, form.TEXTS | {"sn"}, lambda tailor, name: Text()),
    (Type.TEXT, form.CHOICES, lambda tailor, name: Option(tailor.words(name))),
    (Type.TEXT, frozenset({"phone"}), lambda tailor, name: Phone()),
    (Type.SET, form.SEVERAL, lambda tailor, name: Options(tailor.words(name))),
    (Type.BOOLEAN, form.CHOICES, lambda tailor, name: tailor.flag(name)),
    (Type.INTEGER, frozenset({"number", *form.COMPUTED}), lambda tailor, name: Number()),
    (Type.DATE, frozenset({"datetime"}), lambda tailor, name: Day(tailor.facts.zone)),
    (Type.DATETIME, frozenset({"datetime"}), lambda tailor, name: Moment()),
    (Type.REF, frozenset({"user"}), lambda tailor, name: Member()),
)
"""Which codec is for a field of ours and a widget."""
