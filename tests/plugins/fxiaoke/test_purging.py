"""Deletes for good: two requests, and whatever happens between them or to their answers, what kequn has thrown away is
purged in the end, and nothing else is."""

import pytest

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.errors import RetryLater
from kequn.contracts.records import Kind
from tests.plugins.fxiaoke.rig import Rig, opened

pytestmark = pytest.mark.anyio

ACCOUNT = "AccountObj"


def account(rig: Rig) -> str:
    id: str = rig.people.create(ACCOUNT, {"name": "Mill"})
    rig.later()
    return id


def delete(id: str) -> Change:
    return Change(Op.DELETE, Kind.CUSTOMER, ACCOUNT, "cus_1", id)


async def write_something(rig: Rig) -> None:
    other = account(rig)
    await rig.answer(Change(Op.UPDATE, Kind.CUSTOMER, ACCOUNT, "cus_2", other, None, {"notes": "new"}))


def refuse_purges(rig: Rig) -> None:
    """From now on no request to purge arrives."""

    async def before(method: str, path: str) -> None:
        if path.endswith("/delete"):
            rig.trouble("timeout_before_commit")

    rig.emulator.faults.before(before)


def kept(rig: Rig) -> set[str]:
    """In the bin or not."""
    return set(rig.emulator.tenant.objects[ACCOUNT].table.rows)


@pytest.mark.parametrize("lost", ["timeout_after_commit", "timeout_before_commit", "status_500"])
async def test_a_purge_whose_answer_is_lost_is_looked_after(lost: str) -> None:
    rig = await opened(purge=True)
    id = account(rig)
    rig.trouble(None, None, lost)  # the read, into the bin, out of it
    assert await rig.answer(delete(id)) == Receipt(id)
    assert kept(rig) == set()


async def test_a_purge_that_had_no_chance_is_made_up_for_with_the_next_write() -> None:
    rig = await opened(purge=True)
    id = account(rig)
    refuse_purges(rig)
    answer = await rig.answer(delete(id))
    assert isinstance(answer, RetryLater)
    assert answer.maybe_applied
    rig.emulator.faults.before(None)
    assert kept(rig) == {id}
    rig.restart()  # another process
    rig.later(3600)
    await rig.walk(ACCOUNT)
    assert kept(rig) == {id}  # a read writes nothing
    await write_something(rig)
    assert id not in kept(rig)
    before = len(rig.emulator.requests)
    await rig.push()
    assert len(rig.emulator.requests) == before  # it is made up for once


async def test_a_crm_that_is_still_out_of_order_stops_no_other_write() -> None:
    rig = await opened(purge=True)
    id = account(rig)
    refuse_purges(rig)
    await rig.answer(delete(id))
    other = account(rig)
    await rig.answer(Change(Op.UPDATE, Kind.CUSTOMER, ACCOUNT, "cus_2", other, None, {"notes": "new"}))
    assert rig.people.read(ACCOUNT)[other]["remark"] == "new"
    rig.emulator.faults.before(None)
    await write_something(rig)
    assert id not in kept(rig)


@pytest.mark.parametrize("last", ["/invalid", "/delete"])
async def test_a_process_that_ends_in_between_forgets_nothing(last: str) -> None:
    rig = await opened(purge=True)
    id = account(rig)

    async def before(method: str, path: str) -> None:
        if path.endswith(last):
            raise SystemExit

    rig.emulator.faults.before(before)
    with pytest.raises(SystemExit):
        await rig.push(delete(id))
    rig.emulator.faults.before(None)
    rig.restart()
    await write_something(rig)
    assert (id in kept(rig)) is (last == "/invalid")  # then it was not even thrown away, and the engine asks again
    assert await rig.answer(delete(id)) == Receipt(id)
    assert id not in kept(rig)


async def test_who_comes_back_from_the_bin_in_between_stays() -> None:
    rig = await opened(purge=True)
    id = account(rig)
    refuse_purges(rig)
    await rig.answer(delete(id))
    rig.emulator.faults.before(None)
    rig.people.restore(ACCOUNT, id)
    await write_something(rig)
    rig.people.delete(ACCOUNT, id)
    await write_something(rig)
    assert id in kept(rig)


async def test_what_somebody_else_threw_away_stays_in_the_bin() -> None:
    """Kequn's own request never arrived; somebody was faster than the next one."""
    rig = await opened(purge=True)
    id = account(rig)
    rig.trouble(None, "timeout_before_commit")
    assert isinstance(await rig.answer(delete(id)), RetryLater)
    rig.people.delete(ACCOUNT, id)
    await write_something(rig)
    assert id in kept(rig)
    assert await rig.answer(delete(id)) == Receipt(id)
    assert id in kept(rig)


async def test_nothing_is_noted_where_nothing_is_purged() -> None:
    rig = await opened()
    id = account(rig)
    rig.trouble(None, None)
    assert await rig.answer(delete(id)) == Receipt(id)
    await write_something(rig)
    assert id in kept(rig)
    assert await rig.host.notebook.read("purges") is None
