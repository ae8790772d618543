"""Pushing changes: in order, with one answer for each. Decides how changes are grouped and what becomes of the rest
when a request fails; how a change is said stands in records.py."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Protocol

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.errors import ChangedMeanwhile, CrmError, NotThere, Rejected, RetryLater

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

    def fail(self, at: int, error: CrmError) -> None:
        """This change failed. Raises Stopped when the others should not be tried."""
        self.answers[at] = error
        if not isinstance(error, Rejected | NotThere | ChangedMeanwhile):
            raise Stopped(error) from None


class Writer(Protocol):
    """Writes one object."""

    async def create(self, task: Task) -> None: ...
    async def update(self, task: Task) -> None: ...
    async def delete(self, task: Task) -> None: ...


async def push(changes: Sequence[Change], writer: Callable[[str], Writer | None]) -> list[Answer]:
    answers: list[Answer] = []
    stopped: CrmError | None = None
    for run in runs(changes):
        task = Task(run)
        if stopped is None:
            stopped = await _write(task, writer(run[0].object))
        task.answer(task.open, _not_sent(stopped))
        answers += [task.answers[at] for at in range(len(run))]
    return answers


async def _write(task: Task, writer: Writer | None) -> CrmError | None:
    """What stopped it, if something did."""
    first = task.changes[0]
    if writer is None:
        task.answer(task.open, Rejected(f"kequn writes nothing to {first.object} of Fxiaoke"))
        return None
    write = {Op.CREATE: writer.create, Op.UPDATE: writer.update, Op.DELETE: writer.delete}[first.op]
    try:
        await write(task)
    except Stopped as stop:
        return stop.error
    except Rejected as error:
        task.answer(task.open, error)
    except CrmError as error:  # a read that had to come first
        task.answer(task.open, error)
        return error
    return None


async def in_turn(steps: Sequence[Callable[[], Awaitable[Any]]]) -> None:
    """The requests that make one change. When one fails that is not the first, the change may be there in part."""
    for place, step in enumerate(steps):
        try:
            await step()
        except CrmError as error:
            error.maybe_applied = error.maybe_applied or place > 0
            raise


def _not_sent(cause: CrmError | None) -> CrmError:
    wait = cause.wait_seconds if isinstance(cause, RetryLater) else 0.0
    return RetryLater(f"not sent: {cause.message if cause else 'Fxiaoke left it unanswered'}", wait_seconds=wait)


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
