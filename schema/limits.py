"""How much one operation may cost; cost.py says how much it does."""

from collections.abc import Iterator
from dataclasses import dataclass

from kequn.domain.problems import Problem
from schema.cost import Cost
from schema.problems import Fault


@dataclass(frozen=True)
class Limits:
    """The most that one operation may have. `rows`: how many it may read; `page`: entries of one page; `errors`: told
    in one answer; `seconds` and `edit_seconds`: how long a question and an edit may take; `customers`:
    of more than so many a worker makes the evaluation."""

    characters: int = 15_000
    tokens: int = 1000
    depth: int = 12
    aliases: int = 30
    directives: int = 20
    rows: int = 10_000
    page: int = 100
    errors: int = 20
    seconds: float = 5.0
    edit_seconds: float = 30.0
    customers: int = 50_000


def exceeded(cost: Cost, limits: Limits) -> Iterator[Problem]:
    for code, count, limit in (
        (Fault.TOO_DEEP, cost.depth, limits.depth),
        (Fault.TOO_MANY_ALIASES, cost.aliases, limits.aliases),
        (Fault.TOO_MANY_DIRECTIVES, cost.directives, limits.directives),
        (Fault.PAGE_TOO_BIG, cost.page, limits.page),
        (Fault.TOO_MANY_ROWS, cost.rows, limits.rows),
    ):
        if count > limit:
            yield Problem(code, facts={"count": min(count, 10**12), "limit": limit})
