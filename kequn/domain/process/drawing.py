"""Flows and cases as diagrams, in the words of Mermaid, which browsers and editors draw: a flow chart of the steps,
and a Gantt chart of a case. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

_STATES = {"done": "done, ", "open": "active, "}


def flow_chart(steps: Sequence[Mapping[str, Any]]) -> str:
    """Boxes in order, one lane for each department."""
    lines = ["flowchart LR"]
    for place, step in enumerate(steps):
        lines.append(f'  s{place}["{_quoted(step["name"])}<br/>{step["department"]} · {step["hours"]} h"]')
    lines += [f"  s{place} --> s{place + 1}" for place in range(len(steps) - 1)]
    for department in dict.fromkeys(step["department"] for step in steps):
        mine = ",".join(f"s{place}" for place, step in enumerate(steps) if step["department"] == department)
        lines.append(f"  class {mine} {department}")
    return "\n".join(lines)


def gantt(steps: Sequence[Mapping[Any, Any]]) -> str:
    """A bar for each step: as it was where it has ended, as it is planned where it has not. Late ones are marked."""
    lines = ["gantt", "  dateFormat YYYY-MM-DDTHH:mm:ss", "  axisFormat %m-%d"]
    section = None
    for step in steps:
        if step["department"] != section:
            section = step["department"]
            lines.append(f"  section {section}")
        begin, end = (
            step["opened_at"] or step["planned_from"],
            max(step["ended_at"] or step["due_at"], step["planned_from"]),
        )
        late = "crit, " if step["ended_at"] is not None and step["ended_at"] > step["due_at"] else ""
        name, state = _plain(step["name"]), _STATES.get(step["state"], "")
        lines.append(f"  {name} :{late}{state}s{step['position']}, {_time(begin)}, {_time(end)}")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("\n", " ")


def _plain(text: str) -> str:
    """Colons, semicolons, hashes and line ends mean something else in a Gantt chart."""
    return " ".join("".join(" " if letter in ":;#,\n\r" else letter for letter in text).split()) or "-"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
