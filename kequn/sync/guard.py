"""The brakes: refuse what is too big to be true. Pure; counts come from the plan and from the run so far."""

from kequn.contracts.errors import UnsafePlan
from kequn.sync.policy import Limits

SHRUNKEN = 0.5
"""A complete scan that meets less than this share of what the last one met is not believed."""


def raise_if_unsafe(noun: str, count: int, linked: int, limits: Limits) -> None:
    """`noun`: what would happen, such as "deleted here". Raises UnsafePlan."""
    deletes = noun.startswith("deleted")
    allowed = limits.allowed(linked)
    if count > allowed and not (deletes and limits.allow_deletes):
        flag = "--allow-deletes" if deletes else "--allow-unsafe"
        raise UnsafePlan(
            f"{count} of {linked} linked records would be {noun}, more than the {allowed} that one run may. "
            f"Look at the plan (kequn sync plan); if it is right, run again with {flag}"
        )


def raise_if_shrunken(feed: str, met: int, before: int, limits: Limits) -> None:
    """A scan that suddenly ends early must not look like mass deletion. Raises UnsafePlan."""
    if before >= limits.least and met < before * SHRUNKEN:
        raise UnsafePlan(
            f"{feed} lists {met} records, {before} the last time. Nothing was deleted; "
            "if that is right, run again with --allow-unsafe"
        )
