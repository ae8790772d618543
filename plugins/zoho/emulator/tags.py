"""Tags (contract, section 10): one namespace per module, on records as a list of ids; which names and how many."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from plugins.zoho.emulator.org import Module, Org, Tag

PER_RECORD = 10
NAME_LENGTH = 25
COLORS = (
    "#F17574", "#F48435", "#E7A826", "#A8C026", "#63C57E", "#1DB9B4", "#57B1FD", "#879BFC", "#D297EE", "#FD87BD",
    "#969696", "#658BA8", "#B88562",
)  # fmt: skip
_FORBIDDEN = re.compile("[<>,\U00010000-\U0010ffff\u2600-\u27bf\ufe0f]")


class TagProblem(Exception):
    """The tags cannot be set so. `code` as the API says it."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


def find_tag(module: Module, name: str) -> Tag | None:
    return next((tag for tag in module.tags.values() if tag.name.casefold() == name.casefold()), None)


def named(module: Module, given: Mapping[str, Any]) -> Tag | None:
    """The tag that a request means: its name says it. By the id alone only the screens call one."""
    name = given.get("name")
    return module.tags.get(str(given.get("id"))) if name is None else find_tag(module, str(name))


def check_name(name: Any) -> str:
    if not isinstance(name, str) or not name.strip() or _FORBIDDEN.search(name):
        raise TagProblem("INVALID_DATA", "invalid data", api_name="name")
    if len(name) > NAME_LENGTH:
        raise TagProblem("INVALID_DATA", "invalid data", api_name="name", maximum_length=NAME_LENGTH)
    return name.strip()


def create_tag(org: Org, module: Module, name: Any, color: Any, by: str) -> Tag:
    text = check_name(name)
    if color is not None and color not in COLORS:
        raise TagProblem("MAPPING_MISMATCH", "the color code is not allowed", api_name="color_code")
    if (found := find_tag(module, text)) is not None:
        raise TagProblem("DUPLICATE_DATA", "duplicate data", api_name="name", id=found.id)
    if len(module.tags) >= org.knobs.tag_limit:
        raise TagProblem("LIMIT_EXCEEDED", "tag limit exceeded", limit=org.knobs.tag_limit)
    now = org.now()
    tag = Tag(org.next_id(), text, color, now, now, by)
    module.tags[tag.id] = tag
    return tag


def tags_for(org: Org, module: Module, given: Any, by: str) -> list[str]:
    """The ids of these tags; unknown names are made (EMU: the contract leaves it open)."""
    if not isinstance(given, list) or not all(isinstance(tag, dict) for tag in given):
        raise TagProblem("INVALID_DATA", "invalid data", expected_data_type="jsonarray")
    ids = [_tag_id(org, module, tag, by) for tag in given]
    return limited(dict.fromkeys(ids))


def limited(ids: Iterable[str]) -> list[str]:
    kept = list(ids)
    if len(kept) > PER_RECORD:
        raise TagProblem("LIMIT_EXCEEDED", "tag limit for the record exceeded", limit=PER_RECORD)
    return kept


def _tag_id(org: Org, module: Module, given: dict[str, Any], by: str) -> str:
    found = named(module, given)
    return found.id if found else create_tag(org, module, given.get("name"), given.get("color_code"), by).id
