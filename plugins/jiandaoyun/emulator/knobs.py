"""The emulator's switches: one for each point that the contract leaves open. What each does stands in the README."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

CHOICES: Mapping[str, tuple[Any, ...]] = {
    "update_filter": ("error", "exact", "day", "ignored"),
    "ranges": ("exact", "day"),
    "replay": ("overwrite", "keep"),
    "ids_order": ("given", "reversed"),
    "datetime_null": ("clear", "keep", "error"),
    "lookup_write": ("string", "object"),
    "unwritable": ("ignore", "refuse"),
    "unknown_keys": ("ignore", "refuse"),
    "empty_text": (None, ""),
    "key_status": (400, 401),
}


@dataclass(frozen=True)
class Knobs:
    api_key: str = "k-test"
    webhook_secret: str = "test-secret"
    update_filter: str = "error"  # what a filter on updateTime does
    ranges: str = "exact"  # how fine a range on other times is
    api_moves_update_time: bool = True
    api_moves_modify_time: bool = True
    restore_moves_update_time: bool = True
    replay: str = "overwrite"  # what a repeated transaction_id does
    ids_order: str = "given"
    datetime_null: str = "clear"
    lookup_write: str = "string"  # how a linked record is written
    unwritable: str = "ignore"
    unknown_keys: str = "ignore"
    empty_text: str | None = None
    remove_names_form: bool = False  # whether data_remove carries appId and entryId
    key_status: int = 400
    rates: bool = True
    denied_calls: tuple[str, ...] = ()
    latency: float = 0.0
    clock_skew: float = 0.0

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"knob {name} must be one of {', '.join(map(repr, choices))}")


def read_knobs(given: Mapping[str, Any]) -> Knobs:
    """Raises ValueError for a knob that does not exist, or a value that it does not take."""
    known = {field.name for field in fields(Knobs)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"unknown knobs: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    values = dict(given)
    if "denied_calls" in values:
        values["denied_calls"] = tuple(values["denied_calls"])
    return Knobs(**values)
