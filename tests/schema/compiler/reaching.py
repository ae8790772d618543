"""What composed operations can reach of the schema: fields that a statement answers, their arguments, what inputs ask,
the values of their enums, and the types that an interface may turn out to be; each by the shortest way to it."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from schema.declared import declared

Way = tuple[str, ...]


def ways(schema: GraphQLSchema) -> Mapping[str, Way]:
    """By everything there is to reach (`Customer.name`, `Query.customers.first`, `TextFilter.eq`, `Direction.ASC`,
    `on.Customer`) what leads to it, itself included."""
    found: dict[str, Way] = {}
    known: dict[str, Way] = {"Query": ()}
    waiting: deque[Any] = deque([schema.query_type])
    while waiting:
        type = waiting.popleft()
        for place, to in _places(schema, type):
            way = (*known[type.name], *place)
            found[place[-1]] = way
            if to is not None and to.name not in known:
                known[to.name] = way
                waiting.append(to)
    return found


def _places(schema: GraphQLSchema, type: Any) -> list[tuple[Way, Any]]:
    """What can be reached of a type, and the type that stands there."""
    match type:
        case GraphQLObjectType():
            fields = {f"{type.name}.{name}": one for name, one in type.fields.items() if declared(one) is not None}
            shown = [((place,), _shown(one.type)) for place, one in fields.items()]
            asked = [
                ((place, f"{place}.{name}"), get_named_type(argument.type))
                for place, one in fields.items()
                for name, argument in one.args.items()
            ]
            return [*shown, *asked]
        case GraphQLInterfaceType():
            return [((f"on.{one.name}",), one) for one in schema.get_possible_types(type)]
        case GraphQLInputObjectType():
            return [((f"{type.name}.{name}",), get_named_type(one.type)) for name, one in type.fields.items()]
        case GraphQLEnumType():
            return [((f"{type.name}.{name}",), None) for name in type.values]
    return []


def _shown(type: Any) -> Any:
    """Values of enums are given, not asked for, where they are shown."""
    named = get_named_type(type)
    return None if isinstance(named, GraphQLEnumType) else named
