"""What an operation costs, known before a row is read: depth, aliases, directives, pages, and rows, which is the sum
over all lists of the product of the page sizes that lead there. Measures each fragment once per operation, however
often it is spread. How much is allowed stands in limits.py."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionNode,
    SelectionSetNode,
    TypeMetaFieldDef,
    ValueNode,
    VariableNode,
    Visitor,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    visit,
)

from schema.paging import DEFAULT
from schema.totals import USUAL

LONGEST_NUMBER = 20  # digits
FEW = 10  # what a list without pages counts for: they are short
SIZES, IDS = ("first", "last", "pageSize"), "ids"
ITEMS, RESULTS = "input", "results"  # a mutation of many rows gives back as many as it was given
AT_MOST, GROUPS = "atMost", "groupBy"
COUNTED = {*SIZES, IDS, ITEMS, AT_MOST, GROUPS}
PARTS = {"Problem", "GroupKey", "Total"}  # lists of these are no rows, but what is said of one
INTROSPECTION = {"__schema", "__type"}


@dataclass(frozen=True)
class Cost:
    """What a part of a document costs, each spread of a fragment counted. `page`: the largest page; `groups`: rows that
    come once for a page, not for each of its entries."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    rows: int = 0
    page: int = 0
    groups: int = 0

    def beside(self, other: "Cost") -> "Cost":
        return Cost(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.rows + other.rows,
            max(self.page, other.page),
            self.groups + other.groups,
        )

    def dearest(self, other: "Cost") -> "Cost":
        """Of two operations, the greater in each respect."""
        return Cost(*(max(getattr(self, name), getattr(other, name)) for name in Cost.__dataclass_fields__))


ENDLESS = Cost(depth=10**12)
BARE = Cost(depth=1)


def sizing(document: DocumentNode) -> Sequence[str]:
    """The variables on whose values the cost depends."""
    found: dict[str, None] = {}
    if not any(one.variable_definitions for one in document.definitions if isinstance(one, OperationDefinitionNode)):
        return ()

    class Sizes(Visitor):
        def enter_argument(self, node: ArgumentNode, *_: object) -> None:
            if node.name.value in COUNTED and isinstance(node.value, VariableNode):
                found[node.value.name.value] = None

    visit(document, Sizes())
    return tuple(found)


def size(variables: Mapping[str, Any], name: str) -> Hashable:
    """All that the cost depends on of a variable's value."""
    if name not in variables:
        return ()
    value = variables[name]
    return (
        ("list", len(value))
        if isinstance(value, list)
        else (type(value), value if isinstance(value, int | float) else None)
    )


class Meter:
    """Measures the operations of one document. `variables`: as the client sent them."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._schema = schema
        self._given = variables
        self._operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._variables: dict[str, Any] = {}
        self._measured: dict[tuple[str, int | None], Cost] = {}
        self._items: int | None = None

    def cost(self) -> Cost:
        """Of the dearest operation, in each respect."""
        try:
            return reduce(Cost.dearest, map(self._operation, self._operations), Cost())
        except RecursionError:
            return ENDLESS

    def _operation(self, node: OperationDefinitionNode) -> Cost:
        """Its variables have defaults of their own, so fragments may cost something else in each operation."""
        definitions = node.variable_definitions or ()
        defaults = {one.variable.name.value: one.default_value for one in definitions if one.default_value}
        self._variables = {**{name: _plain(value) for name, value in defaults.items()}, **self._given}
        self._measured = {}
        own = Cost(directives=len(node.directives or ()) + sum(len(one.directives or ()) for one in definitions))
        return own.beside(self._selections(node.selection_set, self._schema.get_root_type(node.operation)))

    def _selections(self, node: SelectionSetNode | None, parent: GraphQLNamedType | None) -> Cost:
        selections = node.selections if node else ()
        total = Cost(aliases=_repeated(node), directives=sum(len(one.directives or ()) for one in selections))
        for selection in selections:
            total = total.beside(BARE if _is_bare(selection) else self._selection(selection, parent))
        return total

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None) -> Cost:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, FragmentSpreadNode):
            return self._spread(node.name.value)
        condition = getattr(node, "type_condition", None)
        return self._selections(getattr(node, "selection_set", None), self._named(condition) or parent)

    def _spread(self, name: str) -> Cost:
        """Within a batch it costs as much as there are items."""
        key = name, self._items
        if key not in self._measured:
            self._measured[key] = Cost()  # a circle ends here; another rule reports it
            fragment = self._fragments.get(name)
            if fragment is not None:
                own = Cost(directives=len(fragment.directives or ()))
                inner = self._selections(fragment.selection_set, self._named(fragment.type_condition))
                self._measured[key] = own.beside(inner)
        return self._measured[key]

    def _named(self, condition: Any) -> GraphQLNamedType | None:
        return self._schema.type_map.get(condition.name.value) if condition else None

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Cost:
        name = node.name.value
        field = _INTROSPECTED.get(name) or getattr(parent, "fields", {}).get(name)
        size, inner = self._size(node, field, parent), self._inside(node, field)
        page = self._page(node, field)
        rows = inner.rows if size is None else max(size, 1) * (1 + inner.rows)  # a page of none is asked for, too
        grouped = name == "aggregate" and _is_connection(parent)
        return Cost(
            1 if name in INTROSPECTION else inner.depth + 1,  # whoever may see the schema sees all of it
            inner.aliases + (node.alias is not None),
            inner.directives,
            0 if grouped else rows + inner.groups,
            max(inner.page, page or 0),
            rows if grouped else 0,
        )

    def _inside(self, node: FieldNode, field: GraphQLField | None) -> Cost:
        """What is asked of the field; `results` in there are as many as its items."""
        outside, self._items = self._items, self._length(given) if (given := _given(node).get(ITEMS)) else None
        inner = self._selections(node.selection_set, get_named_type(field.type) if field else None)
        self._items = outside
        return inner

    def _size(self, node: FieldNode, field: GraphQLField | None, parent: GraphQLNamedType | None) -> int | None:
        """How many rows it brings; None for what is no list, or was counted with its page."""
        page, name = self._page(node, field), node.name.value
        if page is not None or field is None or (name == "edges" and _is_connection(parent)):
            return page
        if name == RESULTS and self._items is not None:
            return self._items
        if name == "aggregate" and _is_connection(parent):
            return self._groups(_given(node))
        return _few(field)

    def _groups(self, given: Mapping[str, ValueNode]) -> int:
        """Without anything to group by all is one."""
        if GROUPS not in given or not self._length(given[GROUPS]):
            return 1
        said = self._number(given[AT_MOST]) if AT_MOST in given else None
        return USUAL if said is None else said

    def _page(self, node: FieldNode, field: GraphQLField | None) -> int | None:
        """How many rows a page or a list of ids may bring; None for what is neither."""
        given = _given(node)
        if field is None or not {"first", IDS} & field.args.keys():
            return None
        if IDS in field.args:
            return self._length(given.get(IDS))
        sizes = [self._number(given[name]) for name in SIZES if name in given]
        return next((size for size in sizes if size is not None), DEFAULT)

    def _length(self, node: ValueNode | None) -> int:
        if isinstance(node, VariableNode):
            value = self._variables.get(node.name.value)
            return len(value) if isinstance(value, list) else 1
        return len(node.values) if isinstance(node, ListValueNode) else 1

    def _number(self, node: ValueNode) -> int | None:
        """None where nothing was said; what is no number counts as a usual page, another rule reports it."""
        value = self._variables.get(node.name.value) if isinstance(node, VariableNode) else _plain(node)
        if value is None:
            return None
        return max(int(value), 0) if isinstance(value, int | float) else DEFAULT


_INTROSPECTED = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


def _is_bare(node: SelectionNode) -> bool:
    """Nothing but a name, as most fields are: no page, no rows."""
    return isinstance(node, FieldNode) and not (node.alias or node.arguments or node.selection_set)


def _given(node: FieldNode) -> Mapping[str, ValueNode]:
    return {argument.name.value: argument.value for argument in node.arguments or ()}


def _is_connection(parent: GraphQLNamedType | None) -> bool:
    """Its edges are counted with the page that it is, its figures beside them."""
    return getattr(parent, "name", "").endswith("Connection")


def _few(field: GraphQLField) -> int | None:
    """What a list of objects without pages counts for; None for what is no list of rows."""
    plain, named = get_nullable_type(field.type), get_named_type(field.type)
    rows = is_list_type(plain) and is_composite_type(named) and named.name not in PARTS
    return FEW if rows else None


def _repeated(node: SelectionSetNode | None) -> int:
    """How often a field stands again in the same place. Each counts as an alias: whether they may stand beside each
    other is decided pair by pair."""
    names: list[str] = []
    nodes = [node]
    while nodes:
        here = nodes.pop()
        for selection in here.selections if here else ():
            if isinstance(selection, FieldNode) and selection.alias is None:
                names.append(selection.name.value)
            elif isinstance(selection, InlineFragmentNode):
                nodes.append(selection.selection_set)
    return len(names) - len(set(names))


def _plain(node: ValueNode) -> Any:
    """A literal as JSON would have it, as far as sizes are told by it."""
    if isinstance(node, ListValueNode):
        return list(node.values)
    if isinstance(node, IntValueNode):
        return int(node.value) if len(node.value) <= LONGEST_NUMBER else 10**LONGEST_NUMBER
    return None if isinstance(node, NullValueNode) else node
