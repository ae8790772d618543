"""The compiled road: from an admitted operation to the bytes of its answer. Remembers, for each document, what it asks
and the plans of the shapes in which it was asked; a few of each."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from graphql import GraphQLField, OperationDefinitionNode
from strawberry import Schema

from kequn.domain.problems import Refused
from kequn.domain.segments.membership import Known
from kequn.store.scope import Sight
from kequn.store.straight import Failed
from schema import unfolding
from schema.admission import Admitted
from schema.compiler.arguments import Given, Inputs, is_constant
from schema.compiler.holes import Folded, Values
from schema.compiler.plan import Plan, plan
from schema.compiler.reading import Read, Shape, read
from schema.compiler.selection import Asked, NotCompiled, Selection, Spreader, deciders
from schema.context import Context
from schema.documents import Document

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
    """What is asked, once directives are decided."""

    selection: Selection
    slots: Sequence["Slot"]


class Slot:
    """A field whose arguments are read; once and for all where they are the same in every request."""

    def __init__(self, asked: Asked, inputs: Inputs) -> None:
        self._declared = asked.declared
        self._arguments = inputs.arguments(asked.node, cast(GraphQLField, asked.definition))
        self._constant = is_constant(asked.node)
        self._read: Read | None = None

    def read(self, given: Given, now: datetime, known: Known | None = None) -> Read:
        if self._read is not None:
            return self._read
        found = read(self._declared, self._arguments(given), now, known)
        if self._constant:
            self._read = found
        return found


class Memory:
    """What is known of one operation of a document."""

    def __init__(self, document: Document, operation: OperationDefinitionNode, inputs: Inputs) -> None:
        self.operation = operation
        self.variables = inputs.variables(operation)
        self.deciders = deciders(document.node)
        self.trees: Few[Hashable, Tree] = Few(TREES)
        self.plans: Few[Hashable, Plan] = Few(PLANS)


class Road:
    """Answers operations of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._inputs = Inputs(schema)
        self._memories: WeakKeyDictionary[Document, dict[str | None, Memory]] = WeakKeyDictionary()

    async def answer(self, admitted: Admitted, context: Context) -> bytes:
        """The data of the answer, as JSON. Raises NotCompiled where ordinary execution must answer."""
        try:
            found, values = await self._plan(admitted, context)
            data = await context.database.straight.ask(found.text, found.bound(context.actor.scope, values))
            return found.finish(data, values, context, self._schema._schema)
        except Refused:
            raise NotCompiled("arguments that cannot be meant") from None
        except Failed as error:
            context.log.warning("a compiled statement failed", error=str(error))
            raise NotCompiled("the database failed") from error

    async def _plan(self, admitted: Admitted, context: Context) -> tuple[Plan, Sequence[Values]]:
        memory = self._memory(admitted)
        given = memory.variables(admitted.request.variables)
        decided = tuple([given.get(name) for name in memory.deciders])
        tree = self._tree(admitted.document, memory, decided)
        try:
            read = [slot.read(given, context.now) for slot in tree.slots]
        except Folded:
            found = await unfolding.known(context.ask)
            read = [slot.read(given, context.now, found) for slot in tree.slots]
        shapes, values = tuple([shape for shape, _ in read]), [values for _, values in read]
        key = (context.database.dialect, _kind_of(context.actor.sight), decided, shapes)
        if key not in memory.plans:
            memory.plans.keep(key, await self._prepared(tree.selection, shapes, values, context))
        return memory.plans.of(key), values

    def _memory(self, admitted: Admitted) -> Memory:
        name = admitted.request.operation
        memories = self._memories.get(admitted.document)
        if memories is None:
            memories = self._memories[admitted.document] = {}
        if name not in memories:
            memories[name] = Memory(admitted.document, admitted.document.operation(name), self._inputs)
        return memories[name]

    def _tree(self, document: Document, memory: Memory, decided: tuple[Any, ...]) -> Tree:
        if decided not in memory.trees:
            named = dict(zip(memory.deciders, decided, strict=True))
            memory.trees.keep(decided, self._spread(Spreader(self._schema._schema, document.node, named), memory))
        return memory.trees.of(decided)

    def _spread(self, spreader: Spreader, memory: Memory) -> Tree | NotCompiled:
        try:
            selection = spreader.operation(memory.operation)
            return Tree(selection, [Slot(asked, self._inputs) for asked in spreader.slots])
        except NotCompiled as reason:
            return reason

    async def _prepared(
        self, selection: Selection, shapes: Sequence[Shape], values: Sequence[Values], context: Context
    ) -> Plan | NotCompiled:
        """A plan that the database was shown: SQLite takes no statement that is nested too deeply."""
        try:
            made = plan(selection, shapes, context.database.dialect, context.actor.sight)
            await context.database.straight.prepare(made.text, made.bound(context.actor.scope, values))
            return made
        except NotCompiled as reason:
            return reason
        except Failed:
            return NotCompiled("the database takes no such statement")


def _kind_of(sight: Sight) -> Hashable:
    """What a statement's text depends on."""
    return sight.staff is not None, sight.department
