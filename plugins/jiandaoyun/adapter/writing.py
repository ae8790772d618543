"""Pushing changes: in order, with one answer for each. Decides what becomes of the rest when a request fails; how a
change is said stands in records.py."""

from collections.abc import Awaitable, Callable, Iterator, Sequence

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.errors import ChangedMeanwhile, CrmError, NotThere, Rejected, RetryLater

Answer = Receipt | CrmError
Write = Callable[[Sequence[Change]], Awaitable[list[Answer]]]
"""Writes neighbours of the same kind. What it raises is the answer of all of them."""


async def push(changes: Sequence[Change], writer: Callable[[Change], Write]) -> list[Answer]:
    """`writer`: who writes a change and its neighbours."""
    answers: list[Answer] = []
    stopped: CrmError | None = None
    for run in runs(changes):
        if stopped is not None:
            answers += [not_sent(stopped) for _ in run]
            continue
        try:
            found = await writer(run[0])(run)
        except CrmError as error:
            found = [error for _ in run]
        answers += found
        stopped = next((one for one in found if isinstance(one, CrmError) and stops(one)), None)
    return answers


def stops(error: CrmError) -> bool:
    """Whether the next requests would meet it too."""
    return not isinstance(error, Rejected | ChangedMeanwhile | NotThere)


def not_sent(cause: CrmError) -> CrmError:
    wait = cause.wait_seconds if isinstance(cause, RetryLater) else 0.0
    return RetryLater(f"not sent: {cause.message}", wait_seconds=wait)


def runs(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Neighbours that are created in one form together; all others alone."""
    run: list[Change] = []
    for change in changes:
        same = bool(run) and change.op is Op.CREATE and run[0].op is Op.CREATE and run[0].object == change.object
        if run and not (same and all(change.reference != one.reference for one in run)):
            yield run
            run = []
        run.append(change)
    if run:
        yield run
