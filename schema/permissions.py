"""Which role may ask what. Rows are held to the tenant and to what the caller sees of it by the loaders and by the
compiler (kequn/store/sight.py), edits to their role by the domain. What is left is said of a document before anything
is read: the schema itself is shown to developers, and what is personal to those whose token says so."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLSchema,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    get_named_type,
    get_nullable_type,
    type_from_ast,
    visit,
)
from graphql.language import Visitor

from kequn.domain import rights
from kequn.domain.problems import Code, Refused, refuse
from schema.personal import is_personal

_INTROSPECTION = {"__schema", "__type"}


class NoIntrospection(ASTValidationRule):
    """For everybody below developers."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if node.name.value in _INTROSPECTION:
            refused: Refused = refuse(Code.FORBIDDEN, role=rights.INSPECT.name.lower())
            self.report_error(GraphQLError(Code.FORBIDDEN, node, original_error=refused))


def personal(schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> list[GraphQLError]:
    """Where a document that fits the schema asks for what is personal: shows it, asks about it, or orders by it."""
    info = TypeInfo(schema)
    found = _Search(info)
    visit(document, TypeInfoVisitor(info, found))
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            found.places += _in_variables(schema, operation, variables)
    refused = refuse(Code.FORBIDDEN, role="personal")
    return [GraphQLError(Code.FORBIDDEN, node, original_error=refused) for node in found.places]


class _Search(Visitor):
    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.places: list[Any] = []

    def enter_field(self, node: FieldNode, *_: object) -> None:
        if is_personal(self._info.get_field_def()):
            self.places.append(node)

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        parent = get_named_type(self._info.get_parent_input_type())
        if isinstance(parent, GraphQLInputObjectType) and is_personal(parent.fields[node.name.value]):
            self.places.append(node)

    def enter_enum_value(self, node: EnumValueNode, *_: object) -> None:
        if is_personal(self._info.get_enum_value()):
            self.places.append(node)


def _in_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Iterator[Any]:
    for node in operation.variable_definitions or ():
        kind = type_from_ast(schema, node.type)
        if _holds_personal(kind, variables.get(node.variable.name.value)):
            yield node


def _holds_personal(type: Any, value: Any) -> bool:
    plain = get_nullable_type(type)
    if isinstance(value, list):
        inner = plain.of_type if isinstance(plain, GraphQLList) else plain
        return any(_holds_personal(inner, one) for one in value)
    named = get_named_type(plain)
    if isinstance(named, GraphQLInputObjectType) and isinstance(value, dict):
        given = [(named.fields[name], one) for name, one in value.items() if name in named.fields]
        return any(is_personal(field) or _holds_personal(field.type, one) for field, one in given)
    return isinstance(named, GraphQLEnumType) and isinstance(value, str) and is_personal(named.values.get(value))
