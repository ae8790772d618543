"""Pushing changes in their order, with one answer for each. Decides how changes are grouped and what becomes of the
rest when a request fails; how a change is said to a CRM is for the plugin's writers."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.errors import BrokenReply, ChangedMeanwhile, CrmError, NotThere, Rejected, RetryLater

T = TypeVar("T")
Answer = Receipt | CrmError


class Stopped(Exception):
    """A request failed in a way that would meet the next ones too."""

    def __init__(self, error: CrmError) -> None:
        super().__init__()
        self.error = error


class Task:
    """Changes of one operation in one object, each record once, and the answers to them so far. Their order among
    themselves does not matter."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.changes = changes
        self.answers: dict[int, Answer] = {}

    @property
    def open(self) -> list[int]:
        """The places of the changes that have no answer yet."""
        return [at for at in range(len(self.changes)) if at not in self.answers]

    def answer(self, places: Sequence[int], answer: Answer) -> None:
        self.answers |= dict.fromkeys(places, answer)

    def fail(self, places: Sequence[int], error: CrmError) -> None:
        """The request about these changes failed. Raises Stopped when the others should not be tried."""
        self.answer(places, error)
        if stops(error):
            raise Stopped(error) from None

    async def send(self, places: Sequence[int], request: Awaitable[T]) -> T | None:
        """The reply to a request about these changes. When it fails, that is their answer; raises Stopped when the
        others should not be tried."""
        try:
            return await request
        except CrmError as error:
            self.fail(places, error)
            return None


class Writer(Protocol):
    """Writes one object. Each method answers what is open in the task; an error that it raises is the answer of all
    that is still open, and one that is no Rejected ends the push."""

    async def create(self, task: Task) -> None: ...
    async def update(self, task: Task) -> None: ...
    async def delete(self, task: Task) -> None: ...


def stops(error: CrmError) -> bool:
    """Whether the next requests would meet this error too."""
    return not isinstance(error, Rejected | NotThere | ChangedMeanwhile)


def not_sent(cause: CrmError) -> RetryLater:
    """The answer of a change that was not tried after this error."""
    wait = cause.wait_seconds if isinstance(cause, RetryLater) else 0.0
    return RetryLater(f"not sent: {cause.message}", wait_seconds=wait)


def fits(change: Change) -> Rejected | None:
    return None


async def push(
    changes: Sequence[Change],
    crm: str,
    writer: Callable[[str], Writer | None],
    unfit: Callable[[Change], Rejected | None] = fits,
) -> list[Answer]:
    """An answer for each change. `crm`: its name, for people. `writer`: of an object; None where kequn writes nothing.
    `unfit`: why a change is refused without asking the CRM."""
    answers: list[Answer] = []
    stopped: CrmError | None = None
    for run in runs(changes):
        task = Task(run)
        if stopped is None:
            task.answers |= {at: refusal for at, change in enumerate(run) if (refusal := unfit(change))}
            stopped = await _write(task, crm, writer(run[0].object))
        if stopped is not None:
            task.answer(task.open, not_sent(stopped))
        unsaid = BrokenReply(f"{crm} did not say what became of the change", maybe_applied=True)
        answers += [task.answers.get(at, unsaid) for at in range(len(run))]
    return answers


async def _write(task: Task, crm: str, writer: Writer | None) -> CrmError | None:
    """What stopped it, if something did."""
    first = task.changes[0]
    if writer is None:
        task.answer(task.open, Rejected(f"kequn writes nothing to {first.object} of {crm}"))
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


async def in_turn(steps: Sequence[Callable[[], Awaitable[Any]]]) -> None:
    """The requests that make one change. When one fails that is not the first, the change may be there in part."""
    for place, step in enumerate(steps):
        try:
            await step()
        except CrmError as error:
            error.maybe_applied = error.maybe_applied or place > 0
            raise


def runs(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Neighbours of the same operation and object, each record once."""
    run: list[Change] = []
    for change in changes:
        same = bool(run) and (run[0].op, run[0].object) == (change.op, change.object)
        if run and not (same and all(_record(change) != _record(one) for one in run)):
            yield run
            run = []
        run.append(change)
    if run:
        yield run


def _record(change: Change) -> str:
    return change.id or change.reference
