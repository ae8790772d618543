"""What each department needs to know of a customer, and what it is to do: one portrait, seen from four sides. Pure. All
departments see the same values, so that none is an island; the sides decide what comes first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SIDES: Mapping[str, Sequence[str]] = {
    "marketing": (
        "source", "region", "interests", "product_preferences", "opted_out", "preference", "value_class", "lifecycle",
    ),
    "sales": (
        "needs", "product_preferences", "value_class", "frequency_class", "importance", "orders", "spend_window_micros",
        "last_order_at",
    ),
    "product": (
        "needs", "product_preferences", "favourite", "favourite_share", "returns_recent", "satisfaction",
    ),
    "service": (
        "phone", "language", "needs", "satisfaction", "last_contact_at", "contacts_window", "loyalty_class",
        "tier_class", "tier_step",
    ),
}  # fmt: skip
"""By side the fields of the customer and of the standing."""

RULES: Mapping[str, Sequence[str]] = {
    "marketing": ("frequency", "lifecycle", "importance"),
    "sales": ("value", "importance", "lifecycle"),
    "product": (),
    "service": ("loyalty", "frequency"),
}
"""By side the rules whose strategies are its own."""


@dataclass(frozen=True)
class Portrait:
    """`knows`: by field, what is known; what is not stands there empty. `advice`: what is to be done."""

    knows: Mapping[str, Any]
    advice: Sequence[str]


def portrait(
    side: str, customer: Mapping[str, Any], standing: Mapping[str, Any], strategies: Sequence[Any]
) -> Portrait:
    """`strategies`: those that fit the customer."""
    known = {name: customer[name] if name in customer else standing.get(name) for name in SIDES[side]}
    return Portrait(known, [one.advice for one in strategies if one.rule in RULES[side]])
