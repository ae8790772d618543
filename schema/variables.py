"""What the variables of an operation hold, counted before anything is made of them: an object of a filter's JSON costs
as much as all the fields that it could have. Decides how many objects all filters together may be; what a filter may
ask is decided in filters.py."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import NamedTypeNode, OperationDefinitionNode, TypeNode

from kequn.domain.problems import Problem
from schema.filters import TESTS
from schema.problems import Fault

OBJECTS = 5 * TESTS  # what leads to a condition is made of objects, too


def exceeded(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Iterator[Problem]:
    filters = [name for name, type in _named(operation) if type.endswith(("Where", "Filter"))]
    if sum(_objects(variables.get(name)) for name in filters) > OBJECTS:
        yield Problem(Fault.TOO_MANY_TESTS, facts={"limit": TESTS})


def _named(operation: OperationDefinitionNode) -> Iterator[tuple[str, str]]:
    for one in operation.variable_definitions or ():
        yield one.variable.name.value, _name(one.type)


def _name(type: TypeNode) -> str:
    while not isinstance(type, NamedTypeNode):
        type = type.type  # type: ignore[attr-defined]
    return type.name.value


def _objects(value: Any) -> int:
    found, nested = 0, [value]
    while nested:
        match nested.pop():
            case dict() as one:
                found += 1
                nested.extend(one.values())
            case list() as some:
                nested.extend(some)
    return found
