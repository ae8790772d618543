"""What Zoho says of itself: the organisation, its modules and their fields, and when each was asked for; and how that
stands in the connection's notebook. Decides what is asked for again."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

NOTE = "described"
FORM = 1
"""Grows when a note must hold more than an older one does."""

LOOK_AGAIN = timedelta(hours=1)
TRY_AGAIN = timedelta(minutes=10)
"""Where something is missing: a person may put it there."""

ORG, MODULES = "org", "modules"
"""Parts beside the modules by name."""

ORG_KEYS = ("iso_code", "mc_status", "time_zone")
FIELD_KEYS = (
    "id", "api_name", "field_label", "display_label", "data_type", "length", "pick_list_values", "lookup", "unique",
    "custom_field", "system_mandatory", "read_only", "field_read_only", "operation_type",
)  # fmt: skip

Metadata = Sequence[Mapping[str, Any]]


@dataclass
class Described:
    """`labels`: of the modules that can be used. `fields`: by module. `asked`: when, on our clock, by part.
    `unmade`: the fields that kequn needs and could not make, by module and name, with what a person should do."""

    org: Mapping[str, Any]
    labels: Mapping[str, str]
    fields: dict[str, Metadata] = field(default_factory=dict)
    asked: dict[str, datetime] = field(default_factory=dict)
    unmade: list[tuple[str, str, str]] = field(default_factory=list)

    def due(self, now: datetime, lacking: AbstractSet[str]) -> str | None:
        """The part that has waited longest to be asked for again, if any has. `lacking`: where something is missing."""
        dates = {part: at + (TRY_AGAIN if part in lacking else LOOK_AGAIN) for part, at in self.asked.items()}
        part = min(dates, key=lambda one: dates[one], default=None)
        return part if part is not None and dates[part] <= now else None

    def note(self) -> dict[str, Any]:
        return {
            "form": FORM,
            "org": dict(self.org),
            "labels": dict(self.labels),
            "fields": {name: [dict(one) for one in rows] for name, rows in self.fields.items()},
            "asked": {part: at.isoformat() for part, at in self.asked.items()},
            "unmade": [list(one) for one in self.unmade],
        }


def read_note(note: Mapping[str, Any] | None) -> Described | None:
    if note is None or note.get("form") != FORM:
        return None
    asked = {part: datetime.fromisoformat(at) for part, at in note["asked"].items()}
    unmade = [(object, name, message) for object, name, message in note["unmade"]]
    return Described(note["org"], note["labels"], dict(note["fields"]), asked, unmade)


def cut(row: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """What is of use here: the rest may name people."""
    return {key: row[key] for key in keys if key in row}
