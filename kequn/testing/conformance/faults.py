"""T49 to T55: a CRM that is busy, broken, slow or somewhere else; giving up, and staying within the budget."""

import asyncio
from itertools import pairwise

from kequn.contracts.errors import BrokenReply, CrmError, RetryLater
from kequn.testing.conformance.case import Failed, Group, Level, expect
from kequn.testing.conformance.office import MINUTE, Purse
from kequn.testing.conformance.reading import Walked
from kequn.testing.conformance.stage import Line, Stage
from kequn.testing.conformance.subject import Subject

group = Group(Level.READ)

ASKED = 5.0
"""The Retry-After of the fault `throttled_retry_after`."""

PATIENCE = 1.0  # seconds in which what is cancelled ends
ASKING = 30.0  # seconds in which a request goes out; only what hangs takes so long
UNITS = 60
MINUTES = 10
BROKEN = ("status_500", "html_502", "status_503", "truncated_json", "wrong_content_type")


async def _prepared(stage: Stage, number: int = 5) -> tuple[str, str, list[str]]:
    """Some records and where they come from: (object, feed, ids)."""
    object = stage.crowd.main
    ids = stage.crowd.add(object, number)
    stage.settle()
    feed = await stage.line.reading().home(object)
    stage.later(60)
    return object, feed.name, ids


@group.case("T49", "429 with Retry-After is obeyed; without, the waits are drawn by chance")
async def throttled(subject: Subject) -> None:
    async with subject.stage() as stage:
        _, feed, _ = await _prepared(stage)
        stage.strike("throttled_retry_after")
        waits = await _waits(stage.line, feed)
        expect(waits and waits[0] >= ASKED, f"Retry-After asks for {ASKED:.0f} s and the plugin waits {waits[:1]}")
    drawn = [await _drawn(subject, seed) for seed in (3, 4)]
    for waits in drawn:
        expect(waits and all(wait > 0 for wait in waits), "after a 429 the next request comes at once")
    by_chance = len(drawn[0]) == 1 or drawn[0] != drawn[1]
    expect(by_chance, "the waits after 429 are not drawn by chance: all workers come back together")


async def _drawn(subject: Subject, seed: int) -> list[float]:
    """The waits of a worker with this luck, when it is throttled three times."""
    async with subject.stage() as stage:
        _, feed, _ = await _prepared(stage)
        line = stage.connect(seed=seed, tokens=stage.line.tokens)
        await line.crm.open()
        stage.strike(*["throttled"] * 3)
        return (await _waits(line, feed))[:3]


async def _waits(line: Line, feed: str) -> list[float]:
    """Seconds between the requests of a walk; one that is given up says itself when to come back."""
    before, last = len(line.wire.sent), []
    try:
        await line.reading().walk(feed)
    except RetryLater as error:
        last = [error.wait_seconds]
    except CrmError as error:
        raise Failed(f"a 429 is {type(error).__name__}; RetryLater is due") from error
    times = [one.at for one in line.wire.sent[before:]]
    return [later - sooner for sooner, later in pairwise(times)] + last


@group.case("T50", "a rate limit in a body with status 200 is seen")
async def throttled_in_200(subject: Subject) -> None:
    async with subject.stage() as stage:
        object, feed, ids = await _prepared(stage)
        stage.strike("throttled_in_200")
        began, before = stage.clock.monotonic(), len(stage.line.wire.sent)
        try:
            walked = await stage.line.reading().walk(feed)
        except RetryLater as error:
            expect(error.wait_seconds > 0, "RetryLater does not say how long to wait")
            return
        except CrmError as error:
            raise Failed(f"a rate limit with status 200 is {type(error).__name__}; RetryLater is due") from error
        expect(set(ids) <= set(walked.ids(object)), "a rate limit with status 200 passes for an empty answer")
        waited = stage.clock.monotonic() - began
        expect(waited > 0 and len(stage.line.wire.sent) > before + 1, "after a rate limit with status 200 nobody waits")


@group.case("T51", "500, 502 with HTML, cut JSON, a wrong type: tried again, no partial effect")
async def broken_answers(subject: Subject) -> None:
    async with subject.stage() as stage:
        object, feed, ids = await _prepared(stage)
        for fault in BROKEN:
            stage.strike(fault)
            await _check_whole(stage.line, object, feed, ids, fault)
    for fault in BROKEN[:4]:
        async with subject.stage() as stage:
            object, feed, ids = await _prepared(stage)
            stage.strike(*[fault] * 60)
            await _check_told(stage.line, feed, fault)


async def _check_whole(line: Line, object: str, feed: str, ids: list[str], fault: str) -> None:
    reading, walked = line.reading(), Walked()
    for _ in range(3):
        try:
            walked = await reading.walk(feed, walked)
        except (RetryLater, BrokenReply):
            continue
        except CrmError as error:
            raise Failed(f"{fault}: {type(error).__name__}; RetryLater or BrokenReply is due") from error
        break
    seen = walked.ids(object)
    expect(set(ids) <= set(seen), f"{fault}: {len(set(ids) - set(seen))} records are lost")


async def _check_told(line: Line, feed: str, fault: str) -> None:
    """A CRM that stays broken is told, and not taken for an empty one."""
    try:
        await line.reading().walk(feed)
    except (RetryLater, BrokenReply):
        return
    except CrmError as error:
        raise Failed(f"{fault} for good: {type(error).__name__}; RetryLater or BrokenReply is due") from error
    raise Failed(f"{fault} for good passes for an answer")


@group.case("T52", "a slow body stops at the time-out")
async def slow_body(subject: Subject) -> None:
    async with subject.stage() as stage:
        object, feed, ids = await _prepared(stage)
        stage.strike("slow_body")
        await _check_whole(stage.line, object, feed, ids, "slow_body")
        stage.strike(*["slow_body"] * 60)
        await _check_told(stage.line, feed, "slow_body")


@group.case("T53", "a redirect to another host is refused")
async def redirected(subject: Subject) -> None:
    async with subject.stage() as stage:
        _, feed, _ = await _prepared(stage)
        known = {one.url.host for one in stage.line.wire.sent}
        stage.strike(*["redirect"] * 20)
        try:
            await stage.line.reading().walk(feed)
        except CrmError:
            strange = {one.url.host for one in stage.line.wire.sent} - known
            expect(not strange, f"the plugin follows a redirect to {', '.join(sorted(strange))}")
        else:
            raise Failed("a redirect to another host passes for an answer")


@group.case("T54", "cancelled in a second, no task left")
async def cancelled(subject: Subject) -> None:
    async with subject.stage() as stage:
        _, feed, _ = await _prepared(stage)
        before = asyncio.all_tasks()
        line = stage.line
        line.wire.silent = True
        task = asyncio.create_task(line.reading().walk(feed))
        await asyncio.wait_for(line.wire.waits.wait(), ASKING)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=PATIENCE)
        expect(task in done, "a pull that is cancelled goes on")
        expect(task.cancelled(), "a pull swallows its cancellation")
        line.wire.silent = False
        await asyncio.wait_for(line.crm.aclose(), PATIENCE)
        for _ in range(3):
            await asyncio.wait([asyncio.create_task(_nothing())])
        left = asyncio.all_tasks() - before - {task}
        expect(not left, f"{len(left)} tasks are left after aclose")


async def _nothing() -> None:
    return None


@group.case("T55", "stays within the budget for 10 minutes, two workers together")
async def within_budget(subject: Subject) -> None:
    async with subject.stage() as stage:
        object, feed, ids = await _prepared(stage)
        purse = Purse(stage.clock, UNITS, stage.limits)
        workers = [stage.connect(purse=purse, tokens=stage.line.tokens, seed=seed) for seed in (5, 6)]
        for line in workers:
            await line.crm.open()
        until = stage.clock.monotonic() + MINUTES * MINUTE
        await asyncio.gather(*(_work(stage, line, object, feed, ids[0], until) for line in workers))
        sent = sorted(one.paid for line in workers for one in line.wire.sent if not one.login)
        owed = [place for place, paid in enumerate(sent, start=1) if paid < place]
        expect(not owed, f"{len(owed)} of {len(sent)} requests are sent without asking the budget first")
        times = sorted(one.at for line in workers for one in line.wire.sent if not one.login)
        most = max(sum(start <= time < start + MINUTE for time in times) for start in times)
        expect(most <= UNITS + len(workers), f"{most} requests in a minute with a budget of {UNITS}")


async def _work(stage: Stage, line: Line, object: str, feed: str, id: str, until: float) -> None:
    while stage.clock.monotonic() < until:
        try:
            await line.reading().walk(feed)
            await line.fetch(object, id)
        except RetryLater as error:
            await stage.clock.sleep(error.wait_seconds)
        await stage.clock.sleep(0.2)
