"""What feedback is, in whatever words a CRM has it: its own language, and capitals where it likes them. Decides which
words mean the same; the words themselves stay as they came."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement

from kequn.store.where import folded

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
