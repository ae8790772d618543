"""Pushing changes: in order, in as few requests as Zoho allows, with one answer for each. Decides how changes are
grouped and what becomes of the rest when a request fails; how a change is said stands in records.py and members.py."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Protocol

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.crm import ObjectCapability
from kequn.contracts.errors import BrokenReply, CrmError, Rejected, RetryLater
from kequn.contracts.records import FIELDS, Type
from plugins.zoho.client import Refused, Reply

Answer = Receipt | CrmError


class Stopped(Exception):
    """A request failed in a way that would meet the next ones too."""

    def __init__(self, error: CrmError) -> None:
        super().__init__()
        self.error = error


class Task:
    """Changes of one kind of write, and the answers to them so far."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.changes = changes
        self.answers: dict[int, Answer] = {}

    @property
    def open(self) -> list[int]:
        """The places of the changes that have no answer yet."""
        return [at for at in range(len(self.changes)) if at not in self.answers]

    def answer(self, places: Sequence[int], answer: Answer) -> None:
        self.answers |= dict.fromkeys(places, answer)

    async def send(self, places: Sequence[int], request: Awaitable[Reply]) -> Reply | None:
        """Await a request about these changes. When it fails, that is their answer; raises Stopped when the others
        should not be tried."""
        try:
            return await request
        except Refused as error:
            self.answer(places, error)
            return None
        except CrmError as error:
            self.answer(places, error)
            raise Stopped(error) from None


class Writer(Protocol):
    """Writes one object."""

    async def create(self, task: Task) -> None: ...
    async def update(self, task: Task) -> None: ...
    async def delete(self, task: Task) -> None: ...


async def push(
    changes: Sequence[Change], writer: Callable[[str], Writer | None], sheet: Mapping[str, ObjectCapability]
) -> list[Answer]:
    answers: list[Answer] = []
    stopped: CrmError | None = None
    for run in runs(changes):
        task = Task(run)
        if stopped is None:
            _refuse_unfit(task, sheet.get(run[0].object))
            stopped = await _write(task, writer(run[0].object))
        if stopped is None:
            task.answer(task.open, BrokenReply("Zoho did not say what became of the change", maybe_applied=True))
        else:
            task.answer(task.open, _not_sent(stopped))
        answers += [task.answers[at] for at in range(len(run))]
    return answers


def _refuse_unfit(task: Task, can: ObjectCapability | None) -> None:
    """What needs no question to Zoho: fields that it does not let be written, ends that a membership must have."""
    if can is None:
        return
    for at in task.open:
        change = task.changes[at]
        closed = sorted(change.fields.keys() - can.writable)
        ends = (name for name, spec in FIELDS[change.kind].items() if spec.required and spec.type is Type.REF)
        lacking = [name for name in ends if change.op is Op.CREATE and change.fields.get(name) is None]
        if closed:
            task.answers[at] = Rejected(f"{change.object} of Zoho cannot be written in {closed[0]}", field=closed[0])
        elif lacking:
            task.answers[at] = Rejected(f"{change.object} of Zoho needs {lacking[0]}", field=lacking[0])


async def _write(task: Task, writer: Writer | None) -> CrmError | None:
    """What stopped it, if something did."""
    first = task.changes[0]
    if writer is None:
        task.answer(task.open, Rejected(f"kequn writes nothing to {first.object} of Zoho"))
        return None
    write = {Op.CREATE: writer.create, Op.UPDATE: writer.update, Op.DELETE: writer.delete}[first.op]
    try:
        await write(task)
    except Stopped as stop:
        return stop.error
    except Rejected as error:
        task.answer(task.open, error)
    except CrmError as error:  # a read that had to come first, or an answer that cannot be read
        task.answer(task.open, error)
        return error
    return None


def _not_sent(cause: CrmError) -> CrmError:
    wait = cause.wait_seconds if isinstance(cause, RetryLater) else 0.0
    return RetryLater(f"not sent: {cause.message}", wait_seconds=wait)


def runs(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Neighbours of the same kind, each record once: within a run the order does not matter."""
    run: list[Change] = []
    for change in changes:
        same = bool(run) and (run[0].op, run[0].object) == (change.op, change.object)
        if run and not (same and all(_key(change) != _key(one) for one in run)):
            yield run
            run = []
        run.append(change)
    if run:
        yield run


def _key(change: Change) -> str:
    return change.id or change.reference
