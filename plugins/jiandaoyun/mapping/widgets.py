"""The widgets of a form, as widget/list tells them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

TEXTS = frozenset({"text", "textarea"})
CHOICES = frozenset({"radiogroup", "combo"})
SEVERAL = frozenset({"checkboxgroup", "combocheck"})
PLACES = frozenset({"address", "location"})
COMPUTED = frozenset({"sn", "aggregation", "formula"})
READ_ONLY = frozenset({*COMPUTED, "linkdata", "signature", "richtext", "separator", "query", "image", "upload"})
"""Types that kequn does not write: Jiandaoyun does not take them, or only with a file."""

SYSTEM: Mapping[str, str] = {
    "creator": "user", "updater": "user", "createTime": "datetime", "updateTime": "datetime", "flowState": "flowstate",
}  # fmt: skip


@dataclass(frozen=True)
class Widget:
    """`name`: what calls and answers say: the alias, or the id where there is none."""

    name: str
    id: str
    label: str
    type: str
    items: tuple["Widget", ...] = ()


def read_widgets(rows: Iterable[Mapping[str, Any]]) -> tuple[Widget, ...]:
    return tuple(_widget(row) for row in rows if isinstance(row.get("name"), str))


def _widget(row: Mapping[str, Any]) -> Widget:
    name = str(row["name"])
    items = row.get("items")
    return Widget(
        name,
        str(row.get("widgetName") or name),
        str(row.get("label") or name),
        str(row.get("type") or "text"),
        read_widgets(items) if isinstance(items, list) else (),
    )


def find(widgets: Iterable[Widget], name: str) -> Widget | None:
    """By alias or id, as the settings may name it."""
    return next((widget for widget in widgets if name in (widget.name, widget.id)), None)
