"""What feedback is, in whatever words a CRM has it: its own language, and capitals where it likes them. Decides which
words mean the same; the words themselves stay as they came."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement

from kequn.store.where import fold, folded

WORDS: Mapping[str, Sequence[str]] = {
    "inquiry": ("inquiry", "question", "咨询"),
    "problem": ("problem", "issue", "报修", "问题", "故障"),
    "opinion": ("opinion", "意见"),
    "suggestion": ("suggestion", "feature request", "建议"),
    "complaint": ("complaint", "投诉"),
}
"""By our word, all that mean it, A-Z in small letters."""


def is_kind(column: ColumnElement[Any], kind: str) -> ColumnElement[bool]:
    return folded(column).in_(WORDS[kind])


def is_same(column: ColumnElement[Any], said: str | None) -> ColumnElement[bool]:
    """Whether both mean the same kind, in whatever words."""
    if said is None:
        return column.is_(None)
    return folded(column).in_(WORDS.get(our_word(said) or "", (fold(said),)))


def our_word(said: str | None) -> str | None:
    """What we call it; what is none of these stays as it came."""
    small = fold(said or "")
    return next((kind for kind, words in WORDS.items() if small in words), said)
