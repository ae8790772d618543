"""The emulator's switches. Where the contract leaves a point open, one of them takes the other answer. What each does
stands in the README."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Knobs:
    trace_required: bool = False  # a call without thirdTraceId is refused
    token_limits: bool = True  # ten token calls a minute, never two at once
    latency: float = 0.0
    rate: int = 100  # calls per path in 20 seconds
    rate_code: int = 30004  # or 14001
    day_quota: int | None = None
    pack: bool = True  # False: no Open API pack was bought
    invalid_visible: bool = False  # queries show invalid records without being asked
    invalid_deletes: bool = False  # is_deleted turns true with life_status
    null_clears: bool = True  # False: null in an update is ignored, "" empties a text
    custom_create_id: bool = True  # False: creating a custom record answers without its id
    list_at_top: bool = False  # queries of custom objects answer with dataList at top level
    order_numbers: bool = False  # the name of a sales order is an auto number
    text_limit: int | None = None  # characters in a text
    unknown_mobile: int | None = None  # the code for a mobile number that nobody has; None: an empty list
    zone: str = "Asia/Shanghai"
    clock_skew: float = 0.0
    event_url: str | None = None
    event_key: str | None = None  # Base64 of 32 bytes; None: drawn from the seed

    def __post_init__(self) -> None:
        if self.rate_code not in {14001, 30004}:
            raise ValueError("rate_code is 14001 or 30004")
        if self.event_key is not None and not _is_key(self.event_key):
            raise ValueError("event_key is Base64 of 32 bytes")


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except ValueError:
        return False


def read_knobs(given: Mapping[str, Any]) -> Knobs:
    """Raises ValueError for a knob that does not exist."""
    known = {field.name for field in fields(Knobs)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"unknown knobs: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    return Knobs(**given)
