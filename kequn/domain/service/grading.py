"""How a feedback is graded: what it is about, how grave it is, how it is meant, where it is answered. By plain rules
over its words (lexicon.py) and over how content the customer said to be; people may grade otherwise. Pure."""

from dataclasses import dataclass

from kequn.domain.service.lexicon import Grading, Words

CATEGORIES = ("product", "price", "delivery", "service", "benefit", "other")
SEVERITIES = ("low", "medium", "high", "critical")
SENTIMENTS = ("negative", "neutral", "positive")
_BY_KIND = {"complaint": "high", "problem": "medium"}
_RAISED = frozenset({"vip", "strategic"})
_PRIORITIES = {"低": "low", "中": "medium", "高": "high", "紧急": "critical", "urgent": "critical"}


@dataclass(frozen=True)
class Said:
    """What is known of a feedback. `rating`: how content the customer last was, from 0 to 100; `tier`: as the rules
    see it."""

    kind: str | None
    priority: str | None
    text: str
    rating: int | None = None
    tier: str | None = None


@dataclass(frozen=True)
class Grade:
    category: str
    severity: str
    sentiment: str
    sentiment_by: str
    setting: str


def grade(said: Said, words: Grading) -> Grade:
    severity = _severity(said, words)
    sentiment, by = _sentiment(said, words)
    complex_one = said.kind == "complaint" or severity in {"high", "critical"}
    return Grade(_category(said.text, words), severity, sentiment, by, "private" if complex_one else "group")


def _category(text: str, words: Grading) -> str:
    """What most of its words are about."""
    counts: dict[str, int] = {name: _count(text, some) for name, some in words.categories.items()}
    best = max(counts, key=lambda name: counts[name], default="other")
    return best if counts.get(best) else "other"


def _count(text: str, words: Words) -> int:
    small = text.lower()
    return sum(small.count(word.lower()) for word in words)


def _severity(said: Said, words: Grading) -> str:
    if _count(said.text, words.critical):
        return "critical"
    said_so = (said.priority or "").lower()
    named = _PRIORITIES.get(said_so, said_so)
    found = SEVERITIES.index(named if named in SEVERITIES else _BY_KIND.get(said.kind or "", "low"))
    return SEVERITIES[min(found + (said.tier in _RAISED and found > 0), 3)]


def _sentiment(said: Said, words: Grading) -> tuple[str, str]:
    """By how content the customer said to be; else by what the words say more of, else by the kind."""
    if said.rating is not None:
        return SENTIMENTS[0 if said.rating < 50 else 2 if said.rating >= 75 else 1], "rating"
    bad, rest = _taken_out(said.text, words.negative)
    good = _count(rest, words.positive)
    if bad != good:
        return ("negative" if bad > good else "positive"), "words"
    return ("negative" if said.kind in {"complaint", "problem"} else "neutral"), "kind"


def _taken_out(text: str, words: Words) -> tuple[int, str]:
    """How many of these words, and the text without them: 不满意 is no 满意."""
    left, found = text.lower(), 0
    for word in sorted(words, key=len, reverse=True):
        found += left.count(word.lower())
        left = left.replace(word.lower(), " ")
    return found, left
