"""The settings of a connection, read once: forms, and how often what is looked at. Raises BadSettings that names
the setting."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from kequn.contracts.errors import BadSettings
from kequn.contracts.records import FIELDS, Kind, Type
from kequn.contracts.secrets import Secret
from plugins.jiandaoyun.client import Access
from plugins.jiandaoyun.mapping.lines import PARTS
from plugins.jiandaoyun.mapping.tailoring import Facts, FormSettings
from plugins.jiandaoyun.mapping.values import STAFF

ORDER = (
    Kind.TIER, Kind.GROUP, Kind.CUSTOMER, Kind.PURCHASE, Kind.INTERACTION, Kind.FEEDBACK, Kind.MEMBERSHIP,
    Kind.BENEFIT_CLAIM, Kind.SURVEY_ANSWER,
)  # fmt: skip
"""What others refer to comes first."""

_ID = re.compile(r"[0-9a-f]{24}")
_TEXTS = ("kind", "app_id", "entry_id", "key", "currency", "type", "data_creator")
_MAPS = ("fields", "keys", "options", "lines", "targets")


@dataclass(frozen=True)
class Options:
    """`forms`: by what kequn calls them. `staff`: the department whose members are read (0: none). `overlap`: seconds.
    `full_scan_every`: seconds until everything is listed again. `adopt`: write kequn's id into records of others.
    `emails`: of members, by username."""

    access: Access
    forms: Mapping[str, FormSettings]
    facts: Facts
    secret: Secret | None = field(repr=False)
    window: float
    staff: int
    overlap: float
    full_scan_every: float
    adopt: bool
    emails: Mapping[str, str] = field(repr=False)

    @property
    def tiers(self) -> tuple[str, ...]:
        """The options that are tiers, as the settings name them."""
        words = (form.options.get("tier", {}).values() for form in self.forms.values())
        return tuple(dict.fromkeys(text for some in words for text in some))


def read_options(settings: Mapping[str, Any]) -> Options:
    _require_zone(settings["time_zone"])
    forms = {name: _form(str(name), given) for name, given in settings["forms"].items()}
    ordered = sorted(forms.values(), key=lambda form: ORDER.index(form.kind))
    aimed = {form.object: _aimed(form, ordered) for form in ordered}
    return Options(
        Access(settings["base_url"], settings["api_key"]),
        aimed,
        Facts(settings["currency"], settings["time_zone"], frozenset(map(str, settings["extra_exclude"]))),
        settings["webhook_secret"],
        float(settings["webhook_window_seconds"]),
        int(settings["staff_department"]),
        float(settings["overlap_seconds"]),
        float(settings["full_scan_every"]),
        bool(settings["adopt"]),
        _emails(settings["staff_emails"]),
    )


def _emails(given: Mapping[str, Any]) -> dict[str, str]:
    """Raises BadSettings that names the members, not what was said of them."""
    wrong = [name for name, email in given.items() if not isinstance(email, str) or "@" not in email]
    if wrong:
        raise BadSettings(f"staff_emails: {', '.join(wrong)} has no e-mail address")
    return dict(given)


def _require_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError):
        raise BadSettings("time_zone: there is no such zone; write it as Asia/Shanghai") from None


def _form(name: str, given: Any) -> FormSettings:
    wrong = list(_wrong(given))
    if wrong:
        raise BadSettings("; ".join(f"forms.{name}{one}" for one in wrong))
    kind = given.get("kind", name)
    if kind not in set(ORDER):
        raise BadSettings(f"forms.{name}.kind: {kind} is none of {', '.join(ORDER)}")
    wrong = list(_unmapped(Kind(kind), given))
    if wrong:
        raise BadSettings("; ".join(f"forms.{name}{one}" for one in wrong))
    return FormSettings(object=name, **{**given, "kind": Kind(kind)})


def _wrong(given: Any) -> Iterator[str]:
    """What is wrong, whatever the kind."""
    if not isinstance(given, Mapping):
        yield " must be an object"
        return
    for name in given:
        if name not in _TEXTS + _MAPS:
            yield f".{name} is unknown; choose {', '.join(_TEXTS + _MAPS)}"
    for name in ("app_id", "entry_id"):
        if not isinstance(given.get(name), str) or not _ID.fullmatch(given[name]):
            yield f".{name} must be an id of 24 hexadecimal digits"
    for name in _TEXTS:
        if name in given and not isinstance(given[name], str):
            yield f".{name} must be a string"
    for name in _MAPS:
        if not isinstance(given.get(name, {}), Mapping):
            yield f".{name} must be an object"


def _unmapped(kind: Kind, given: Mapping[str, Any]) -> Iterator[str]:
    """What does not fit the kind."""
    known, fields = FIELDS[kind], given.get("fields", {})
    for name, widget in fields.items():
        if name not in known or not isinstance(widget, str) or not widget:
            yield f".fields.{name}: " + ("must name a widget" if name in known else f"a {kind} has no such field")
    for name, spec in known.items():
        if spec.required and name not in fields and name != "type":
            yield f".fields.{name} is missing: a {kind} needs it"
    for name in {**given.get("keys", {}), **given.get("targets", {})}:
        if name not in known or known[name].type is not Type.REF:
            yield f": {name} is no reference of a {kind}"
    for name in given.get("lines", {}):
        if name not in PARTS:
            yield f".lines.{name}: choose {', '.join(PARTS)}"
    for name, words in given.get("options", {}).items():
        if not isinstance(words, Mapping) or not all(isinstance(word, str) for word in words.values()):
            yield f".options.{name} must be an object of texts"


def _aimed(form: FormSettings, forms: list[FormSettings]) -> FormSettings:
    """With a target for every reference that has one."""
    targets = {}
    for name, spec in FIELDS[form.kind].items():
        if spec.to is Kind.STAFF:
            targets[name] = STAFF
        elif spec.type is Type.REF and not (spec.to is Kind.TIER and "tier" in form.options):
            of_kind = [other.object for other in forms if other.kind is spec.to]
            wanted = form.targets.get(name, next(iter(of_kind), None))
            if wanted is not None and wanted not in of_kind:
                raise BadSettings(f"forms.{form.object}.targets.{name}: {wanted} is no form of a {spec.to}")
            if wanted is not None:
                targets[name] = wanted
    return FormSettings(**{**vars(form), "targets": targets})
