"""What makes two records the same one: normal forms of phone, e-mail and other identities, and the keys of a record.
Pure. Decides when identities are equal; who is matched with whom is decided by the engine."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import MappingProxyType
from uuid import UUID

import phonenumbers
from stdnum.cn import uscc as _uscc
from stdnum.exceptions import ValidationError

from kequn.contracts.records import Kind

PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        Kind.CUSTOMER: "cus",
        Kind.STAFF: "stf",
        Kind.TIER: "tir",
        Kind.GROUP: "grp",
        Kind.MEMBERSHIP: "mem",
        Kind.PURCHASE: "pur",
        Kind.INTERACTION: "int",
        Kind.FEEDBACK: "fbk",
        Kind.BENEFIT_CLAIM: "clm",
        Kind.SURVEY_ANSWER: "ans",
        "connection": "con",
        "run": "run",
        "conflict": "cfl",
        "duplicate": "dup",
        "change": "chg",
        "alert": "alt",
        "task": "tsk",
        "pin": "pin",
        "standard": "std",
        "point_entry": "pnt",
        "token": "tok",
        "segment": "seg",
        "flow": "flw",
        "service_case": "cas",
        "case_step": "stp",
        "offer": "off",
        "trial": "trl",
        "charter": "chr",
        "rules_version": "rul",
        "consent": "cns",
        "join_link": "jln",
        "application": "app",
        "member_standing": "mst",
        "member_event": "mev",
        "activity_day": "act",
        "violation": "vio",
        "violation_check": "vck",
        "suspicion": "sus",
        "post": "pst",
        "gathering": "gth",
        "sign_up": "sgn",
        "draw": "drw",
        "notice": "ntc",
        "review": "rev",
        "lesson": "les",
        "assignment": "asg",
        "template_use": "tpu",
        "benefit": "ben",
        "benefit_day": "bnd",
        "incentive": "inc",
        "service_standard": "svc",
        "ticket": "tkt",
        "ticket_step": "tks",
        "crisis_plan": "crp",
        "crisis_run": "crr",
        "training": "trg",
        "trainee": "tne",
        "survey": "srv",
        "survey_wave": "wav",
        "survey_invitation": "inv",
        "rule_review": "rrv",
        "purpose_consent": "pcn",
        "privacy_act": "pva",
        "retention_rule": "ret",
    }
)
"""What stands in front of a kequn id, by the noun that it names."""

_NOUNS = {prefix: noun for noun, prefix in PREFIXES.items()}
_ID = re.compile(r"([a-z]{3})_([0-9a-f]{32})")
_EXTENSION = re.compile(r"转|轉|分机|分機|(?<![a-z])ext", re.IGNORECASE)
_GAPS = str.maketrans("", "", " -")
_LOCAL_PART = re.compile(r"[^\s\x00-\x1f\x7f@()<>\[\]:;,\\\"]+")
_HOST_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*")


@dataclass(frozen=True, order=True)
class Key:
    """One identity in normal form. Equal keys of one kind suggest the same record. The value is never printed."""

    type: str
    value: str = field(repr=False)


def is_region(text: str) -> bool:
    """Whether numbers are dialled there: a country of ISO 3166, such as CN."""
    return text in phonenumbers.SUPPORTED_REGIONS


@lru_cache(maxsize=10_000)  # on its way through a sync a record is asked for its keys several times
def phone(text: str, region: str = "CN") -> str | None:
    """E.164, without extension. `region` (ISO 3166) is where a number without country code is dialled.
    None when it is not a valid number."""
    bare = _EXTENSION.split(unicodedata.normalize("NFKC", text), maxsplit=1)[0]
    if mobile := _mobile(bare, region):
        return mobile
    try:
        number = phonenumbers.parse(bare, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _mobile(bare: str, region: str) -> str | None:
    """A Chinese one. Most numbers are, and to parse and check them takes the library ten times as long."""
    match = _mobiles().fullmatch(bare.translate(_GAPS))
    return f"+86{match['number']}" if match and (match["country"] or region == "CN") else None


@cache
def _mobiles() -> re.Pattern[str]:
    china = phonenumbers.PhoneMetadata.metadata_for_region("CN")
    assert china and china.mobile  # noqa: S101, PT018 - the library has them
    return re.compile(rf"(?P<country>\+86)?(?P<number>{china.mobile.national_number_pattern})")


@lru_cache(maxsize=10_000)
def email(text: str) -> str | None:
    """Trimmed, in lower case, the domain in its ASCII form. Dots and "+tags" are kept: what they mean is up to the
    provider. None when it is not an address on the internet."""
    local, at, domain = _fold(text).strip().rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local) or len(local) > 64 or len(domain) > 253:
        return None
    try:
        host = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return f"{local}@{host}" if _HOST_NAME.fullmatch(host) and len(host) <= 253 else None


def union_id(text: str) -> str | None:
    """WeChat's id of a person across the apps of one company: opaque, case counts."""
    return text.strip() or None


def uscc(text: str) -> str | None:
    """Unified social credit code: 18 characters, checked. None when it is not one."""
    try:
        code = _uscc.validate(unicodedata.normalize("NFKC", text))
    except ValidationError:
        return None
    # Rows of zeros pass the check digit; forms use them for "unknown", and no authority is numbered 0.
    return None if code.startswith("0") else code


def reference(text: str) -> str | None:
    """The record's number in another system (or a kequn id): opaque, case counts."""
    return text.strip() or None


def name(text: str) -> str | None:
    """For groups and tiers: width, case and runs of spaces do not count."""
    return " ".join(_fold(text).split()) or None


_RULES: Mapping[Kind, Mapping[str, Callable[[str], str | None]]] = MappingProxyType(
    {
        Kind.CUSTOMER: {
            "uscc": uscc,
            "phone": phone,
            "email": email,
            "union_id": union_id,
            "reference": reference,
        },
        Kind.STAFF: {"email": email},
        Kind.TIER: {"name": name},
        Kind.GROUP: {"name": name},
    }
)

IDENTITIES: tuple[str, ...] = tuple(_RULES[Kind.CUSTOMER])
"""The identity keys of a customer, the most telling first."""


def keys(kind: Kind, fields: Mapping[str, object], region: str = "CN") -> tuple[Key, ...]:
    """The identity keys of a record, the most telling first. Invalid values give no key; kinds without identities of
    their own (a purchase, a membership, ...) have none."""
    found: list[Key] = []
    for type, rule in _RULES.get(kind, {}).items():
        text = fields.get(type)
        value = (phone(text, region) if rule is phone else rule(text)) if isinstance(text, str) else None
        if value is not None:
            found.append(Key(type, value))
    return tuple(found)


def format_id(noun: str, id: UUID) -> str:
    """`cus_<32 hex>`. `noun`: a Kind, another noun of PREFIXES, or a prefix."""
    prefix = PREFIXES.get(noun, noun)
    if prefix not in _NOUNS:
        raise ValueError(f"kequn has no ids for {noun!r}")
    return f"{prefix}_{id.hex}"


def parse_id(text: str, noun: str | None = None) -> tuple[str, UUID]:
    """Prefix and UUID. Raises ValueError when it is not a kequn id, or not one of `noun`."""
    match = _ID.fullmatch(text)
    if match is None:
        wanted = PREFIXES.get(noun, noun) if noun else "cus"
        raise ValueError(f"not a kequn id: it should look like {wanted}_ and 32 hexadecimal digits")
    prefix, digits = match.groups()
    if prefix not in _NOUNS:
        raise ValueError(f"not a kequn id: {prefix}_ is none of {', '.join(f'{known}_' for known in _NOUNS)}")
    if noun is not None and prefix != PREFIXES.get(noun, noun):
        raise ValueError(f"this is the id of a {_NOUNS[prefix]}, not of a {_NOUNS.get(noun, noun)}")
    return prefix, UUID(digits)


def _fold(text: str) -> str:
    # Twice, because folding case can undo a composition, and composing can bring up a letter to fold.
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFKC", once.casefold())
