"""What to do about a record that the scope of its connection leaves out: nothing is taken from it and nothing is
written to it, but its link stays, so that it resumes from its base when it comes back. Pure; never a delete."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from kequn.contracts.records import Record
from kequn.store.holds import holds
from kequn.store.links import Link
from kequn.store.rows import columns
from kequn.sync.match import Observation
from kequn.sync.meeting import Meeting
from kequn.sync.plan import Decision, Verb
from kequn.sync.policy import KindPolicy


def is_pulled(policy: KindPolicy, at: Observation, seen: Record) -> bool:
    """What the CRM does not say counts as empty."""
    if not policy.is_scoped:
        return True
    said: Any = {**seen.fields, **{name: fact for name, fact in at.theirs.items() if isinstance(fact, UUID)}}
    return holds(policy.pull, columns(seen.kind, said), at.ends)


@dataclass(frozen=True)
class Leaving(Meeting):
    """Decides about records that are out of scope."""

    def decide(self, at: Observation, seen: Record) -> Decision:
        link = at.link
        if link is None:
            return self._created_by_us(at, seen) or Decision(Verb.IGNORE, seen, "out of scope")
        if seen.version < link.version:
            return Decision(Verb.IGNORE, seen, "older than what we know")
        if link.in_scope:
            resting = replace(link, in_scope=False, version=seen.version)
            return Decision(Verb.LEAVE, seen, "out of scope: its link rests", at.row, link=resting)
        news = None if seen.version == link.version else replace(link, version=seen.version)
        return Decision(Verb.AGREE, seen, "out of scope", link=news)

    def _created_by_us(self, at: Observation, seen: Record) -> Decision | None:
        """The answer was not seen: without a link, it would be created again."""
        row = at.row
        if row is None or at.tombstone or at.standing or not self.is_ours(at, seen):
            return None
        link = Link(
            self.remote.id,
            seen.object,
            seen.id,
            seen.kind,
            row.id,
            self.created(at) or {},
            seen.version,
            in_scope=False,
            owner=self.owner(seen),
        )
        answered = tuple(intent.id for intent in at.sent if intent.op == "create")
        return Decision(Verb.LEAVE, seen, "created by us, out of scope", row, link=link, answered=answered)
