"""What an operation asks, with fragments spread, directives decided and equal keys merged: a tree of frozen values.
Pure; reads no argument and knows no SQL."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    visit,
)
from graphql.language import Visitor

from schema.declared import ById, Column, Declared, Derived, Pages, Part, Worked, declared

Decided = Mapping[str, bool]
"""The variables that directives ask, with their values."""


class NotCompiled(Exception):
    """Ordinary execution must answer; the message names the field or the reason."""


@dataclass(frozen=True)
class Asked:
    """One key of an object. `declared`: what it stands for, or the name of a type for `__typename`. `inner`: what is
    asked of its object, by the types that this may be of. `slot`: its place among those whose arguments are read."""

    key: str
    declared: Declared | str
    node: FieldNode = field(repr=False)
    type: GraphQLOutputType | None = None
    definition: GraphQLField | None = field(default=None, repr=False)
    inner: Mapping[str, "Selection"] = field(default_factory=dict)
    slot: int | None = None

    @property
    def only(self) -> "Selection":
        """What is asked of an object that can be of one type only."""
        [selection] = self.inner.values()
        return selection


Selection = tuple[Asked, ...]


class _Deciders(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: object, *_: object) -> None:
        for argument in getattr(node, "arguments", None) or ():
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)


def deciders(document: DocumentNode) -> tuple[str, ...]:
    """The variables that decide what is asked at all."""
    found = _Deciders()
    visit(document, found)
    return tuple(sorted(found.names))


class Spreader:
    """Walks one document. `slots`: the fields whose arguments are to be read."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, decided: Decided) -> None:
        self._schema = schema
        self._decided = decided
        self.slots: list[Asked] = []
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def operation(self, node: OperationDefinitionNode) -> Selection:
        """Raises NotCompiled."""
        root = self._schema.get_root_type(node.operation)
        if root is not self._schema.query_type or root is None:
            raise NotCompiled(node.operation.value)
        return self._selection(root, [node.selection_set])

    def _selection(self, type: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> Selection:
        fields: dict[str, list[FieldNode]] = {}
        for one in sets:
            for node in self._fields(type, one):
                fields.setdefault((node.alias or node.name).value, []).append(node)
        return tuple(self._asked(key, type, nodes) for key, nodes in fields.items())

    def _fields(self, type: GraphQLObjectType, set: SelectionSetNode) -> Iterator[FieldNode]:
        for node in set.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value, type):
                    yield from self._fields(type, fragment.selection_set)
            elif isinstance(node, InlineFragmentNode) and (
                node.type_condition is None or self._applies(node.type_condition.name.value, type)
            ):
                yield from self._fields(type, node.selection_set)

    def _applies(self, condition: str, type: GraphQLObjectType) -> bool:
        found = self._schema.get_type(condition)
        abstract = isinstance(found, GraphQLInterfaceType | GraphQLUnionType)
        return found is type or (abstract and self._schema.is_sub_type(found, type))  # type: ignore[arg-type]

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            name = directive.name.value
            if name not in ("include", "skip"):
                raise NotCompiled(f"@{name}")
            [argument] = directive.arguments or ()
            value = argument.value
            given = value.value if isinstance(value, BooleanValueNode) else self._decided[_variable(value)]
            if given is (name == "skip"):
                return False
        return True

    def _asked(self, key: str, parent: GraphQLObjectType, nodes: list[FieldNode]) -> Asked:
        first, name = nodes[0], nodes[0].name.value
        if name == "__typename":
            return Asked(key, parent.name, first)
        found = parent.fields.get(name)
        stands_for = declared(found) if found else None
        if found is None or stands_for is None:
            raise NotCompiled(f"{parent.name}.{name}")
        sets = [node.selection_set for node in nodes if node.selection_set]
        inner = {type.name: self._selection(type, sets) for type in self._types(found)} if sets else {}
        if isinstance(stands_for, Derived) and stands_for.bare and not first.arguments:
            stands_for = Column(stands_for.bare)
        if not _is_read(stands_for, found):
            return Asked(key, stands_for, first, found.type, found, inner)
        self.slots.append(Asked(key, stands_for, first, found.type, found, inner, len(self.slots)))
        return self.slots[-1]

    def _types(self, found: GraphQLField) -> Iterable[GraphQLObjectType]:
        named = get_named_type(found.type)
        if isinstance(named, GraphQLObjectType):
            return [named]
        return self._schema.get_possible_types(named) if isinstance(named, GraphQLAbstractType) else []


def _is_read(declared: Declared, field: GraphQLField) -> bool:
    """Whether arguments say what is meant."""
    return isinstance(declared, Pages | ById | Part | Derived | Worked) and bool(field.args)


def _variable(node: object) -> str:
    if not isinstance(node, VariableNode):
        raise NotCompiled("a directive's argument")
    return node.name.value
