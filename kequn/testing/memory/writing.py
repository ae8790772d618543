"""How a memory CRM takes a change: its own checks, the guard against newer states, and the receipt."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.crm import Conditional
from kequn.contracts.errors import ChangedMeanwhile, CrmError, MissingReference, NotThere, Rejected
from kequn.contracts.records import FIELDS, Ref, Value
from kequn.testing.memory.book import Book, Entry
from kequn.testing.memory.sheet import OBJECTS


@dataclass(frozen=True)
class Write:
    """One change that was carried out. `fields`: the names of what it set."""

    op: Op
    object: str
    id: str
    fields: frozenset[str] = field(default_factory=frozenset)


def carry_out(book: Book, change: Change) -> Receipt:
    """Raises a CrmError, and then nothing was written."""
    match change.op:
        case Op.CREATE:
            entry = _create(book, change)
        case Op.UPDATE:
            entry = _update(book, change)
        case Op.DELETE:
            entry = _delete(book, change)
    return Receipt(entry.id, _version(book, entry))


def _version(book: Book, entry: Entry) -> int:
    """What reads will show: of a membership on a roster, the version of its customer."""
    owner = entry.fields.get("customer")
    if book.options.carried(entry.object) and isinstance(owner, Ref):
        carrier = book.now(owner.object, owner.id)
        return carrier.version if carrier else entry.version
    return entry.version


def _create(book: Book, change: Change) -> Entry:
    _check(book, change.object, change.fields, new=True)
    twin = _twin(book, change)
    if twin:
        raise Rejected("there is a record with this kequn id or pair already", other_id=twin.id)
    marked = book.options.capabilities().objects[change.object].carries_id
    return book.create(change.object, change.fields, reference=change.reference if marked else None)


def _twin(book: Book, change: Change) -> Entry | None:
    alive = [entry for entry in book.all(change.object) if not entry.gone]
    if book.options.carried(change.object):
        pair = {name: change.fields.get(name) for name in ("customer", "group")}
        return next((entry for entry in alive if all(entry.fields[name] == pair[name] for name in pair)), None)
    if not book.options.unique_reference:
        return None
    return next((entry for entry in alive if entry.reference == change.reference), None)


def _update(book: Book, change: Change) -> Entry:
    entry = book.live(change.object, change.id or "")
    if entry is None:
        raise NotThere(f"{change.object} {change.id} is not there")
    _guard(book, change, entry)
    _check(book, change.object, change.fields, new=False)
    return book.change(change.object, entry.id, change.fields)


def _delete(book: Book, change: Change) -> Entry:
    entry = book.now(change.object, change.id or "")
    if entry is None:
        raise NotThere(f"{change.object} {change.id} was never there")
    if entry.gone:
        return entry
    _guard(book, change, entry)
    return book.remove(change.object, entry.id)


def _guard(book: Book, change: Change, entry: Entry) -> None:
    conditional = book.options.capabilities().objects[change.object].conditional
    if conditional is not Conditional.NONE and change.version != entry.version:
        raise ChangedMeanwhile(f"{change.object} {entry.id} has version {entry.version}, not {change.version}")


def _check(book: Book, object: str, fields: Mapping[str, Value], *, new: bool) -> None:
    writable = book.options.writable(object)
    known = FIELDS[book.options.capabilities().objects[object].kind]
    for name, value in fields.items():
        if name not in writable and not (new and name == "type"):
            raise Rejected(f"{name} cannot be written", field=name)
        known[name].check(value)
        if isinstance(value, Ref) and book.live(value.object, value.id) is None:
            raise MissingReference(f"{name} points at {value.object} {value.id}, which is not there", field=name)
    for name, spec in known.items():
        missing = new and name in writable and name not in fields
        if spec.required and (missing or (name in fields and fields[name] in (None, ""))):
            raise Rejected(f"{name} is required", field=name)
    book.options.stored(object, fields)


def attempt(book: Book, change: Change) -> Receipt | CrmError:
    """The CRM's answer to one change of a batch."""
    if change.object not in book.options.objects or OBJECTS.get(change.kind) is None:
        return Rejected(f"there is no object {change.object}")
    try:
        return carry_out(book, change)
    except CrmError as error:
        return error
