"""The other people of a CRM in which nobody acts but we: a second connection of the same plugin, driven as people are.
Its words are kequn's fields, and each record that it makes carries the tag of the run."""

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

import httpx

from kequn.clock import Clock, SeededRandom
from kequn.contracts.changes import Batch, Change, Op
from kequn.contracts.crm import Crm, ObjectCapability
from kequn.contracts.emulator import Form
from kequn.contracts.errors import CrmError
from kequn.contracts.hooks import CrmPlugin
from kequn.contracts.host import CrmHost, Token
from kequn.contracts.http import BoundClient
from kequn.contracts.manifest import origins, validate
from kequn.contracts.records import FIELDS, Gone, Kind, Record, Type
from kequn.testing.conformance.office import Events, Purse, Tokens
from kequn.testing.conformance.reading import Reading, texts

T = TypeVar("T")

TYPED = ("name", "subject", "notes", "content", "description", "email", "phone")
"""What people type in, of the fields that can be written."""

AT_ONCE = 100
REFERRED_TO = {field.to for fields in FIELDS.values() for field in fields.values()}

FILLED_IN = {Kind.CUSTOMER, Kind.FEEDBACK}
"""What people fill in by hand, and what carries a kequn id in every CRM."""


class Hands:
    """`People` of contracts/emulator.py. Its calls wait for the answer: they run on a loop of their own, in a thread.

    `transport`: an application in this process in place of the network. `tag`: stands in every text it writes. `made`:
    object and kequn id of each record that the run made, its own and the cases'."""

    def __init__(
        self,
        plugin: CrmPlugin,
        settings: Mapping[str, Any],
        tokens: Tokens,
        clock: Clock,
        tag: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.tag = tag
        self.made: set[tuple[str, str]] = set()
        self._tokens = tokens
        self._made = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._http, self._crm = self.do(self._connect(plugin, settings, tokens, clock, transport))
        except BaseException:
            self._stop()
            raise

    @property
    def token(self) -> Token | None:
        """The connection's, which may be another one by now."""
        return self._tokens.token

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it, and wait for what comes of it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _connect(
        self,
        plugin: CrmPlugin,
        settings: Mapping[str, Any],
        tokens: Tokens,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None,
    ) -> tuple[BoundClient, Crm]:
        given = validate(plugin.manifest, settings)
        http = BoundClient(plugin.manifest.hosts, origins(plugin.manifest, given), transport=transport)
        purse = Purse(clock, limits=plugin.limits(given))
        host = CrmHost(plugin.name, http, tokens, purse, clock, SeededRandom(9), Events())
        crm = plugin.build(given, host)
        try:
            await crm.open()
        except BaseException:
            await http.aclose()
            raise
        return http, crm

    def close(self) -> None:
        """Hang up."""
        try:
            self.do(self._hang_up())
        finally:
            self._stop()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _hang_up(self) -> None:
        await self._crm.aclose()
        await self._http.aclose()

    @property
    def forms(self) -> list[Form]:
        """The objects that can be filled in and emptied again, customers first."""
        objects = self._crm.capabilities.objects
        forms = [self._form(name, object) for name, object in objects.items() if _is_scratch(object)]
        return sorted(forms, key=lambda form: form.kind is not Kind.CUSTOMER)

    def _form(self, name: str, object: ObjectCapability) -> Form:
        types = ("person", "organisation") if "type" in object.writable else ()
        right = [type for type in types if self._crm.place(object.kind, {"type": type}) == name]
        fixed = {"type": right[0]} if right else {}
        return Form(object.kind, name, {field: field for field in self._typed(object)}, fixed)

    def _typed(self, object: ObjectCapability) -> list[str]:
        required = [name for name, spec in FIELDS[object.kind].items() if spec.required and spec.type is Type.TEXT]
        return [name for name in dict.fromkeys([*required, *TYPED]) if name in object.writable and name != "type"]

    # -- what people do -----------------------------------------------------------------------------------------------

    def create(self, object: str, fields: Mapping[str, Any]) -> str:
        self._made += 1
        reference = f"{self.tag}_person_{self._made}"
        kind = self._crm.capabilities.objects[object].kind
        self.made.add((object, reference))
        return self.do(self._push(Change(Op.CREATE, kind, object, reference, fields=fields)))

    def edit(self, object: str, id: str, fields: Mapping[str, Any]) -> None:
        self.do(self._change(object, id, Op.UPDATE, fields))

    def delete(self, object: str, id: str) -> None:
        self.do(self._change(object, id, Op.DELETE, {}))

    def merge(self, object: str, winner: str, loser: str) -> None:
        raise ValueError("nobody can merge records over the API")

    def restore(self, object: str, id: str) -> None:
        raise ValueError("nobody can restore a record over the API")

    def read(self, object: str) -> Mapping[str, Mapping[str, Any]]:
        """The records of this run."""
        return {id: record.fields for (of, id), record in self.do(self._tagged()).items() if of == object}

    def take_away(self) -> list[str]:
        """Delete every record of this run, what others refer to last; what could not be deleted is told."""
        left = []
        tagged = self.do(self._tagged())
        for object, id in sorted(tagged, key=lambda place: tagged[place].kind in REFERRED_TO):
            try:
                self.delete(object, id)
            except (ValueError, KeyError) as error:
                left.append(f"{object} {id}: {error}")
        return left

    async def _tagged(self) -> dict[tuple[str, str], Record]:
        """What feeds bring, and what they leave out: deals that are not won, what kequn alone decides."""
        walked = await Reading(self._crm).round()
        ours = [one for one in walked.records if self.tag in texts(one) or self.tag in (one.reference or "")]
        ours += await self._found()
        gone = {(one.object, one.id) for one in walked.gone}
        return {(one.object, one.id): one for one in ours if (one.object, one.id) not in gone}

    async def _found(self) -> list[Record]:
        """By their kequn ids; a CRM may find what is in its bin, too."""
        found: list[Record] = []
        for object, sheet in self._crm.capabilities.objects.items():
            ids = sorted(id for of, id in self.made if of == object and sheet.carries_id)
            for start in range(0, len(ids), AT_ONCE):
                records = await self._crm.find(object, ids[start : start + AT_ONCE])
                there = await self._crm.fetch(object, [one.id for one in records])
                binned = {one.id for one in there if isinstance(one, Gone)}
                found += [one for one in records if one.id not in binned]
        return found

    async def _change(self, object: str, id: str, op: Op, fields: Mapping[str, Any]) -> None:
        found = [one for one in await self._crm.fetch(object, [id]) if isinstance(one, Record)]
        if not found:
            raise KeyError(id)
        record = found[0]
        await self._push(Change(op, record.kind, object, record.reference or "none", id, record.version, fields))

    async def _push(self, change: Change) -> str:
        (answer,) = await self._crm.push(Batch(self.tag, [change]))
        if isinstance(answer, CrmError):
            raise ValueError(f"{change.op} in {change.object}: {answer.message}")
        return answer.id


def _is_scratch(object: ObjectCapability) -> bool:
    return object.create and object.update and object.delete and object.kind in FILLED_IN
