"""Which workers live. Each one's heartbeat is a number that rises; who has not seen it rise for a while, by a clock of
its own, takes that worker for dead. No clock of another machine counts, so that one that is wrong kills nobody."""

from collections.abc import Iterable
from datetime import datetime

from kequn.clock import Clock
from kequn.store import runs, workers
from kequn.store.database import Database
from kequn.store.runs import Claim


class Census:
    """Kept by one worker, `me`. `silence`: seconds without a beat after which a worker is dead."""

    def __init__(self, database: Database, clock: Clock, me: str, *, silence: float) -> None:
        self._database = database
        self._clock = clock
        self.me = me
        self.every = silence / 6
        self._silence = silence
        self._seen: dict[str, tuple[tuple[datetime, int], float]] = {}
        self._looked = clock.monotonic()
        self._dead: set[str] = set()

    async def beat(self, held: Iterable[Claim] = ()) -> list[str]:
        """I live, and so do these runs of mine. Gives the others that are dead by now."""
        now = self._clock.now()
        async with self._database.writing() as session:
            await workers.beat(session, self.me, now)
            await runs.renew(session, held, now)
        async with self._database.reading() as session:
            beats = await workers.beats(session)
        self._look(beats, self._clock.monotonic())
        return sorted(self._dead.intersection(beats))

    def _look(self, beats: dict[str, tuple[datetime, int]], now: float) -> None:
        asleep = now - self._looked >= self._silence / 2  # I heard nothing myself: nobody is blamed for that
        self._looked = now
        gone = self._seen.keys() - beats.keys()  # somebody else has found it dead, or it has left
        heard = {worker: self._seen.get(worker, (None, now)) for worker in beats}
        self._seen = {
            worker: (beat, heard[worker][1] if heard[worker][0] == beat and not asleep else now)
            for worker, beat in beats.items()
        }
        silent = {worker for worker, (_, since) in self._seen.items() if now - since >= self._silence}
        self._dead = (self._dead - beats.keys()) | (silent | gone) - {self.me}

    @property
    def leads(self) -> bool:
        """Of the workers that live, one does what need not be done by all: the first by name."""
        return self.me == min(self._seen.keys() - self._dead, default=self.me)

    @property
    def living(self) -> int:
        """How many work, as far as this one has heard."""
        return max(len(self._seen.keys() - self._dead), 1)

    def is_dead(self, worker: str) -> bool:
        return worker in self._dead

    async def bury(self, worker: str) -> None:
        """Its runs were taken over. Should it come back it counts again."""
        async with self._database.writing() as session:
            await workers.leave(session, worker)

    async def leave(self) -> None:
        """I stop."""
        async with self._database.writing() as session:
            await workers.leave(session, self.me)
