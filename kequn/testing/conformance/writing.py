"""A pen: records that kequn could write, for any plugin. It fills every field that the sheet calls writable with a
value of its type, makes the records that references need, and reads back what was written."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import count

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.crm import Crm, FieldSchema, ObjectCapability, ObjectSchema
from kequn.contracts.errors import CrmError, Rejected
from kequn.contracts.records import FIELDS, OUTBOUND, Kind, Money, Record, Ref, Roster, Type, Value
from kequn.testing.conformance.case import Failed, expect
from kequn.testing.conformance.crowd import text_of
from kequn.testing.conformance.stage import Stage

PARTS = {"first_name", "last_name"}
"""Parts of a name: where the whole name can be written, it says them too."""

SOFT = ("notes", "content", "description", "solution", "purpose", "occupation", "city", "street")
"""Fields that take any text and that nobody requires."""

WRITTEN = 50_000
"""Where the numbers of kequn's records begin: those of the other people are below."""

KNOWN = {"currency": "CNY", "direction": "inbound", "kind": "sale", "gender": "female", "country": "中国"}


class Pen:
    """`creatable`, `updatable`: the objects that can be written so. `written`: every change that was sent."""

    def __init__(self, stage: Stage, schemas: Mapping[str, ObjectSchema]) -> None:
        self.stage = stage
        self.schemas = schemas
        self.written: list[Change] = []
        objects = stage.line.crm.capabilities.objects
        # Where others work, nothing is made that cannot be taken away again.
        live = bool(stage.tag)
        self.creatable = [name for name, object in objects.items() if object.create and (object.delete or not live)]
        self.updatable = [name for name, object in objects.items() if object.create and object.update]
        self._numbers = count(1)
        self._targets: dict[str, Ref] = {}

    @classmethod
    async def of(cls, stage: Stage) -> "Pen":
        pen = cls(stage, await stage.schemas())
        expect(pen.creatable, "no object can be created: the plugin only reads")
        return pen

    @property
    def crm(self) -> Crm:
        return self.stage.line.crm

    @property
    def shared(self) -> list[str]:
        """Objects that both kequn and the other people create."""
        found = [object for object in self.stage.crowd.forms if object in self.creatable]
        expect(found, "of the objects that can be created, the emulator says of none how people fill it in")
        return found

    @property
    def found(self) -> list[str]:
        """Objects in which a create that was not answered is looked for: these, and what kequn alone decides."""
        return [*self.shared, *(object for object in self.creatable if self.sheet(object).kind in OUTBOUND)]

    def sheet(self, object: str) -> ObjectCapability:
        return self.crm.capabilities.objects[object]

    # -- values -------------------------------------------------------------------------------------------------------

    async def fields(self, object: str, *, references: bool = False) -> dict[str, Value]:
        """A value for every writable field that the CRM can hold; `references`: for references too, not only for
        required ones."""
        number, sheet = next(self._numbers), self.sheet(object)
        fields: dict[str, Value] = {}
        for name, spec in FIELDS[sheet.kind].items():
            if name not in sheet.writable or (name in PARTS and "name" in sheet.writable):
                continue
            if spec.type is Type.REF:
                if references or spec.required:
                    fields |= await self._reference(object, name, spec.to)
            else:
                fields |= self._value(object, name, spec.type, number)
        return self._holdable(object, fields)

    def _value(self, object: str, name: str, type: Type, number: int) -> dict[str, Value]:
        moment = self.stage.clock.now().replace(microsecond=0) - timedelta(days=1)
        values: dict[Type, Value] = {
            Type.TEXT: self._text(object, name, number),
            Type.INTEGER: number,
            Type.BOOLEAN: True,
            Type.DATE: date(1990, 5, 1 + number % 28),
            Type.DATETIME: moment,
            Type.MONEY: Money.of(f"{number}.50", "CNY"),
            Type.SET: frozenset(self._options(object, name)[:2] or [f"标签 {number}"]),
        }
        return {name: values[type]} if type in values else {}

    def _text(self, object: str, name: str, number: int) -> str:
        if name == "type":
            kind = self.sheet(object).kind
            types = ("person", "organisation")
            return next((one for one in types if self.crm.place(kind, {"type": one}) == object), types[0])
        options = self._options(object, name)
        if options:
            return options[number % len(options)]
        return KNOWN.get(name) or text_of(name, number + WRITTEN, self.stage.tag, "写入")

    def _options(self, object: str, name: str) -> list[str]:
        schema = self.schemas.get(object)
        fields: Iterable[FieldSchema] = schema.fields if schema else ()
        return [option for field in fields if field.maps_to == name for option in field.options]

    def _holdable(self, object: str, fields: dict[str, Value]) -> dict[str, Value]:
        """Without what the CRM cannot hold, as the adapter itself says."""
        required = {name for name, spec in FIELDS[self.sheet(object).kind].items() if spec.required}
        while True:
            try:
                self.crm.normal(object, fields)
            except Rejected as error:
                expect(error.field in fields, f"normal refuses a field of {object} without naming it")
                expect(error.field not in required, f"{object} refuses a plain value for {error.field}")
                del fields[str(error.field)]
            else:
                return fields

    async def _reference(self, object: str, name: str, kind: Kind | None) -> dict[str, Value]:
        for other, sheet in self.crm.capabilities.objects.items():
            target = await self.target(other) if sheet.kind is kind else None
            if target is not None and self._fits(object, name, target):
                return {name: target}
        return {}

    def _fits(self, object: str, name: str, target: Ref) -> bool:
        """A membership belongs where its customer says; elsewhere the adapter says what a reference may point at."""
        kind = self.sheet(object).kind
        if kind is Kind.MEMBERSHIP:
            return self.crm.place(kind, {name: target}) == object
        return self.holds(object, {name: target})

    async def target(self, object: str) -> Ref | None:
        """A record of `object` to point at: a new one, or one that is there."""
        if object not in self._targets:
            sheet = self.sheet(object)
            if object in self.creatable and sheet.kind is not Kind.MEMBERSHIP:
                receipt = await self.create(object, await self.fields(object))
                self._targets[object] = Ref(sheet.kind, object, receipt.id)
            else:
                walked = await self.stage.line.reading().round()
                self._targets |= {record.object: record.ref for record in walked.records if record.object == object}
        return self._targets.get(object)

    def soft(self, object: str) -> str:
        """A field of `object` that takes any text and may be empty."""
        sheet = self.sheet(object)
        specs = FIELDS[sheet.kind]
        names = [name for name in (*SOFT, *specs) if name in sheet.writable and name not in PARTS | {"type"}]
        for name in names:
            spec = specs[name]
            if spec.type is Type.TEXT and not spec.required and self.takes(object, name):
                return name
        raise Failed(f"{object} has no writable text field that may be empty")

    def takes(self, object: str, name: str) -> bool:
        """Whether the field takes any text, an empty one too."""
        if any(field.required for field in self.schemas[object].fields if field.maps_to == name):
            return False
        if self._options(object, name):
            return False
        return self.holds(object, {name: "kequn"}) and self.crm.normal(object, {name: "kequn"}) == {name: "kequn"}

    def holds(self, object: str, fields: Mapping[str, Value]) -> bool:
        """Whether the adapter says that the CRM can hold these fields."""
        try:
            self.crm.normal(object, fields)
        except Rejected:
            return False
        return True

    # -- changes ------------------------------------------------------------------------------------------------------

    def creation(self, object: str, fields: Mapping[str, Value], reference: str | None = None) -> Change:
        kind = self.sheet(object).kind
        reference = reference or f"{self.stage.tag or kind.value[:3]}_{next(self._numbers):032x}"
        return Change(Op.CREATE, kind, object, reference, fields=fields)

    def update(self, record: Record, fields: Mapping[str, Value], version: int | None = None) -> Change:
        stands = record.version if version is None else version
        return Change(Op.UPDATE, record.kind, record.object, record.reference or "none", record.id, stands, fields)

    def deletion(self, record: Record) -> Change:
        return Change(Op.DELETE, record.kind, record.object, record.reference or "none", record.id, record.version)

    async def send(self, change: Change) -> Receipt | CrmError:
        self.written.append(change)
        (answer,) = await self.stage.line.push(change)
        return answer

    async def accepted(self, change: Change) -> Receipt:
        """The receipt. Fails when the change is refused."""
        answer = await self.send(change)
        if isinstance(answer, CrmError):
            raise Failed(f"{change.op} in {change.object} is refused: {answer.code} {answer.message}")
        expect(answer.id, f"the receipt of a {change.op} in {change.object} has no id")
        return answer

    async def create(self, object: str, fields: Mapping[str, Value]) -> Receipt:
        return await self.accepted(self.creation(object, fields))

    async def made(self, object: str) -> Record:
        """A new record, as it reads a while later."""
        receipt = await self.create(object, await self.fields(object))
        return await self.read(object, receipt.id)

    async def read(self, object: str, id: str) -> Record:
        """The record once reads show it. A membership is read from the roster that carries it."""
        self.stage.settle()
        found = await self.crm.fetch(object, [id])
        members = [member for one in found if isinstance(one, Roster) for member in one.members]
        records = [one for one in [*found, *members] if isinstance(one, Record)]
        record = next((one for one in records if (one.object, one.id) == (object, id)), None)
        if record is None:
            raise Failed(f"a record of {object} is not there after it was written")
        return record


def same(crm: Crm, object: str, written: Mapping[str, Value], read: Mapping[str, Value]) -> list[str]:
    """The fields that are not read back as `normal` foretells."""
    foretold = crm.normal(object, written)
    return sorted(name for name, value in foretold.items() if name not in read or read[name] != value)
