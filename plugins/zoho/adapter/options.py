"""The connection's settings as the adapter uses them. The manifest has checked their types; what only Zoho's tables can
tell (do these fields of ours exist?) is checked here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kequn.contracts.errors import BadSettings
from kequn.contracts.records import FIELDS, OUTBOUND, Kind, Type
from kequn.contracts.secrets import Secret
from plugins.zoho.client import Credentials

ACCOUNTS = {
    "us": "https://accounts.zoho.com",
    "eu": "https://accounts.zoho.eu",
    "in": "https://accounts.zoho.in",
    "cn": "https://accounts.zoho.com.cn",
    "au": "https://accounts.zoho.com.au",
    "jp": "https://accounts.zoho.jp",
    "ca": "https://accounts.zohocloud.ca",
    "sa": "https://accounts.zoho.sa",
    "uk": "https://accounts.zoho.uk",
}

KINDS: Mapping[str, Kind] = {
    "Contacts": Kind.CUSTOMER,
    "Accounts": Kind.CUSTOMER,
    "Deals": Kind.PURCHASE,
    "Sales_Orders": Kind.PURCHASE,
    "Cases": Kind.FEEDBACK,
    "Campaigns": Kind.GROUP,
    "Calls": Kind.INTERACTION,
    "Events": Kind.INTERACTION,
    "Tasks": Kind.INTERACTION,
}
"""The modules whose custom fields may be mapped."""

LEAST_CREDITS = 500
UNMAPPABLE = {Type.REF, Type.LINES}
"""In modules of Zoho's; what they refer to is known."""


@dataclass(frozen=True)
class Options:
    credentials: Credentials
    tier_field: str = "Customer_Tier"
    campaigns: bool = False
    won_stages: tuple[str, ...] = ("Closed Won",)
    all_deals: bool = False
    sales_orders: bool = False
    lines: bool = False
    notes: bool = False
    modules: Mapping[str, Kind] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    extra_exclude: frozenset[str] = frozenset()
    bulk_threshold: int = 5000
    tag_sweep_seconds: float = 86400.0
    create_fields: bool = True


def read_options(settings: Mapping[str, Any]) -> Options:
    """Raises BadSettings that names the key."""
    stages = tuple(str(stage) for stage in settings.get("won_stages") or ())
    if not stages:
        raise BadSettings("settings for Zoho CRM: won_stages is empty")
    if settings["daily_credits"] != 0 and settings["daily_credits"] < LEAST_CREDITS:
        raise BadSettings(f"settings for Zoho CRM: daily_credits must be 0, or {LEAST_CREDITS} at least")
    modules = _modules(settings["modules"])
    return Options(
        credentials=credentials_of(settings),
        tier_field=settings["tier_field"],
        campaigns=settings["groups"] == "campaigns",
        won_stages=stages,
        all_deals=settings["all_deals"],
        sales_orders=settings["sales_orders"],
        lines=settings["lines"],
        notes=settings["notes"],
        modules=modules,
        fields=_custom_fields(settings["fields"], modules),
        extra_exclude=frozenset(str(name) for name in settings["extra_exclude"]),
        bulk_threshold=settings["bulk_threshold"],
        tag_sweep_seconds=settings["tag_sweep_minutes"] * 60.0,
        create_fields=settings["create_fields"],
    )


def credentials_of(settings: Mapping[str, Any]) -> Credentials:
    url = settings.get("accounts_url") or ACCOUNTS[settings["data_center"]]
    tokens = {name: Secret(settings[name]) for name in ("refresh_token", "grant_code") if settings.get(name)}
    return Credentials(
        accounts_url=url.rstrip("/"),
        client_id=settings["client_id"],
        client_secret=Secret(settings["client_secret"]),
        redirect_uri=settings.get("redirect_uri"),
        **tokens,
    )


def _modules(given: Mapping[str, Any]) -> dict[str, Kind]:
    wrong = [f"modules.{name} is a module of Zoho's" for name in given if name in KINDS]
    wrong += [
        f"modules.{name} is none of {', '.join(sorted(OUTBOUND))}" for name in given if given[name] not in OUTBOUND
    ]
    if wrong:
        raise BadSettings(f"settings for Zoho CRM: {'; '.join(wrong)}")
    return {name: Kind(kind) for name, kind in given.items()}


def _custom_fields(given: Mapping[str, Any], modules: Mapping[str, Kind]) -> dict[str, dict[str, str]]:
    wrong: list[str] = []
    kinds = {**KINDS, **modules}
    for module, names in given.items():
        if module not in kinds:
            wrong.append(f"fields.{module} is none of {', '.join(kinds)}")
        elif not isinstance(names, Mapping):
            wrong.append(f"fields.{module} must be an object: a field of Zoho to a field of kequn")
        else:
            wrong += [f"fields.{module}.{name} {why}" for name, why in _wrong_fields(kinds[module], names)]
    for module, kind in modules.items():
        needed = {name for name, field in FIELDS[kind].items() if field.required}
        lacking = sorted(needed - set(_values(given.get(module))))
        wrong += [f"fields.{module} maps no field to {name}, which a {kind} needs" for name in lacking]
    if wrong:
        raise BadSettings(f"settings for Zoho CRM: {'; '.join(wrong)}")
    return {module: dict(names) for module, names in given.items()}


def _values(names: Any) -> list[str]:
    return [str(one) for one in names.values()] if isinstance(names, Mapping) else []


def _wrong_fields(kind: Kind, names: Mapping[str, Any]) -> list[tuple[str, str]]:
    closed = {Type.LINES} if kind in OUTBOUND else UNMAPPABLE
    known = {name for name, field in FIELDS[kind].items() if field.type not in closed and name != "type"}
    unknown = [(name, f"is mapped to no field of a {kind}") for name, ours in names.items() if ours not in known]
    twice = [name for name, ours in names.items() if list(names.values()).count(ours) > 1]
    return unknown + [(name, "is mapped to the same field as another one") for name in twice]
