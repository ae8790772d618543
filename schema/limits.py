"""What an operation may cost, known before a row is read: depth, aliases, directives, tokens, and rows, which is the
sum over all lists of the product of the page sizes that lead there. One rule, before all others; it measures each
fragment once, however often it is spread."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

from kequn.domain.problems import Problem, Refused
from schema.paging import DEFAULT
from schema.problems import Fault


@dataclass(frozen=True)
class Limits:
    """The most that one operation may have. `rows`: how many it may read."""

    depth: int = 24
    aliases: int = 60
    directives: int = 60
    tokens: int = 4000
    rows: int = 100_000


@dataclass(frozen=True)
class Cost:
    """What a part of a document costs, each spread of a fragment counted."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    rows: int = 0

    def beside(self, other: "Cost") -> "Cost":
        return Cost(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.rows + other.rows,
        )


class Meter:
    """Measures the operations of one document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._schema = schema
        self._variables = variables
        self._operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[str, Cost] = {}

    def cost(self) -> Cost:
        """Of the dearest operation, in each respect."""
        costs = [self._operation(operation) for operation in self._operations]
        return Cost(
            max((cost.depth for cost in costs), default=0),
            max((cost.aliases for cost in costs), default=0),
            max((cost.directives for cost in costs), default=0),
            max((cost.rows for cost in costs), default=0),
        )

    def _operation(self, node: OperationDefinitionNode) -> Cost:
        own = Cost(directives=len(node.directives or ()))
        return own.beside(self._selections(node.selection_set, self._schema.get_root_type(node.operation)))

    def _selections(self, node: SelectionSetNode | None, parent: GraphQLNamedType | None) -> Cost:
        total = Cost()
        for selection in node.selections if node else ():
            directives = Cost(directives=len(selection.directives or ()))
            if isinstance(selection, FieldNode):
                inner = self._field(selection, parent)
            elif isinstance(selection, FragmentSpreadNode):
                inner = self._spread(selection.name.value)
            else:
                condition = getattr(selection, "type_condition", None)
                inner = self._selections(selection.selection_set, self._named(condition) or parent)  # type: ignore[attr-defined]
            total = total.beside(directives).beside(inner)
        return total

    def _spread(self, name: str) -> Cost:
        if name not in self._measured:
            self._measured[name] = Cost()  # a circle ends here; another rule reports it
            fragment = self._fragments.get(name)
            if fragment is not None:
                own = Cost(directives=len(fragment.directives or ()))
                inner = self._selections(fragment.selection_set, self._named(fragment.type_condition))
                self._measured[name] = own.beside(inner)
        return self._measured[name]

    def _named(self, condition: Any) -> GraphQLNamedType | None:
        return self._schema.type_map.get(condition.name.value) if condition else None

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Cost:
        field: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        inner = self._selections(node.selection_set, get_named_type(field.type) if field else None)
        size = self._size(node, field)
        return Cost(
            inner.depth + 1,
            inner.aliases + (node.alias is not None),
            inner.directives,
            inner.rows if size is None else size * (1 + inner.rows),
        )

    def _size(self, node: FieldNode, field: GraphQLField | None) -> int | None:
        """How many rows a list may bring; None for what is no list."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        if field is None or not {"first", "ids"} & field.args.keys():
            return None
        if "ids" in field.args:
            return self._length(given.get("ids"))
        sizes = [self._number(given[name]) for name in ("first", "last") if name in given]
        return next((size for size in sizes if size is not None), DEFAULT)

    def _length(self, node: ValueNode | None) -> int:
        if isinstance(node, VariableNode):
            value = self._variables.get(node.name.value)
            return len(value) if isinstance(value, list) else 1
        return len(node.values) if isinstance(node, ListValueNode) else 1

    def _number(self, node: ValueNode) -> int | None:
        if isinstance(node, VariableNode):
            value = self._variables.get(node.name.value)
            return max(value, 0) if isinstance(value, int) else None
        if isinstance(node, NullValueNode):
            return None
        return max(int(node.value), 0) if isinstance(node, IntValueNode) else DEFAULT


def exceeded(cost: Cost, limits: Limits) -> Iterator[Problem]:
    for code, count, limit in (
        (Fault.TOO_DEEP, cost.depth, limits.depth),
        (Fault.TOO_MANY_ALIASES, cost.aliases, limits.aliases),
        (Fault.TOO_MANY_DIRECTIVES, cost.directives, limits.directives),
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
