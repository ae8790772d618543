"""What goes wrong between kequn and a memory CRM, on demand or by chance. Decides when; the adapter says what follows.

A request is one call of the adapter: pull, fetch, find, or push of one batch."""

from collections import deque
from collections.abc import Awaitable, Callable
from enum import StrEnum

from kequn.clock import Random

Hook = Callable[[str, str], Awaitable[None]]


class Fault(StrEnum):
    """`THROTTLED`: refused, nothing happened. `LOST_BEFORE`: no answer, nothing happened. `LOST_AFTER`: no answer, but
    everything was written. `PARTIAL`: the second half of a batch has no answer; every other change of it was written.
    `BROKEN`: an answer that cannot be read, to a read."""

    THROTTLED = "throttled"
    LOST_BEFORE = "lost_before"
    LOST_AFTER = "lost_after"
    PARTIAL = "partial"
    BROKEN = "broken"


WRITES = (Fault.THROTTLED, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.PARTIAL)
READS = (Fault.THROTTLED, Fault.BROKEN)


class Faults:
    """The next fault of the script, else chance."""

    def __init__(self, random: Random, probability: float = 0.0) -> None:
        self.probability = probability
        self._random = random
        self._script: deque[Fault | None] = deque()
        self._before: Hook | None = None
        self._after: Hook | None = None

    def script(self, *faults: Fault | None) -> None:
        """The next writes meet these faults, one each (None: no fault)."""
        self._script.extend(faults)

    def forget(self) -> None:
        """What is left of the script does not happen."""
        self._script.clear()

    def before(self, hook: Hook | None) -> None:
        """Call `hook(request, object)` before each request is handled: a crash or another person's edit goes here."""
        self._before = hook

    def after(self, hook: Hook | None) -> None:
        """Call `hook(request, object)` when a request was handled, before kequn sees the answer."""
        self._after = hook

    async def enter(self, request: str, object: str) -> Fault | None:
        """A request arrives. What strikes it?"""
        if self._before:
            await self._before(request, object)
        if request == "push" and self._script:
            return self._script.popleft()
        if self.probability <= 0 or self._random.fraction() >= self.probability:
            return None
        choice = WRITES if request == "push" else READS
        return choice[int(self._random.fraction() * len(choice))]

    async def leave(self, request: str, object: str) -> None:
        if self._after:
            await self._after(request, object)
