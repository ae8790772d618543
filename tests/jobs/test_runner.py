"""A run that passes from one worker to another: what the first one does late is refused, and nothing is done twice."""

from uuid import UUID

import pytest

from jobs.runner import Order, Runner, Said
from kequn.domain import customers, runs
from kequn.store.tables import Connection
from tests.jobs.shop import Shop

pytestmark = pytest.mark.anyio


async def asked(shop: Shop, connection: Connection) -> Order:
    """Somebody enters three customers and asks for a run."""
    async with shop.database.writing() as session:
        desk = shop.desk(session)
        for number in range(3):
            await customers.create(desk, {"type": "person", "name": f"东{number}", "last_name": f"东{number}"})
        run: UUID = await runs.start(desk, connection.id)
    return Order(shop.scope, connection.id, connection.name, run)


async def finish(runner: Runner, order: Order) -> int:
    """How many steps were left."""
    steps = 1
    while await runner.advance(order) is Said.MORE:
        steps += 1
    return steps


@pytest.mark.parametrize("done", [4, 11])
async def test_what_a_worker_does_after_it_was_replaced_is_refused(shop: Shop, done: int) -> None:
    order = await asked(shop, await shop.add())
    dead: set[str] = set()
    alpha, beta = shop.runner("alpha", dead.__contains__), shop.runner("beta", dead.__contains__)
    assert [await alpha.advance(order) for _ in range(done)] == [Said.MORE] * done
    assert await beta.advance(order) is Said.BUSY
    dead.add("alpha")
    assert await beta.advance(order) is Said.MORE
    before = len([one for one in shop.zoho.requests if one.write])
    assert await alpha.advance(order) is Said.OVER
    assert len([one for one in shop.zoho.requests if one.write]) == before
    await finish(beta, order)
    (run,) = await shop.runs()
    assert (run.state, run.worker, run.generation) == ("done", "beta", 2)
    names = [entry["Last_Name"] for entry in shop.zoho.people.read("Contacts").values()]
    assert sorted(name for name in names if str(name).startswith("东")) == ["东0", "东1", "东2"]


async def test_a_run_that_is_taken_up_goes_on_where_it_was(shop: Shop) -> None:
    order = await asked(shop, await shop.add())
    alpha, beta = shop.runner("alpha", lambda worker: False), shop.runner("beta", lambda worker: worker == "alpha")
    for _ in range(6):
        await alpha.advance(order)
    (half,) = await shop.runs()
    await finish(beta, order)
    (whole,) = await shop.runs()
    assert half.counts["pulled"] > 0
    assert whole.counts["pulled"] > half.counts["pulled"]
    assert (whole.id, whole.started_at) == (half.id, half.started_at)


async def test_a_worker_that_stops_gives_its_runs_back(shop: Shop) -> None:
    order = await asked(shop, await shop.add())
    alpha, beta = shop.runner("alpha", lambda worker: False), shop.runner("beta", lambda worker: False)
    await alpha.advance(order)
    await alpha.close()
    assert [(run.state, run.worker) for run in await shop.runs()] == [("queued", None)]
    await finish(beta, order)
    assert [(run.state, run.worker) for run in await shop.runs()] == [("done", "beta")]


async def test_a_run_that_is_over_is_not_done_again(shop: Shop) -> None:
    order = await asked(shop, await shop.add())
    alpha, beta = shop.runner("alpha", lambda worker: False), shop.runner("beta", lambda worker: False)
    await finish(alpha, order)
    before = len(shop.zoho.requests)
    assert await beta.advance(order) is Said.OVER
    assert len(shop.zoho.requests) == before
