"""What feedback is, in whatever words a CRM has it: its own language, and capitals where it likes them; and when it was
said. Decides which words mean the same; the words themselves stay as they came."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, func

from kequn.store import synonyms
from kequn.store.synonyms import Words
from kequn.store.where import folded

WORDS: Words = {
    "inquiry": ("inquiry", "question", "咨询"),
    "problem": ("problem", "issue", "报修", "问题", "故障"),
    "opinion": ("opinion", "意见"),
    "suggestion": ("suggestion", "feature request", "建议"),
    "complaint": ("complaint", "投诉"),
}


def is_kind(column: ColumnElement[Any], kind: str) -> ColumnElement[bool]:
    return folded(column).in_(WORDS[kind])


def alike(one: str, said: str | None) -> bool:
    """Whether both mean the same kind, in whatever words."""
    return said is not None and synonyms.alike(one, said, WORDS)


def our_word(said: str | None) -> str | None:
    """What we call it; what is none of these stays as it came."""
    return synonyms.our_word(said, WORDS)


def said_at(feedback: FromClause) -> ColumnElement[Any]:
    """When the customer said it; where nobody knows, when it came to be here. Whatever asks what was said in a period
    means this. When we learned of it (`created_at`) may be years later: a first sync brings what was said long ago."""
    return func.coalesce(feedback.c.happened_at, feedback.c.created_at)
