"""How long things took: steps that only rise, and every request of a connection counted, also one that failed."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.clock import ManualClock
from kequn.contracts.errors import RetryLater
from kequn.contracts.http import BoundClient
from kequn.durations import STEPS, Durations
from kequn.sync.connect import Timed


@given(st.lists(st.floats(0, 100), min_size=1))
def test_every_duration_stands_in_the_last_step_and_none_leaves_a_higher_one(some: list[float]) -> None:
    durations = Durations()
    for seconds in some:
        durations.note(seconds, "route")
    ((labels, counts, total),) = durations.all()
    assert (labels, counts[-1]) == (("route",), ("+Inf", len(some)))
    assert total == pytest.approx(sum(some))
    for (_, count), step in zip(counts, STEPS, strict=False):
        assert count == sum(seconds <= step for seconds in some)


@pytest.mark.anyio
async def test_a_request_counts_by_how_it_ended() -> None:
    clock, durations = ManualClock(), Durations()

    def answered(request: httpx.Request) -> httpx.Response:
        clock.move(2)
        if request.url.path == "/broken":
            raise httpx.ReadTimeout("too long")
        return httpx.Response(404)

    async with BoundClient(["crm.test"], ["http://crm.test"], transport=httpx.MockTransport(answered)) as http:
        timed = Timed(http, "zoho", clock, durations)
        await timed.request("GET", "http://crm.test/here")
        with pytest.raises(RetryLater):
            await timed.request("GET", "http://crm.test/broken")
    assert [(labels, seconds) for labels, _, seconds in durations.all()] == [
        (("zoho", "4xx"), 2.0),
        (("zoho", "none"), 2.0),
    ]
