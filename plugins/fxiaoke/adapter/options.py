"""The connection's settings as the adapter uses them. The manifest has checked their types; what only kequn's tables
can tell (do these fields of ours exist?) is checked here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kequn.contracts.errors import BadSettings
from kequn.contracts.records import FIELDS, OUTBOUND, Kind, Type
from kequn.contracts.secrets import Secret
from plugins.fxiaoke import CLOUDS
from plugins.fxiaoke.client import Credentials
from plugins.fxiaoke.mapping.standard import OBJECTS, ORDER, ORDERS
from plugins.fxiaoke.mapping.tailoring import Plan, plan_for
from plugins.fxiaoke.mapping.values import zone_of

LIMIT = 100
"""Calls of one interface in 20 seconds that Fxiaoke takes."""

TYPES = ("person", "organisation")
_FREE = frozenset({Kind.TIER, *OBJECTS, *OUTBOUND})
"""Kinds whose object the settings may choose, beside customers."""


@dataclass(frozen=True)
class Options:
    """`plans`: one for each mapped object, what others refer to first."""

    credentials: Credentials
    plans: tuple[Plan, ...]
    lines: bool = False
    owner: str | None = None
    department: int = 999999
    purge: bool = False
    full_scan_seconds: float = 86400.0
    currency: str = "CNY"
    event_key: Secret | None = field(default=None, repr=False)
    event_max_age: float = 0.0


def read_options(settings: Mapping[str, Any]) -> Options:
    """Raises BadSettings that names the keys."""
    wrong = [*_wrong_login(settings), *_wrong_mapping(settings)]
    if settings["calls_a_day"] < 0:
        wrong.append("calls_a_day must be 0 or more")
    if wrong:
        raise BadSettings(f"settings for Fxiaoke: {'; '.join(wrong)}")
    return Options(
        credentials=_credentials(settings),
        plans=tuple(_plans(settings)),
        lines=settings["lines"],
        owner=settings.get("owner"),
        department=settings["department"],
        purge=settings["purge"],
        full_scan_seconds=settings["full_scan_hours"] * 3600.0,
        currency=settings["currency"],
        event_key=Secret(settings["event_aes_key"]) if settings.get("event_aes_key") else None,
        event_max_age=float(settings["event_max_age_seconds"]),
    )


def _credentials(settings: Mapping[str, Any]) -> Credentials:
    return Credentials(
        base_url=str(settings.get("base_url") or CLOUDS[settings["cloud"]]).rstrip("/"),
        app_id=settings["app_id"],
        app_secret=Secret(settings["app_secret"]),
        permanent_code=Secret(settings["permanent_code"]),
        user=settings.get("current_open_user_id"),
        mobile=settings.get("mobile"),
        bearer=settings["auth"] == "bearer",
        employee=settings.get("employee_id"),
    )


def _wrong_login(settings: Mapping[str, Any]) -> Iterator[str]:
    if settings["auth"] == "bearer" and not (settings.get("employee_id") and settings.get("current_open_user_id")):
        yield "auth is bearer: employee_id and current_open_user_id must be given"
    elif not settings.get("current_open_user_id") and not settings.get("mobile"):
        yield "one of current_open_user_id and mobile must be given"
    if not 1 <= settings["calls_in_20_seconds"] <= LIMIT:
        yield f"calls_in_20_seconds is not from 1 to {LIMIT}"
    try:
        zone_of(settings["time_zone"])
    except ValueError:
        yield "time_zone is no time zone"


def _wrong_mapping(settings: Mapping[str, Any]) -> Iterator[str]:
    kinds = dict(_kinds(settings))
    for object, type in settings["customers"].items():
        if type not in TYPES:
            yield f"customers.{object} is none of {', '.join(TYPES)}"
    for name, object in settings["objects"].items():
        if name not in {kind.value for kind in _FREE}:
            yield f"objects.{name} is none of {', '.join(sorted(kind.value for kind in _FREE))}"
        elif object and not isinstance(object, str):
            yield f"objects.{name} must be an API name"
    twice = [object for object in kinds if [one for one, _ in _kinds(settings)].count(object) > 1]
    yield from (f"{object} is mapped to two kinds" for object in twice)
    for key in ("fields", "options"):
        for object, chosen in settings[key].items():
            if object not in kinds:
                yield f"{key}.{object} is no mapped object; they are {', '.join(kinds)}"
            elif not isinstance(chosen, Mapping):
                yield f"{key}.{object} must be an object"
            else:
                yield from _wrong_names(key, object, kinds[object], chosen)


def _wrong_names(key: str, object: str, kind: Kind, chosen: Mapping[str, Any]) -> Iterator[str]:
    for name, value in chosen.items():
        if key == "options":
            texts = isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values())
            if not texts:
                yield f"options.{object}.{name} must say an option value for each word"
        elif name not in FIELDS[kind] or FIELDS[kind][name].type is Type.LINES:
            yield f"fields.{object}.{name} is no field of a {kind}"
        elif value and not isinstance(value, str):
            yield f"fields.{object}.{name} must be an API name"
    named = [value for value in chosen.values() if isinstance(value, str) and value]
    if key == "fields" and len(named) != len(set(named)):
        yield f"fields.{object} names one field twice"


def _kinds(settings: Mapping[str, Any]) -> list[tuple[str, Kind]]:
    """The mapped objects and what they hold, in the order of ORDER."""
    chosen = {kind: settings["objects"].get(kind.value, OBJECTS.get(kind)) for kind in _FREE}
    found: list[tuple[str, Kind]] = []
    for kind in ORDER:
        if kind is Kind.CUSTOMER:
            found += [(object, kind) for object in settings["customers"]]
        elif isinstance(object := chosen[kind], str) and object:
            found.append((object, kind))
    return found


def _plans(settings: Mapping[str, Any]) -> Iterator[Plan]:
    kinds = _kinds(settings)
    targets = {kind: object for object, kind in reversed(kinds)}
    for object, kind in kinds:
        constants: dict[str, Any] = {}
        if kind is Kind.CUSTOMER:
            constants["type"] = settings["customers"][object]
        elif kind is Kind.PURCHASE:
            constants["kind"] = "sale"
        yield plan_for(
            object,
            kind,
            settings["fields"].get(object, {}),
            words=settings["options"].get(object, {}),
            constants=constants,
            targets=targets,
            currency=settings["currency"],
            zone=settings["time_zone"],
            exclude=frozenset(map(str, settings["extra_exclude"])),
            lines=settings["lines"] and object == ORDERS,
        )
