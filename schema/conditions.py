"""What the filters of an operation hold, counted before anything is made of them, at each place where they stand: an
object costs as much as all the fields that it could have, and a filter under another alias is asked once more. Decides
how many objects all of them together may be; what a filter may ask is decided in filters.py."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from kequn.domain.problems import Problem
from schema.filters import TESTS
from schema.problems import Fault

OBJECTS = 5 * TESTS  # what leads to a condition is made of objects, too
WRITTEN = ""  # no variable's name: what stands in the document itself


class Conditions:
    """Of the operations of one document. Counts each fragment once, however often it is spread."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._counted: dict[str, Counter[str]] = {}

    def exceeded(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Iterator[Problem]:
        """`variables`: as the client sent them."""
        uses = self._selections(operation.selection_set)
        defaults = {one.variable.name.value: one.default_value for one in operation.variable_definitions or ()}
        sizes = {name: objects(variables.get(name, defaults.get(name))) for name in uses.keys() - {WRITTEN}}
        if uses[WRITTEN] + sum(uses[name] * size for name, size in sizes.items()) > OBJECTS:
            yield Problem(Fault.TOO_MANY_TESTS, facts={"limit": TESTS})

    def _selections(self, node: SelectionSetNode | None) -> Counter[str]:
        """How often each variable stands in a filter there, and how many objects are written there."""
        total: Counter[str] = Counter()
        for one in node.selections if node else ():
            if isinstance(one, FragmentSpreadNode):
                total += self._fragment(one.name.value)
                continue
            if isinstance(one, FieldNode):
                total += Counter(_written(one.value for one in one.arguments or () if one.name.value == "where"))
            total += self._selections(getattr(one, "selection_set", None))
        return total

    def _fragment(self, name: str) -> Counter[str]:
        if name not in self._counted:
            self._counted[name] = Counter()  # a circle ends here; another rule reports it
            fragment = self._fragments.get(name)
            self._counted[name] = self._selections(fragment.selection_set if fragment else None)
        return self._counted[name]


def objects(value: Any) -> int:
    """In JSON, or in a literal."""
    if isinstance(value, ValueNode):
        return sum(name == WRITTEN for name in _written([value]))
    found, nested = 0, [value]
    while nested:
        match nested.pop():
            case dict() as one:
                found += 1
                nested.extend(one.values())
            case list() as some:
                nested.extend(some)
    return found


def _written(values: Iterable[ValueNode]) -> Iterator[str]:
    """WRITTEN for each object, and the names of variables."""
    nested = list(values)
    while nested:
        match nested.pop():
            case VariableNode() as one:
                yield one.name.value
            case ObjectValueNode() as one:
                yield WRITTEN
                nested.extend(field.value for field in one.fields)
            case ListValueNode() as one:
                nested.extend(one.values)
