"""Faults by name, and when they strike. A fault is a wrapper around an ASGI application; how each one spoils a request
stands in spoil.py. Knows no CRM: an emulator adds its own faults and hands in its own error bodies."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.types import Scope

from kequn.clock import Clock, Random
from kequn.testing.emulator import spoil
from kequn.testing.emulator.spoil import NoAnswer, Refused, Signal, Wrap, mark, mark_of

__all__ = ["WEBHOOK_FAULTS", "Fault", "FaultBox", "NoAnswer", "Refused", "Signal", "generic_faults", "mark", "mark_of"]

WEBHOOK_FAULTS = ("webhook_duplicate", "webhook_reordered", "webhook_unsigned", "webhook_lost")
"""Faults of deliveries, not of requests: a script keeps them for the next webhooks."""


def always(scope: Scope) -> bool:
    return True


@dataclass(frozen=True)
class Fault:
    """`wrap`: what it does to the application. `transient`: chance may draw it, and a retry helps.
    `applies`: whether it makes sense for this request; a scripted fault waits for the first request it applies to."""

    wrap: Wrap
    transient: bool = False
    applies: Callable[[Scope], bool] = always


def generic_faults(clock: Clock, bodies: Mapping[int, object], *, throttled_in_200: object) -> dict[str, Fault]:
    """The faults that any HTTP API can have. `bodies`: the CRM's own JSON for 429, 500 and 503."""
    return {
        "refused": Fault(spoil.refuse, transient=True),
        "timeout_before_commit": Fault(spoil.time_out_before, transient=True),
        "timeout_after_commit": Fault(spoil.time_out_after, transient=True),
        "throttled": Fault(spoil.answer(429, bodies[429]), transient=True),
        "throttled_retry_after": Fault(spoil.answer(429, bodies[429], {"retry-after": "5"}), transient=True),
        "throttled_in_200": Fault(spoil.answer(200, throttled_in_200), transient=True),
        "status_500": Fault(spoil.answer(500, bodies[500]), transient=True),
        "status_503": Fault(spoil.answer(503, bodies[503]), transient=True),
        "html_502": Fault(spoil.bad_gateway, transient=True),
        "truncated_json": Fault(spoil.truncate, transient=True),
        "wrong_content_type": Fault(spoil.call_it_html, transient=True),
        "slow_body": Fault(spoil.drip(clock)),
        "redirect": Fault(spoil.redirect("https://elsewhere.example.org")),
    }


class FaultBox:
    """Decides which fault strikes a request: the next one of the script, else chance. The `Faults` of an emulator."""

    def __init__(self, known: Mapping[str, Fault], random: Random, probability: float = 0.0) -> None:
        self.known = dict(known)
        self.probability = probability
        self.hook: Callable[[str, str], Awaitable[None]] | None = None
        self._random = random
        self._script: deque[str | None] = deque()
        self._deliveries: deque[str] = deque()

    @property
    def names(self) -> tuple[str, ...]:
        """Every fault that `script` takes."""
        return (*self.known, *WEBHOOK_FAULTS)

    def script(self, *names: str | None) -> None:
        """The next requests meet these faults, one each (None: no fault). Webhook faults wait for the next webhooks."""
        unknown = [name for name in names if name is not None and name not in self.names]
        if unknown:
            raise ValueError(f"no such fault: {', '.join(unknown)}; known: {', '.join(self.names)}")
        self._deliveries.extend(name for name in names if name in WEBHOOK_FAULTS)
        self._script.extend(name for name in names if name not in WEBHOOK_FAULTS)

    def before(self, hook: Callable[[str, str], Awaitable[None]] | None) -> None:
        self.hook = hook

    def draw(self, scope: Scope) -> str | None:
        """The fault that strikes this request."""
        if self._script:
            name = self._script[0]
            if name is not None and not self.known[name].applies(scope):
                return None
            return self._script.popleft()
        if self.probability <= 0 or self._random.fraction() >= self.probability:
            return None
        return self._pick([name for name, fault in self.known.items() if fault.transient and fault.applies(scope)])

    def draw_delivery(self) -> str | None:
        """The fault that strikes this webhook."""
        if self._deliveries:
            return self._deliveries.popleft()
        if self.probability <= 0 or self._random.fraction() >= self.probability:
            return None
        return self._pick(WEBHOOK_FAULTS)

    def _pick(self, names: list[str] | tuple[str, ...]) -> str | None:
        return names[int(self._random.fraction() * len(names))] if names else None
