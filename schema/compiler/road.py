"""The compiled road: from an admitted operation to the bytes of its answer, or to None where ordinary execution must
answer. Remembers, for each document, what it asks and the plans of the shapes in which it was asked; a few of each."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from graphql import OperationDefinitionNode
from graphql.execution.values import VariableValues, get_variable_values
from strawberry import Schema

from kequn.domain.problems import Refused
from kequn.store.straight import Failed
from schema.admission import Admitted, Document
from schema.compiler.holes import Values
from schema.compiler.plan import Plan, plan
from schema.compiler.reading import Read, Reader, Shape, is_constant
from schema.compiler.selection import Asked, NotCompiled, Selection, Spreader, deciders
from schema.context import Context

TREES, PLANS = 16, 64
K = TypeVar("K")
V = TypeVar("V")


class Few(dict[K, V | NotCompiled]):
    """Remembers the latest few, and of which nothing could be made."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def keep(self, key: K, value: V | NotCompiled) -> None:
        if len(self) >= self._most:
            del self[next(iter(self))]
        self[key] = value

    def of(self, key: K) -> V:
        """Raises NotCompiled where nothing could be made."""
        value = self[key]
        if isinstance(value, NotCompiled):
            raise NotCompiled(*value.args)
        return value


@dataclass(frozen=True)
class Tree:
    """What is asked, once directives are decided. `constants`: what was read of the fields whose arguments are the same
    in every request, by slot."""

    selection: Selection
    slots: Sequence[Asked]
    constants: dict[int, Read] = field(default_factory=dict)


class Memory:
    """What is known of one operation of a document."""

    def __init__(self, document: Document, operation: OperationDefinitionNode) -> None:
        self.operation = operation
        self.deciders = deciders(document.node)
        self.trees: Few[Hashable, Tree] = Few(TREES)
        self.plans: Few[Hashable, Plan] = Few(PLANS)


class Road:
    """Answers operations of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._memories: WeakKeyDictionary[Document, dict[str | None, Memory]] = WeakKeyDictionary()

    async def answer(self, admitted: Admitted, context: Context) -> bytes | None:
        """The data of the answer, as JSON."""
        try:
            found, values = await self._plan(admitted, context)
            data = await context.database.straight.ask(found.text, found.bound(context.actor.tenant, values))
            return found.finish(data)
        except (NotCompiled, Refused):
            return None
        except Failed as error:
            context.log.warning("a compiled statement failed", error=str(error))
            return None

    async def _plan(self, admitted: Admitted, context: Context) -> tuple[Plan, Sequence[Values]]:
        memory = self._memory(admitted)
        variables = self._variables(memory.operation, admitted)
        decided = tuple(variables.coerced.get(name) for name in memory.deciders)
        tree = self._tree(admitted.document, memory, decided)
        shapes, values = self._read(tree, Reader(self._schema, variables, context.now))
        key = (context.database.dialect, context.actor.role, decided, shapes)
        if key not in memory.plans:
            memory.plans.keep(key, await self._prepared(tree.selection, shapes, values, context))
        return memory.plans.of(key), values

    def _memory(self, admitted: Admitted) -> Memory:
        name = admitted.request.operation
        memories = self._memories.setdefault(admitted.document, {})
        if name not in memories:
            memories[name] = Memory(admitted.document, admitted.document.operation(name))
        return memories[name]

    def _variables(self, operation: OperationDefinitionNode, admitted: Admitted) -> VariableValues:
        given = dict(admitted.request.variables)
        found = get_variable_values(self._schema._schema, operation.variable_definitions or (), given)
        if isinstance(found, list):
            raise NotCompiled("variables that do not fit")
        return found

    def _tree(self, document: Document, memory: Memory, decided: tuple[Any, ...]) -> Tree:
        if decided not in memory.trees:
            named = dict(zip(memory.deciders, decided, strict=True))
            memory.trees.keep(decided, self._spread(Spreader(self._schema._schema, document.node, named), memory))
        return memory.trees.of(decided)

    def _spread(self, spreader: Spreader, memory: Memory) -> Tree | NotCompiled:
        try:
            return Tree(spreader.operation(memory.operation), spreader.slots)
        except NotCompiled as reason:
            return reason

    def _read(self, tree: Tree, reader: Reader) -> tuple[tuple[Shape, ...], Sequence[Values]]:
        read = [self._read_one(tree, asked, place, reader) for place, asked in enumerate(tree.slots)]
        return tuple(shape for shape, _ in read), [values for _, values in read]

    def _read_one(self, tree: Tree, asked: Asked, place: int, reader: Reader) -> Read:
        if place in tree.constants:
            return tree.constants[place]
        read = reader.read(asked)
        if is_constant(asked.node):
            tree.constants[place] = read
        return read

    async def _prepared(
        self, selection: Selection, shapes: Sequence[Shape], values: Sequence[Values], context: Context
    ) -> Plan | NotCompiled:
        """A plan that the database was shown: SQLite takes no statement that is nested too deeply."""
        try:
            made = plan(selection, shapes, context.database.dialect)
            await context.database.straight.prepare(made.text, made.bound(context.actor.tenant, values))
            return made
        except NotCompiled as reason:
            return reason
        except Failed:
            return NotCompiled("the database takes no such statement")
