"""Forms and their widgets, as an administrator designs them. Decides how a widget is called; what it may hold stands
in values.py."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kequn.testing.emulator import Row, Table

UNLISTED = ("separator", "query")
"""Types that widget/list leaves out."""

READ_ONLY = ("sn", "linkdata", "signature", "richtext", "aggregation", "formula", *UNLISTED)
"""Types that the API does not write. Rich text is among them as long as nobody knows better."""


@dataclass
class Widget:
    """`id`: `_widget_<digits>`. `target`: the entry_id of the form that a lookup points into."""

    id: str
    label: str
    type: str
    alias: str | None = None
    items: tuple["Widget", ...] = ()
    target: str | None = None

    @property
    def name(self) -> str:
        """What the API calls it: the alias once there is one."""
        return self.alias or self.id

    def shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "name": self.name, "widgetName": self.id, "label": self.label, "type": self.type,
        }  # fmt: skip
        if self.type == "subform":
            shown["items"] = [item.shown() for item in self.items]
        return shown

    def item(self, name: str) -> "Widget | None":
        return next((item for item in self.items if name in (item.alias, item.id)), None)


@dataclass
class Push:
    """Where a form's events go. `failures`: deliveries in a row that were not answered; at 100 it is switched off."""

    url: str
    secret: str = field(repr=False)
    on: bool = True
    failures: int = 0


@dataclass
class Form:
    """`key`: what people at this emulator call it. `modified`: when its data last changed. `bin`: deleted records.
    `workflow`, `extension`: switches that bring more system fields."""

    key: str
    app_id: str
    entry_id: str
    name: str
    widgets: list[Widget]
    table: Table
    created: int = 0
    modified: int | None = None
    workflow: bool = False
    extension: bool = False
    numbers: int = 0
    bin: dict[str, Row] = field(default_factory=dict)
    pushes: list[Push] = field(default_factory=list)

    def widget(self, name: str) -> Widget | None:
        """By alias or id."""
        return next((widget for widget in self.widgets if name in (widget.alias, widget.id)), None)

    def named(self, alias: str) -> Widget:
        widget = self.widget(alias)
        if widget is None:
            raise KeyError(alias)
        return widget

    @property
    def system(self) -> tuple[str, ...]:
        """System widgets, as widget/list names them."""
        extension = ("ext",) if self.extension else ()
        return ("creator", "createTime", "updateTime", *extension, *(("flowState",) if self.workflow else ()))

    def of_type(self, type: str) -> Iterator[Widget]:
        return (widget for widget in self.widgets if widget.type == type)


@dataclass
class App:
    app_id: str
    name: str
    forms: dict[str, Form] = field(default_factory=dict)
