"""What departments are called 部门: by us, and by CRMs in their own language. Decides which words mean the same; the
words themselves stay as they came."""

from typing import Any

from sqlalchemy import ColumnElement

from kequn.store import synonyms
from kequn.store.synonyms import Words, means

WORDS: Words = {
    "market": ("market", "marketing", "市场", "市场部"),
    "sales": ("sales", "销售", "销售部"),
    "service": ("service", "customer service", "客服", "客服部", "客户服务部"),
}


def is_department(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return means(column, name, WORDS)


def alike(one: str, name: str) -> bool:
    """The same of a department that was read."""
    return synonyms.alike(one, name, WORDS)
