"""What is said in words, grouped by what it is about: the categories of feedback, each with how content those are who
named it. By the words of the standard; a text may be about several, or about none of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

from kequn.domain.service.lexicon import Grading

SHOWN = 3


@dataclass(frozen=True)
class Opinion:
    """A text, and how content its author is, from 0 to 1, where that is known."""

    text: str = field(repr=False)
    content: float | None = None


@dataclass(frozen=True)
class Group:
    """What so many texts are about. `content`: the mean; `texts`: some of them, the least content first."""

    category: str
    count: int
    share: float
    content: float | None
    texts: tuple[str, ...] = field(repr=False)


def group(opinions: Sequence[Opinion], words: Grading) -> list[Group]:
    """The largest first."""
    found: dict[str, list[Opinion]] = {}
    for one in opinions:
        for category in about(one.text, words):
            found.setdefault(category, []).append(one)
    groups = [_group(category, some, len(opinions)) for category, some in found.items()]
    return sorted(groups, key=lambda one: (-one.count, one.category))


def about(text: str, words: Grading) -> list[str]:
    small = text.lower()
    found = [name for name, some in words.categories.items() if any(word.lower() in small for word in some)]
    return [*found] or ["other"]


def _group(category: str, some: Sequence[Opinion], whole: int) -> Group:
    known = [one.content for one in some if one.content is not None]
    worst = sorted(some, key=lambda one: 1.0 if one.content is None else one.content)[:SHOWN]
    mean = fmean(known) if known else None
    return Group(category, len(some), len(some) / whole, mean, tuple(one.text for one in worst))
