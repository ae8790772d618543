"""How a feedback is graded: what it is about, how grave it is, how it is meant, where it is answered. By plain rules
over its words and over how content the customer said to be; people may grade otherwise. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

CATEGORIES = ("product", "price", "delivery", "service", "benefit", "other")
SEVERITIES = ("low", "medium", "high", "critical")
SENTIMENTS = ("negative", "neutral", "positive")
WORDS: Mapping[str, tuple[str, ...]] = {
    "delivery": ("物流", "快递", "发货", "配送", "到货", "deliver", "shipping", "shipment", "parcel"),
    "price": ("价格", "贵", "收费", "退款", "发票", "price", "refund", "expensive", "invoice"),
    "benefit": ("福利", "优惠券", "积分", "活动", "抽奖", "coupon", "points", "event"),
    "service": ("客服", "态度", "服务", "回复", "service", "attitude", "reply", "rude"),
    "product": ("质量", "产品", "坏", "破损", "故障", "瑕疵", "quality", "product", "broken", "defect"),
}
CRITICAL = (
    "安全",
    "受伤",
    "过敏",
    "起火",
    "媒体",
    "曝光",
    "律师",
    "法院",
    "injur",
    "allerg",
    "fire",
    "lawyer",
    "lawsuit",
)
_BY_KIND = {"complaint": "high", "problem": "medium"}
_RAISED = frozenset({"vip", "strategic"})


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


def grade(said: Said) -> Grade:
    severity = _severity(said)
    sentiment, by = _sentiment(said)
    complex_one = said.kind == "complaint" or severity in {"high", "critical"}
    return Grade(_category(said.text), severity, sentiment, by, "private" if complex_one else "group")


def _category(text: str) -> str:
    """What most of its words are about; of two the one that is named first in the table."""
    small = text.lower()
    counts = {name: sum(small.count(word) for word in words) for name, words in WORDS.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else "other"


def _severity(said: Said) -> str:
    small = said.text.lower()
    if any(word in small for word in CRITICAL):
        return "critical"
    named = (said.priority or "").lower()
    found = SEVERITIES.index(named if named in SEVERITIES else _BY_KIND.get(said.kind or "", "low"))
    return SEVERITIES[min(found + (said.tier in _RAISED and found > 0), 3)]


def _sentiment(said: Said) -> tuple[str, str]:
    """By how content the customer said to be; where they said nothing by the kind."""
    if said.rating is not None:
        return SENTIMENTS[0 if said.rating < 50 else 2 if said.rating >= 75 else 1], "rating"
    return ("negative" if said.kind in {"complaint", "problem"} else "neutral"), "kind"
