"""Texts with placeholders, such as the welcome of a group. Pure."""

from collections.abc import Iterator
from string import Formatter

from kequn.domain.problems import Code, refuse

PLACEHOLDERS = ("name", "group", "goal", "gift")


def check(words: str, field: str) -> str:
    """The words. Raises Refused for a placeholder that there is none of, or a brace that stands alone."""
    for _ in _parts(words, field):
        pass
    return words


def fill(words: str, **values: str) -> str:
    """The words with their placeholders filled in; what is filled in is not looked at again. Raises Refused."""
    return "".join(text + (values[name] if name else "") for text, name in _parts(words, "welcome"))


def _parts(words: str, field: str) -> Iterator[tuple[str, str | None]]:
    """Text, and the placeholder behind it."""
    try:
        for text, name, form, conversion in Formatter().parse(words):
            if name is not None and (name not in PLACEHOLDERS or form or conversion):
                raise refuse(Code.BAD_TEXT, field)
            yield text, name
    except ValueError:
        raise refuse(Code.BAD_TEXT, field) from None
