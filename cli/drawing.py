"""Charts as SVG that stands in a page: no script, no font from elsewhere, the same bytes for the same figures. Decides
colours and sizes; what is drawn is decided by the report."""

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pygal
from pygal.style import Style

# pygal looks for maps in every import that finds nothing, in a way that Python has given up and warns of.
sys.meta_path[:] = [finder for finder in sys.meta_path if not type(finder).__module__.startswith("pygal")]

COLOURS = ("#2f6f9f", "#e0833b", "#4b9a6a", "#b5495b", "#7d6bb0", "#9a8a3c", "#6b7785")
NARROW = 0.04
"""Of the longest bar: below, two numbers side by side would run into each other."""
FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#3b4752",
    foreground_strong="#1d262e",
    foreground_subtle="#d9dfe4",
    opacity=".9",
    colors=COLOURS,
    font_family=FONT,
    label_font_size=13,
    major_label_font_size=13,
    legend_font_size=13,
    value_font_size=12,
    value_label_font_size=12,
    guide_stroke_color="#e6eaee",
    guide_stroke_dasharray="1,0",
    major_guide_stroke_color="#e6eaee",
    major_guide_stroke_dasharray="1,0",
)
_BESIDE = re.compile(r"<!--.*?-->|<script.*?</script>", re.DOTALL)


def _options(title: str, height: int, **more: Any) -> dict[str, Any]:
    """`title`: what it shows, for who cannot see it."""
    return {
        "style": _STYLE, "js": [], "disable_xml_declaration": True, "width": 620, "height": height, "margin": 8,
        "legend_at_bottom": True, "legend_box_size": 11, "truncate_legend": -1, "show_legend": False,
        "print_values": True, "no_data_text": "—", "pretty_print": False, "human_readable": True,
        "show_x_guides": False, "show_y_guides": False, "desc": title, **more,
    }  # fmt: skip


def bars(title: str, values: Sequence[tuple[str, float]], unit: str = "") -> str:
    """One bar for each, lying, the first one above."""
    chart = pygal.HorizontalBar(**_options(title, 70 + 42 * max(1, len(values)), formatter=_number(unit)))
    chart.x_labels = [name for name, _ in reversed(values)]
    chart.add(title, [value for _, value in reversed(values)])
    return _svg(chart)


def stacked(title: str, names: Sequence[str], parts: Mapping[str, Sequence[float]], unit: str = "") -> str:
    """Bars of several parts, the first one above. A part that is too narrow for its number is drawn without."""
    longest = max((sum(values) for values in zip(*parts.values(), strict=True)), default=0)
    number = _number(unit, longest * NARROW)
    options = _options(title, 90 + 46 * max(1, len(names)), show_legend=True, formatter=number)
    chart = pygal.HorizontalStackedBar(**options)
    chart.x_labels = list(reversed(names))
    for part, values in parts.items():
        chart.add(part, list(reversed(values)))
    return _svg(chart)


def lines(title: str, names: Sequence[str], series: Mapping[str, Sequence[float | None]], unit: str = "%") -> str:
    """Values over time."""
    options = _options(title, 300, show_legend=True, print_values=False, formatter=_number(unit))
    chart = pygal.Line(**options, dots_size=3, x_label_rotation=35, range=(0, 100))
    chart.y_labels = range(0, 101, 20)
    chart.x_labels = list(names)
    for name, values in series.items():
        chart.add(name, list(values))
    return _svg(chart)


def _number(unit: str, least: float = 0) -> Any:
    """What is written on a bar; nothing on one that is not there, or has less than that."""

    def show(value: float) -> str:
        if not value or value < least:
            return ""
        return f"{value:,.1f}".removesuffix(".0") + unit

    return show


def _svg(chart: Any) -> str:
    """Without the day of its making, and with an id that depends on the figures alone."""
    text = _BESIDE.sub("", chart.render(is_unicode=True))
    return text.replace(chart.uuid, f"c{abs(hash_of(text.replace(chart.uuid, '')))}")


def hash_of(text: str) -> int:
    found = 0
    for letter in text:
        found = (found * 131 + ord(letter)) % (1 << 61)
    return found
