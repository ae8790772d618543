"""How much the arguments of an operation hold, counted before anything is made of it: coercion takes up to a tenth of a
millisecond for each object. Counted at each place where it stands: a filter under another alias is asked once more.
Decides how much all of them together may be; what a filter or an edit may be is decided where it is read."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
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

from kequn.domain.batches import LARGEST
from kequn.domain.problems import Code, Problem
from schema.filters import TESTS
from schema.problems import Fault

OBJECTS = 5 * TESTS  # what leads to a condition is made of objects, too
WRITTEN = ""  # no variable's name: what stands in the document itself
FILTER = "where"


@dataclass(frozen=True, eq=False)
class Measure:
    """`size`: of a value, in JSON or in a literal. `most`: of all that it is `of` together; `problem`: of more."""

    of: Callable[[str], bool]
    size: Callable[[Any], int]
    most: int
    problem: Problem


@dataclass(frozen=True)
class Uses:
    """What one operation says of a measure: how much is `written` in the document, and how often each variable stands
    there, with its default."""

    measure: Measure
    written: int
    variables: Sequence[tuple[str, int, ValueNode | None]]

    def exceeded(self, variables: Mapping[str, Any]) -> bool:
        total = self.written
        for name, times, default in self.variables:
            total += times * self.measure.size(variables.get(name, default))
        return total > self.measure.most


class Amounts:
    """Of the operations of one document. Counts each fragment once, however often it is spread."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._counted: dict[tuple[str, Measure], Counter[str]] = {}
        self._operations: dict[str, Sequence[Uses]] = {}

    def exceeded(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> list[Problem]:
        """`variables`: as the client sent them."""
        return [uses.measure.problem for uses in self._operation(operation) if uses.exceeded(variables)]

    def _operation(self, node: OperationDefinitionNode) -> Sequence[Uses]:
        name = node.name.value if node.name else ""
        if name not in self._operations:
            self._operations[name] = [self._uses(node, measure) for measure in MEASURES]
        return self._operations[name]

    def _uses(self, node: OperationDefinitionNode, measure: Measure) -> Uses:
        found = self._selections(node.selection_set, measure)
        defaults = {one.variable.name.value: one.default_value for one in node.variable_definitions or ()}
        variables = [(name, times, defaults.get(name)) for name, times in found.items() if name != WRITTEN]
        return Uses(measure, found[WRITTEN], variables)

    def _selections(self, node: SelectionSetNode | None, measure: Measure) -> Counter[str]:
        """How often each variable stands there, and how much is written there."""
        total: Counter[str] = Counter()
        for one in node.selections if node else ():
            if isinstance(one, FragmentSpreadNode):
                total += self._fragment(one.name.value, measure)
                continue
            for argument in (one.arguments or ()) if isinstance(one, FieldNode) else ():
                if measure.of(argument.name.value):
                    total += Counter({WRITTEN: measure.size(argument.value)}) + Counter(_variables(argument.value))
            total += self._selections(getattr(one, "selection_set", None), measure)
        return total

    def _fragment(self, name: str, measure: Measure) -> Counter[str]:
        key = name, measure
        if key not in self._counted:
            self._counted[key] = Counter()  # a circle ends here; another rule reports it
            fragment = self._fragments.get(name)
            self._counted[key] = self._selections(fragment.selection_set if fragment else None, measure)
        return self._counted[key]


def objects(value: Any) -> int:
    return sum(type(one) in _OBJECTS for one, _ in _holders(value))


def items(value: Any) -> int:
    """Of the longest list of objects; of one that is too long anyhow no more is looked at."""
    longest = 0
    for one, inner in _holders(value):
        if len(inner) > longest and type(one) not in _OBJECTS and any(type(each) in _OBJECTS for each in inner):
            longest = len(inner)
            if longest > LARGEST:
                break
    return longest


def _variables(value: ValueNode) -> Iterator[str]:
    held = (each for _, inner in _holders(value) for each in inner)
    return (one.name.value for one in (value, *held) if isinstance(one, VariableNode))


_INNER: Mapping[type, Callable[[Any], Collection[Any]]] = {
    dict: dict.values,
    list: list,
    ObjectValueNode: lambda node: [field.value for field in node.fields],
    ListValueNode: lambda node: node.values,
}
_OBJECTS = {dict, ObjectValueNode}


def _holders(value: Any) -> Iterator[tuple[Any, Collection[Any]]]:
    """Every object and every list in there, with what it holds."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if reach := _INNER.get(type(one)):
            inner = reach(one)
            yield one, inner
            waiting.extend(inner)


MEASURES = (
    Measure(lambda name: name == FILTER, objects, OBJECTS, Problem(Fault.TOO_MANY_TESTS, facts={"limit": TESTS})),
    Measure(lambda name: name != FILTER, items, LARGEST, Problem(Code.TOO_MANY, facts={"limit": LARGEST})),
)
