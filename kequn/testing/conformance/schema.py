"""T17 to T21: what the plugin tells of the CRM's fields, and what becomes of it when an administrator changes them."""

from collections.abc import Iterable
from contextlib import suppress

from kequn.contracts.crm import FieldSchema, ObjectSchema
from kequn.contracts.records import FIELDS, Kind, Record, Ref, Type
from kequn.testing.conformance.case import Failed, Group, Level, Skipped, expect
from kequn.testing.conformance.reading import texts
from kequn.testing.conformance.stage import Stage
from kequn.testing.conformance.subject import Subject

group = Group(Level.READ)

LABEL = "客户备注"
OPTION = "全新 Option"
MANY = 200

TRAITS = {
    "required": lambda field: field.required,
    "read_only": lambda field: field.read_only,
    "options": lambda field: bool(field.options),
    "references": lambda field: bool(field.refers_to),
}


@group.case("T17", "discover gives types, required, read-only, options, references, custom fields")
async def discovers(subject: Subject) -> None:
    async with subject.stage() as stage:
        sheet = stage.line.crm.capabilities
        schemas = await stage.schemas()
        missing = sorted(sheet.objects.keys() - schemas.keys())
        expect(not missing, f"describe leaves out {', '.join(missing)}")
        fields = [field for schema in schemas.values() for field in schema.fields]
        for trait, has in TRAITS.items():
            if trait in sheet.lacks:
                expect(not any(map(has, fields)), f"the CRM is said to lack {trait} and describe tells them")
            else:
                expect(any(map(has, fields)), f"describe tells of no field its {trait}")
        nameless = [field.name for field in fields if not (field.name and field.label and field.type)]
        expect(not nameless, f"fields without name, label or type: {', '.join(nameless[:5])}")
        for name, schema in schemas.items():
            _check_maps(name, schema, sheet.objects[name].fields if name in sheet.objects else frozenset())


def _check_maps(name: str, schema: ObjectSchema, ours: Iterable[str]) -> None:
    if schema.kind is None:
        return
    strange = {field.maps_to for field in schema.fields if field.maps_to} - FIELDS[schema.kind].keys()
    expect(not strange, f"{name} maps to fields that {schema.kind} has not: {', '.join(map(str, sorted(strange)))}")
    mapped = {field.maps_to for field in schema.fields}
    expect(mapped & set(ours), f"describe does not say how the fields of {name} are mapped")


@group.case("T18", "a custom field with a Chinese label", skips=["custom_fields"])
async def chinese_label(subject: Subject) -> None:
    async with subject.stage() as stage:
        object, name = await _custom_field(stage)
        field = next((one for one in (await stage.schemas())[object].fields if one.name == name), None)
        expect(field is not None, "a new custom field is not in describe")
        assert field is not None
        expect(field.label == LABEL, "the label of a custom field does not come as it is")
        expect(field.custom, "a custom field is not told to be one")
        (id,) = stage.crowd.add(object)
        stage.crowd.people.edit(object, id, {name: LABEL})
        stage.settle()
        record = (await stage.line.reading().round()).last(object, id)
        expect(record is not None and LABEL in texts(record), "the value of a custom field is dropped")


async def _custom_field(stage: Stage) -> tuple[str, str]:
    """Make a custom field for text, of the type of one that takes text already; its object and name."""
    object = stage.crowd.main
    if "custom_fields" in stage.line.crm.capabilities.lacks:
        custom = [field for schema in (await stage.schemas()).values() for field in schema.fields if field.custom]
        expect(not custom, "the CRM is said to lack custom_fields and describe tells some")
        raise Skipped("custom_fields")
    administrator = stage.crowd.administrator
    word = stage.crowd.forms[object].fields[stage.crowd.word(object)]
    type = next((field.type for field in (await stage.schemas())[object].fields if field.name == word), "text")
    return object, administrator.add_field(object, LABEL, type)


@group.case("T19", "a field that was removed is reported, the others go on", skips=["custom_fields"])
async def field_removed(subject: Subject) -> None:
    async with subject.stage() as stage:
        if "custom_fields" in stage.line.crm.capabilities.lacks:
            await _custom_field(stage)
        object = stage.crowd.main
        ids = stage.crowd.add(object, 3)
        stage.settle()
        reading = stage.line.reading()
        before = {record.id: record for record in (await reading.round()).records}
        field = await _expendable(stage, object)
        stage.crowd.administrator.remove_field(object, field.name)
        stage.later(120)
        edited = [stage.crowd.edit(id, object) for id in ids]
        stage.settle()
        walked = await reading.round()
        for id, (name, text) in zip(ids, edited, strict=True):
            record = walked.last(object, id)
            expect(record is not None, "after a field was removed, records do not come any more")
            assert record is not None
            expect(text in str(record.fields.get(name)), "after a field was removed, the others are not read")
            gone = field.maps_to not in record.fields
            expect(gone, f"a field that was removed reads as empty: leave {field.maps_to} out")
            expect(before[id].fields.keys() - record.fields.keys() <= {field.maps_to}, "other fields vanish with it")
        await _check_told(stage, object, field)


async def _expendable(stage: Stage, object: str) -> FieldSchema:
    """A mapped field of the form whose loss no record would be refused for, and that no other field of ours needs."""
    form, word = stage.crowd.forms[object], stage.crowd.word(object)
    names = [theirs for ours, theirs in form.fields.items() if ours not in {word, "name", "first_name", "last_name"}]
    fields = [field for field in (await stage.schemas())[object].fields if field.name in names]
    spare = [field for field in fields if not field.required and not field.unique and field.maps_to]
    expect(spare, f"the form of {object} has no field that could be removed")
    return next((field for field in spare if field.maps_to not in {"phone", "email"}), spare[0])


async def _check_told(stage: Stage, object: str, field: FieldSchema) -> None:
    schemas = await stage.schemas()
    expect(field.name not in {one.name for one in schemas[object].fields}, "describe still has a field that is gone")
    problems = [*schemas[object].problems, *await stage.line.crm.check()]
    told = [one for one in problems if field.maps_to == one.field or field.name in (one.field, *one.message.split())]
    expect(told, f"nobody is told that the field {field.name} is gone (a Problem in describe and check)")


@group.case("T20", "a new option passes through, never dropped")
async def new_option(subject: Subject) -> None:
    async with subject.stage() as stage:
        object, name = await _picklist(stage)
        (id,) = stage.crowd.add(object)
        await stage.line.reading().round()
        stage.crowd.administrator.add_option(object, name, OPTION)
        stage.crowd.people.edit(object, id, {name: OPTION})
        shown = stage.crowd.shown(object, id)
        stored = str((shown or {}).get(name, OPTION))
        stage.settle()
        record = (await stage.line.reading().round()).last(object, id)
        expect(record is not None, "a record with a new option does not come")
        assert record is not None
        expect(OPTION in texts(record) or stored in texts(record), "the value of a new option is dropped")


async def _picklist(stage: Stage) -> tuple[str, str]:
    """A picklist of an object that people fill in; a mapped one if there is one."""
    found = [
        (object, field)
        for object, schema in (await stage.schemas()).items()
        if object in stage.crowd.forms
        for field in schema.fields
        if field.options and not field.read_only and not field.refers_to
    ]
    mapped = [pair for pair in found if pair[1].maps_to]
    if found:
        object, field = (mapped or found)[0]
        return object, field.name
    return await _untold_picklist(stage)


async def _untold_picklist(stage: Stage) -> tuple[str, str]:
    """Where describe tells no options: a field that takes another one."""
    for object in stage.crowd.forms:
        for field in (await stage.schemas())[object].fields:
            with suppress(ValueError, KeyError):
                stage.crowd.administrator.add_option(object, field.name, f"{OPTION} 2")
                return object, field.name
    raise Failed("no object that people fill in has a picklist: let the emulator have one")


@group.case("T21", "200 records match the discovered schema")
async def records_match(subject: Subject) -> None:
    async with subject.stage(records=MANY) as stage:
        schemas = await stage.schemas()
        walked = await stage.line.reading().round()
        main = [record for record in walked.records if record.kind is Kind.CUSTOMER]
        expect(len(main) >= MANY, f"an emulator seeded with {MANY} records gives {len(main)} customers")
        expect(not walked.problems, f"{len(walked.problems)} records of the emulator cannot be translated")
        objects = stage.line.crm.capabilities.objects
        for record in walked.records:
            _check_record(record, schemas[record.object])
            for field, value in record.fields.items():
                if isinstance(value, Ref):
                    to = FIELDS[record.kind][field].to
                    right = value.kind is to and value.object in objects and objects[value.object].kind is to
                    expect(right, f"{record.object}.{field} points at {value.object}, which is no {to}")


def _check_record(record: Record, schema: ObjectSchema) -> None:
    names = {field.name for field in schema.fields}
    strange = record.extra.keys() - names
    expect(not strange, f"{record.object} holds {', '.join(sorted(strange))}, which describe does not know")
    required = [name for name, spec in FIELDS[record.kind].items() if spec.required and spec.type is not Type.REF]
    empty = [name for name in required if name in record.fields and record.fields[name] in (None, "")]
    expect(not empty, f"{record.object} comes without {', '.join(empty)}")
    expect(record.version > 0 or record.kind in NO_VERSION, f"{record.object} comes without a version")


NO_VERSION = {Kind.STAFF, Kind.TIER, Kind.GROUP, Kind.MEMBERSHIP}
"""Kinds that a CRM may keep in lists without a history."""
