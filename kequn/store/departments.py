"""What departments are called 部门: by us, and by CRMs in their own language. Decides which words mean the same; the
words themselves stay as they came."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement

from kequn.store.where import fold, folded

WORDS: Mapping[str, Sequence[str]] = {
    "market": ("market", "marketing", "市场", "市场部"),
    "sales": ("sales", "销售", "销售部"),
    "service": ("service", "customer service", "客服", "客服部", "客户服务部"),
}
"""By our word, all that mean it, A-Z in small letters."""


def is_department(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    small = fold(name.strip())
    return folded(column).in_(next((words for words in WORDS.values() if small in words), (small,)))
