"""Tags as groups, tags on a contact as memberships, picklist options as tiers, users as staff. Pure.
These are no records of a module: they have neither custom fields nor a kequn id."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.codecs import Text, Unreadable, parse_time
from kequn.contracts.errors import Rejected
from kequn.contracts.records import Kind, Record, Ref, Roster, Value
from plugins.zoho.mapping.tables import modified_at
from plugins.zoho.mapping.values import EMPTY_OPTION, Raw

TAG_LENGTH = 25
COLOURS = frozenset(
    {
        *("#F17574", "#F48435", "#E7A826", "#A8C026", "#63C57E", "#1DB9B4", "#57B1FD"),
        *("#879BFC", "#D297EE", "#FD87BD", "#969696", "#658BA8", "#B88562"),
    }
)
_NOT_IN_TAGS = re.compile(
    "[<>,\u200d\u20e3\u2122\u2139\u2194-\u21ff\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934-\u2935\u2b05-\u2b55\u3030\u303d"
    "\u3297\u3299\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)


def tag(raw: Raw) -> Record:
    """Raises ValueError."""
    name = Text().read(raw.get("name"))
    if name is None or not raw.get("id"):
        raise Unreadable("a tag without a name or id", "name")
    version = _version(raw.get("modified_time"))
    fields: dict[str, Value] = {"name": name, "colour": Text().read(raw.get("color_code"))}
    return Record(Kind.GROUP, "Tags", str(raw["id"]), version, fields)


def tag_fields(fields: Mapping[str, Value]) -> dict[str, Value]:
    """A tag's fields in normal form. Raises Rejected, naming the field: nothing is cut to make it fit."""
    known = {name: Text().write(value) for name, value in fields.items() if name in {"name", "colour"}}
    name, colour = known.get("name"), known.get("colour")
    if name is not None and len(name) > TAG_LENGTH:
        raise Rejected(f"name: a tag of Zoho has at most {TAG_LENGTH} characters, not {len(name)}", field="name")
    if name is not None and _NOT_IN_TAGS.search(name):
        raise Rejected("name: a tag of Zoho holds no <, >, comma or emoji", field="name")
    if colour is not None:
        known["colour"] = colour = colour.upper()
        if colour not in COLOURS:
            raise Rejected("colour: a tag of Zoho has one of 13 colours, and this is none of them", field="colour")
    return dict(known)


def roster(raw: Raw) -> Roster:
    """The memberships of a contact: its tags. Raises Unreadable."""
    owner = Ref(Kind.CUSTOMER, "Contacts", str(raw["id"]))
    version = int(modified_at(raw).timestamp())
    tags = raw.get("Tag") or ()
    try:
        groups = [Ref(Kind.GROUP, "Tags", str(one["id"])) for one in tags]
    except (KeyError, TypeError):
        raise Unreadable("tags without ids", "Tag") from None
    return Roster(owner, "Taggings", version, tuple(membership("Taggings", owner, group, version) for group in groups))


def membership(object: str, customer: Ref, group: Ref, version: int) -> Record:
    return Record(
        Kind.MEMBERSHIP, object, f"{customer.id}|{group.id}", version, {"customer": customer, "group": group}
    )  # fmt: skip


def pair(id: str) -> tuple[str, str]:
    """Contact and group of a membership's id."""
    contact, _, group = id.partition("|")
    return contact, group


def tiers(options: Sequence[Mapping[str, Any]]) -> list[Record]:
    """The options of the tier picklist, in its order."""
    found = [option for option in options if option.get("actual_value") not in (None, "", EMPTY_OPTION)]
    used = [option for option in found if option.get("type") != "unused"]
    return [tier(str(one["actual_value"]), str(one.get("display_value") or ""), at) for at, one in enumerate(used, 1)]


def tier(id: str, display: str | None = None, rank: int | None = None) -> Record:
    return Record(Kind.TIER, "Tiers", id, 0, {"name": display or id, "rank": rank})


def user(raw: Raw) -> Record:
    """Raises ValueError."""
    name = Text().read(raw.get("full_name")) or Text().read(raw.get("last_name"))
    if name is None or not raw.get("id"):
        raise Unreadable("a user without a name or id", "full_name")
    role = raw.get("role")
    fields: dict[str, Value] = {
        "name": name,
        "email": Text().read(raw.get("email")),
        "phone": Text().read(raw.get("mobile") or raw.get("phone")),
        "role": Text().read(role.get("name")) if isinstance(role, Mapping) else None,
        "active": raw.get("status") == "active",
    }
    return Record(Kind.STAFF, "Users", str(raw["id"]), _version(raw.get("Modified_Time")), fields)


def _version(time: Any) -> int:
    """0 where there is no time: tags and users need none."""
    try:
        return int(parse_time(time).timestamp()) if isinstance(time, str) else 0
    except ValueError:
        return 0
