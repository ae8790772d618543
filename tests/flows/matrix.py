"""The kill matrix: a scenario is played up to its work, once, and that moment is forked for each point at which the
work is cut off. Another kequn starts on the same database, does what is left, and all is judged once it is quiet. Many
points leave the same behind (a transaction that is cut short leaves nothing): what follows is played once."""

import asyncio
import os
import pickle
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from kequn.clock import ManualClock
from kequn.registry import Registry
from kequn.testing.simulation.ending import write_down
from kequn.testing.simulation.history import History
from kequn.testing.simulation.judge import judge
from kequn.testing.simulation.play import settle
from tests.flows.scenarios import Scenario
from tests.flows.scene import Place, Scene


@dataclass(frozen=True)
class Told:
    """What a fork tells: how many points it passed, a digest of what the crash left, and what was refused."""

    passed: int = 0
    left: str = ""
    refused: tuple[str, ...] = ()


@dataclass
class Found:
    """What came of one scenario: how many points it has, how many were tried, what different things they left behind,
    and what was refused (point, words)."""

    points: int = 0
    tried: int = 0
    left: set[str] = field(default_factory=set)
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Matrix:
    registry: Registry
    place: Place

    def crash(self, scenario: Scenario, points: Iterable[int] | None = None, stride: int = 1) -> Found:
        """A crash at each of these points; at every `stride`-th one, if none are named."""
        told = asyncio.run(self._undisturbed(scenario))
        found = Found(told.passed, refused=[(0, words) for words in told.refused])
        scene = asyncio.run(prepared(scenario, self.registry, self.place))
        try:
            for at in points if points is not None else range(1, found.points + 1, stride):
                told = self._forked(scene, lambda at=at: _cut(scene, scenario, at, found.left))  # type: ignore[misc]
                found.tried += 1
                found.left.add(told.left)
                found.refused += [(at, words) for words in told.refused]
        finally:
            self.place.drop(scene.url)
        return found

    async def _undisturbed(self, scenario: Scenario) -> Told:
        """What is compiled on the way, every fork has."""
        scene = await prepared(scenario, self.registry, self.place)
        await scene.wake(scene.url)
        try:
            assert await scene.attempt(scenario.whole)
            return Told(scene.knife.passed, refused=judged(await quiet(scene)))
        finally:
            await scene.end()

    def _forked(self, scene: Scene, work: Callable[[], Awaitable[Told]]) -> Told:
        """In a process of its own, on a copy of the database: this one's scene stays as it is."""

        async def awake() -> Told:
            await scene.wake(copy)
            try:
                return await work()
            finally:
                await scene.end()

        copy = self.place.copy(scene.url)
        reading, writing = os.pipe()
        if child := os.fork():
            os.close(writing)
            with os.fdopen(reading, "rb") as pipe:
                told = pickle.load(pipe)  # noqa: S301 - our own child's
            os.waitpid(child, 0)
            assert isinstance(told, Told)
            return told
        try:
            told = asyncio.run(awake())
        except BaseException as error:
            told = Told(refused=(f"broke: {type(error).__name__}: {error}",))
        with os.fdopen(writing, "wb") as out:
            pickle.dump(told, out)
        os._exit(0)


async def prepared(scenario: Scenario, registry: Registry, place: Place) -> Scene:
    """Everything is as it was before the work, and kequn is not running."""
    scene = Scene(scenario.first, scenario.script, registry, place, ManualClock())
    await scene.build()
    for step in scenario.before:
        await step(scene)
    await scene.close()
    return scene


async def _cut(scene: Scene, scenario: Scenario, at: int, known: set[str]) -> Told:
    scene.knife.at = at
    assert not await scene.attempt(scenario.whole), f"there is no point {at}"
    left = await scene.left_behind()
    if left in known:
        return Told(left=left)
    scene.clock.move(2)
    await scenario.whole(scene)
    return Told(left=left, refused=judged(await quiet(scene)))


async def quiet(scene: Scene) -> History:
    """The history, once all has been quiet."""
    scene.clock.move(3600)
    await settle(scene)
    await write_down(scene)
    return scene.history


def judged(history: History) -> tuple[str, ...]:
    return tuple(f"{verdict.promise} {verdict.what}" for verdict in judge(history))
