"""The emulator's switches, with the contract's harsher choice as default. What each does stands in the README."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Knobs:
    scopes: tuple[str, ...] | None = None  # None: every scope is granted
    strict: bool = False  # unknown keys of a record are refused, not ignored
    utc_offset: str = "+08:00"
    time_zone: str = "Asia/Shanghai"
    search_lag: float = 2.0
    tag_bumps_time: bool = False
    admin: bool = False  # the token's user may list all notes
    multi_currency: bool = True
    edition: str = "enterprise"
    credits: int | None = None  # per 24 hours; None: not counted out
    concurrency: int | None = None  # None: the edition's own
    latency: float = 0.0
    api_domain: str | None = None  # None: where the token was asked for
    bulk_seconds: float = 6.0
    bulk_page: int = 200_000
    bulk_fails: bool = False
    tag_limit: int = 100
    clock_skew: float = 0.0
    token_limits: bool = True
    page_limit: int = 100_000  # how many records page tokens lead through

    def __post_init__(self) -> None:
        if self.edition not in CONCURRENCY:
            raise ValueError(f"unknown edition: {self.edition}; known: {', '.join(CONCURRENCY)}")


CONCURRENCY: Mapping[str, int] = {"free": 5, "standard": 10, "professional": 15, "enterprise": 20, "ultimate": 25}
CUSTOM_FIELDS: Mapping[str, int] = {"free": 0, "standard": 10, "professional": 155, "enterprise": 300, "ultimate": 500}


def read_knobs(given: Mapping[str, Any]) -> Knobs:
    """Raises ValueError for a knob that does not exist."""
    known = {field.name for field in fields(Knobs)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"unknown knobs: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    values = dict(given)
    if isinstance(scopes := values.get("scopes"), str):
        values["scopes"] = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    if values.get("scopes") is not None:
        values["scopes"] = tuple(values["scopes"])
    return Knobs(**values)
