"""Arguments as resolvers are given them, straight from the document and the client's variables. How to read them is
worked out once; a request is then read in microseconds, where the libraries look at every field that an input could
have. Takes what is plainly right: of all else ordinary execution says what is wrong with it."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from graphql import (
    EnumValueNode,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
    is_required_input_field,
    type_from_ast,
    value_from_ast_untyped,
    visit,
)
from graphql.language import Visitor
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry import UNSET, Schema
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from schema.compiler.selection import NotCompiled

Given = Mapping[str, Any]
"""The values of variables, by name; those that were left out are not there."""

Enter = Callable[[Any], Any]
"""From what a client sent to what Python is given."""

Give = Callable[[Given], Any]
"""The value that stands in the document; UNSET where a variable was left out."""


class Inputs:
    """How values of the schema's input types are read."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._known: dict[str, Enter] = {}

    def variables(self, operation: OperationDefinitionNode) -> Callable[[Given], Given]:
        """Reads what a client sent as variables."""
        defined = []
        for node in operation.variable_definitions or ():
            type = cast(GraphQLInputType, type_from_ast(self._schema._schema, node.type))
            default = self._give(node.default_value, type)({}) if node.default_value else UNSET
            defined.append((node.variable.name.value, self._enter(type), default, isinstance(type, GraphQLNonNull)))

        def read(sent: Given) -> Given:
            given = {}
            for name, enter, default, required in defined:
                if name in sent:
                    given[name] = enter(sent[name])
                elif default is not UNSET:
                    given[name] = default
                elif required:
                    raise NotCompiled("a variable is missing")
            return given

        return read

    def arguments(self, node: FieldNode, field: GraphQLField) -> Callable[[Given], dict[str, Any]]:
        """Reads the arguments of a field, by their Python names."""
        written = {argument.name.value: argument.value for argument in node.arguments or ()}
        definition = cast(StrawberryField, field.extensions["strawberry-definition"])
        defaults, gives = {}, []
        for argument in definition.arguments:
            name = self._schema.config.name_converter.from_argument(argument)
            default = coerce_default_value(field.args[name])
            if default is not Undefined:
                defaults[argument.python_name] = default
            if name in written:
                gives.append((argument.python_name, self._give(written[name], field.args[name].type)))

        def read(given: Given) -> dict[str, Any]:
            return {**defaults, **{name: value for name, give in gives if (value := give(given)) is not UNSET}}

        return read

    def _give(self, node: ValueNode, type: GraphQLInputType) -> Give:
        if isinstance(node, VariableNode):
            return _variable(node.name.value, isinstance(type, GraphQLNonNull))
        if not has_variables(node):
            value = self._enter(type)(_plain(node))
            return lambda _: value
        inner = type.of_type if isinstance(type, GraphQLNonNull) else type
        if isinstance(inner, GraphQLList):
            return self._list(node, inner.of_type)
        return self._object(cast(ObjectValueNode, node), cast(GraphQLInputObjectType, inner))

    def _list(self, node: ValueNode, type: GraphQLInputType) -> Give:
        nodes = node.values if isinstance(node, ListValueNode) else [node]
        gives = [self._give(one, type) for one in nodes]

        def give(given: Given) -> list[Any]:
            values = [one(given) for one in gives]
            if UNSET in values:
                raise NotCompiled("an element is missing")
            return values

        return give

    def _object(self, node: ObjectValueNode, type: GraphQLInputObjectType) -> Give:
        make, names, _ = _class(type, self._schema)
        gives = [
            (names[one.name.value], self._give(one.value, type.fields[one.name.value].type)) for one in node.fields
        ]

        def give(given: Given) -> Any:
            return make(**{name: value for name, one in gives if (value := one(given)) is not UNSET})

        return give

    def _enter(self, type: GraphQLInputType) -> Enter:
        key = str(type)
        if key not in self._known:
            self._known[key] = self._made(type)
        return self._known[key]

    def _made(self, type: GraphQLInputType) -> Enter:
        if isinstance(type, GraphQLNonNull):
            return _required(self._enter(type.of_type))
        if isinstance(type, GraphQLList):
            element = self._enter(type.of_type)
            return lambda sent: _many(sent, element)
        if isinstance(type, GraphQLInputObjectType):
            return self._entering(type)
        return lambda sent: None if sent is None else _leaf(type, sent)

    def _entering(self, type: GraphQLInputObjectType) -> Enter:
        make, names, required = _class(type, self._schema)

        def enter(sent: Any) -> Any:
            if sent is None:
                return None
            if not isinstance(sent, dict) or not required <= sent.keys() or not sent.keys() <= names.keys():
                raise NotCompiled("an object that does not fit")
            return make(**{names[name]: self._enter(type.fields[name].type)(value) for name, value in sent.items()})

        return enter


def _class(type: GraphQLInputObjectType, schema: Schema) -> tuple[Callable[..., Any], Mapping[str, str], set[str]]:
    """The Python class of an input, its fields' Python names, and which of them must be given."""
    definition = cast(StrawberryObjectDefinition, type.extensions["strawberry-definition"])
    converter = schema.config.name_converter
    names = {converter.get_graphql_name(field): field.python_name for field in definition.fields}
    return definition.origin, names, {name for name, field in type.fields.items() if is_required_input_field(field)}


def _variable(name: str, required: bool) -> Give:
    def give(given: Given) -> Any:
        value = given.get(name, UNSET)
        if required and (value is None or value is UNSET):
            raise NotCompiled("null where there must be a value")
        return value

    return give


def _required(enter: Enter) -> Enter:
    def entered(sent: Any) -> Any:
        if sent is None:
            raise NotCompiled("null where there must be a value")
        return enter(sent)

    return entered


def _many(sent: Any, enter: Enter) -> list[Any] | None:
    if sent is None:
        return None
    return [enter(one) for one in sent] if isinstance(sent, list) else [enter(sent)]


def _leaf(type: GraphQLLeafType, sent: Any) -> Any:
    try:
        return type.coerce_input_value(sent)
    except (GraphQLError, TypeError, ValueError, ArithmeticError):
        raise NotCompiled("a value that does not fit") from None


def _plain(node: ValueNode) -> Any:
    """A literal as a client would send it in a variable."""
    if isinstance(node, EnumValueNode):
        return node.value
    if isinstance(node, ListValueNode):
        return [_plain(one) for one in node.values]
    if isinstance(node, ObjectValueNode):
        return {one.name.value: _plain(one.value) for one in node.fields}
    return value_from_ast_untyped(node)


class _Search(Visitor):
    found = False

    def enter_variable(self, *_: object) -> None:
        self.found = True


def has_variables(node: ValueNode) -> bool:
    search = _Search()
    visit(node, search)
    return search.found


def is_constant(node: FieldNode) -> bool:
    """Whether its arguments mean the same in every request. A filter may ask for what was 30 days ago, and groups are
    of days that begin in each time zone at another time."""
    arguments = node.arguments or ()
    return all(one.name.value not in {"where", "groupBy"} and not has_variables(one.value) for one in arguments)
