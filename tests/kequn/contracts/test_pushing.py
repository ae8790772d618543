"""Pushing: in order, one answer for each change, and nothing is tried behind a failure that the rest would meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.errors import BrokenReply, CrmError, NotThere, Rejected, RetryLater
from kequn.contracts.pushing import Task, in_turn, push, runs
from kequn.contracts.records import Kind

pytestmark = pytest.mark.anyio

OPS = st.sampled_from([Op.CREATE, Op.UPDATE, Op.DELETE])
CHANGES = st.lists(
    st.builds(
        lambda op, object, number: change(op, object, number), OPS, st.sampled_from(["people", "orders"]),
        st.integers(1, 4),
    )
)  # fmt: skip


def change(op: Op, object: str, number: int) -> Change:
    id = None if op is Op.CREATE else f"id {number}"
    return Change(op, Kind.CUSTOMER, object, f"reference {number}", id, None, {})


class Desk:
    """A writer that answers with receipts, but for the numbers in `errors`."""

    def __init__(self, **errors: CrmError) -> None:
        self.errors, self.tried = errors, []  # type: ignore[var-annotated]

    async def create(self, task: Task) -> None:
        for at in task.open:
            self.tried.append(task.changes[at].reference)
            receipt = await task.send([at], self._write(task.changes[at]))
            if receipt is not None:
                task.answers[at] = receipt

    update = delete = create

    async def _write(self, change: Change) -> Receipt:
        error = self.errors.get(change.reference.replace("reference ", "no"))
        if error is not None:
            raise error
        return Receipt(f"id of {change.reference}")


@given(CHANGES)
def test_runs_keep_the_order_and_name_each_record_once(changes: list[Change]) -> None:
    found = list(runs(changes))
    assert [one for run in found for one in run] == changes
    for run in found:
        assert len({(one.op, one.object) for one in run}) == 1
        assert len({one.id or one.reference for one in run}) == len(run)


async def test_a_record_that_is_refused_stops_nobody() -> None:
    desk = Desk(no2=Rejected("no such tier"), no3=NotThere("gone"))
    answers = await push([change(Op.UPDATE, "people", number) for number in (1, 2, 3, 4)], "Acme", lambda _: desk)
    assert [type(one) for one in answers] == [Receipt, Rejected, NotThere, Receipt]


async def test_behind_a_failure_nothing_is_tried() -> None:
    desk = Desk(no2=RetryLater("busy", wait_seconds=7))
    changes = [change(Op.CREATE, "people", 1), change(Op.CREATE, "people", 2), change(Op.CREATE, "orders", 3)]
    answers = await push(changes, "Acme", lambda _: desk)
    assert desk.tried == ["reference 1", "reference 2"]
    assert isinstance(answers[2], RetryLater)
    assert (answers[2].wait_seconds, answers[2].maybe_applied, "not sent" in answers[2].message) == (7, False, True)


async def test_what_is_unfit_and_what_nobody_writes_is_refused_without_a_request() -> None:
    desk = Desk()
    unfit = {"reference 1": Rejected("read-only", field="name")}
    answers = await push(
        [change(Op.CREATE, "people", 1), change(Op.CREATE, "orders", 2)], "Acme",
        lambda object: desk if object == "people" else None, lambda one: unfit.get(one.reference),
    )  # fmt: skip
    assert [isinstance(one, Rejected) for one in answers] == [True, True]
    assert desk.tried == []


async def test_what_a_writer_leaves_unanswered_may_have_been_applied() -> None:
    class Silent(Desk):
        async def create(self, task: Task) -> None:
            return None

    (answer,) = await push([change(Op.CREATE, "people", 1)], "Acme", lambda _: Silent())
    assert isinstance(answer, BrokenReply)
    assert answer.maybe_applied


async def test_of_several_requests_a_later_failure_may_have_been_applied_in_part() -> None:
    async def well() -> None:
        return None

    async def badly() -> None:
        raise RetryLater("busy", wait_seconds=1)

    for steps, partly in (([badly, well], False), ([well, badly], True)):
        with pytest.raises(RetryLater) as caught:
            await in_turn(steps)
        assert caught.value.maybe_applied is partly
