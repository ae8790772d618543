"""What cannot be decided yet: which look comes back to a record, and when. Makes values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from kequn.contracts.records import Record, Ref
from kequn.store.hints import Look, awaiting
from kequn.sync import stray
from kequn.sync.desk import Desk
from kequn.sync.match import Observation
from kequn.sync.plan import Decision, Verb

UNREADABLE_AGAIN = timedelta(hours=1)
FAR_OFF = timedelta(days=1)
"""Who waits for a record that may be out of scope is woken when it comes in (hints.wake)."""


@dataclass(frozen=True)
class Waiting(Desk):
    """A desk that knows what to wait for."""

    def unreadable(self, seen: Record, name: str, why: str) -> Decision:
        cause = f"{name} {why}"
        look = Look(seen.object, seen.id, seen.kind, "UNREADABLE", cause, name, self.now + UNREADABLE_AGAIN)
        return Decision(Verb.WAIT, seen, cause, recheck=(look,))

    def carrier_left_out(self, seen: Record, missing: Mapping[str, Ref]) -> Decision | None:
        """What stands on a record (tags of a contact) comes with it: where that may be out of scope, nothing waits."""
        carrier = missing.get(self.remote.can(seen.object).owner or "")
        if carrier is None or not self.remote.policy.of(carrier.kind).is_scoped:
            return None
        return Decision(Verb.IGNORE, seen, f"its {carrier.kind} is not here")

    def wait_for_the_original(self, seen: Record) -> Decision:
        look = Look(seen.object, seen.id, seen.kind, stray.CODE, stray.CAUSE)
        return Decision(Verb.WAIT, seen, "its row is not known", recheck=(look,))

    def wait(self, at: Observation, seen: Record) -> Decision:
        return Decision(Verb.WAIT, seen, "waits for another record", recheck=self.later(at, seen))

    def later(self, at: Observation, seen: Record) -> tuple[Look, ...]:
        """References to records that are not here yet: looked at again until they are."""
        return tuple(
            Look(
                seen.object,
                seen.id,
                seen.kind,
                "WAITS",
                awaiting(name, ref.object, ref.id),
                name,
                self.now + FAR_OFF if self.remote.policy.of(ref.kind).is_scoped else None,
            )
            for name, ref in list(at.waits.items())[:1]
        )

    def undecided(self, at: Observation, seen: Record) -> tuple[Look, ...]:
        """It may come into scope with the record that it refers to."""
        asked = self.remote.policy.of(seen.kind).follows
        return self.later(at, seen) if asked & at.waits.keys() else ()
