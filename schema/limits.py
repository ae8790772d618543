"""How much one operation may cost (cost.py says how much it does), as one rule before all others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import ASTValidationRule, DocumentNode, GraphQLError, GraphQLSchema

from kequn.domain.problems import Problem, Refused
from schema.cost import Cost, Meter
from schema.problems import Fault


@dataclass(frozen=True)
class Limits:
    """The most that one operation may have. `rows`: how many it may read; `page`: entries of one page; `errors`: told
    in one answer; `seconds` and `edit_seconds`: how long a question and an edit may take."""

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


def rule(limits: Limits, variables: Mapping[str, Any]) -> type[ASTValidationRule]:
    """The validation rule for one request."""

    class WithinLimits(ASTValidationRule):
        def enter_document(self, node: DocumentNode, *_: Any) -> None:
            schema: GraphQLSchema = self.context.schema  # type: ignore[attr-defined]
            try:
                cost = Meter(schema, node, variables).cost()
            except RecursionError:
                cost = Cost(depth=limits.depth + 1)
            for problem in exceeded(cost, limits):
                self.report_error(GraphQLError(problem.code, original_error=Refused(problem)))

    return WithinLimits
