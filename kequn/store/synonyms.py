"""Whether a column means the same as a word, where CRMs have words of their own for it. Decides how words are compared;
which of them mean the same is said where they are (kinds, departments)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement

from kequn.store.where import fold, folded

Words = Mapping[str, Sequence[str]]
"""By our word, all that mean it, A-Z in small letters."""


def means(column: ColumnElement[Any], said: str, words: Words) -> ColumnElement[bool]:
    """What is none of these words means itself."""
    return folded(column).in_(_all(said, words))


def alike(one: str, said: str, words: Words) -> bool:
    """The same of a word that was read."""
    return fold(one) in _all(said, words)


def _all(said: str, words: Words) -> Sequence[str]:
    return words.get(our_word(said, words) or "", (fold(said.strip()),))


def our_word(said: str | None, words: Words) -> str | None:
    """What we call it; what is none of these stays as it came."""
    small = fold((said or "").strip())
    return next((ours for ours, some in words.items() if small in some), said)
