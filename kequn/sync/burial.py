"""What to do about a record that is gone: deleted, merged into another, or absent from a complete scan. Pure."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from kequn.contracts.records import Gone
from kequn.store.hints import Look
from kequn.store.links import Link, Tombstone
from kequn.store.rows import Row
from kequn.sync.desk import WAIT, Desk
from kequn.sync.match import Observation
from kequn.sync.merge import unsent
from kequn.sync.plan import Decision, Verb
from kequn.sync.policy import Delete


@dataclass(frozen=True)
class Burial(Desk):
    """Decides about records that are gone."""

    def decide(self, at: Observation, seen: Gone) -> Decision:
        link = at.link
        if link is None:
            return Decision(Verb.IGNORE, seen, "not known here")
        if seen.version and seen.version < link.version:
            return Decision(Verb.IGNORE, seen, "older than what we know", recheck=self._doubt(at, seen, "DELETED"))
        if not at.verified:
            return Decision(Verb.WAIT, seen, "said to be deleted", recheck=(self.look(seen, "DELETED"),))
        if self._just_written(link):
            return Decision(Verb.WAIT, seen, "we wrote it just now", recheck=(self.look(seen, "DELETED", WAIT),))
        stone = self.stone(at, seen, link)
        if not link.primary or at.row is None or at.row.deleted_at or link.erased:
            return Decision(Verb.AGREE, seen, "gone on both sides", bury=stone, answered=_ids(at))
        heir = next((other for other in at.others if other.object == seen.object), None)
        if heir:
            # What the double says was never agreed upon: it is met anew, and what differs is asked.
            heir = replace(heir, primary=True, parted=False, base={}, version=0)
            again = Look(heir.object, heir.external_id, heir.kind, "RESTORED", "it is the row's only record now")
            rule = "its double stands"
            return Decision(Verb.LINK, seen, rule, link=heir, bury=stone, recheck=(again,), answered=_ids(at))
        if not link.in_scope and not (seen.into or at.heirs):
            return Decision(Verb.AGREE, seen, "gone while out of scope", bury=stone, answered=_ids(at))
        return self._row_lost_its_record(at, seen, link, at.row, stone)

    def _row_lost_its_record(self, at: Observation, seen: Gone, link: Link, row: Row, stone: Tombstone) -> Decision:
        if at.merging:
            return Decision(Verb.ASK, seen, "merged in the CRM", bury=stone, answered=_ids(at))
        if seen.into or at.heirs:
            conflict = self.conflict(at, seen, "merge", row.id, candidates=(row.id, *at.heirs))
            rule = "merged in the CRM" if seen.into else "deleted there, but its key stands on another record"
            return Decision(Verb.ASK, seen, rule, bury=stone, conflicts=(conflict,), answered=_ids(at))
        form = self.form(at, seen, row)
        unseen = unsent(row.facts, link.base, form.facts, self.remote.can(seen.object).writable, frozenset())
        coming = {name: to for name, to in form.waiting.items() if to not in at.dead}
        unseen |= {name: to for name, to in coming.items() if to != link.base.get(name)}
        policy = self.remote.policy.of(seen.kind).delete
        theirs = {name: link.base.get(name) for name in unseen}
        ours = {name: row.facts.get(name) for name in unseen}
        if unseen and policy is not Delete.IGNORE:
            conflict = self.conflict(at, seen, "delete", row.id, ours=ours, theirs=theirs)
            rule = "deleted there, edited here: it lives on"
            return Decision(
                Verb.UPDATE,
                seen,
                rule,
                row,
                row,
                bury=replace(stone, again=True),
                conflicts=(conflict,),
                send=True,
                answered=_ids(at),
            )
        if policy is Delete.IGNORE:
            return Decision(Verb.AGREE, seen, "deletes are not followed", row, row, bury=stone, answered=_ids(at))
        if policy is Delete.ASK or link.stale:  # what was agreed upon under another mapping lets nothing be deleted
            conflict = self.conflict(at, seen, "delete", row.id, ours=ours, theirs=theirs)
            rule = "deleted in the CRM"
            return Decision(Verb.ASK, seen, rule, row, row, bury=stone, conflicts=(conflict,), answered=_ids(at))
        dead = replace(row, deleted_at=self.now)
        return Decision(Verb.DELETE, seen, "deleted in the CRM", row, dead, bury=stone, answered=_ids(at))

    def _just_written(self, link: Link) -> bool:
        """A read may lag behind our own write, so that what we created a moment ago seems absent."""
        lag = self.remote.crm.capabilities.settle_seconds
        return link.pushed_at is not None and self.now - link.pushed_at < timedelta(seconds=lag)

    def _doubt(self, at: Observation, seen: Gone, code: str) -> tuple[Look, ...]:
        return () if at.verified else (self.look(seen, code),)


def _ids(at: Observation) -> tuple[UUID, ...]:
    """What was sent to a record that is gone needs no answer any more."""
    return tuple(one.id for one in at.sent if (one.object, one.external_id) == at.address)
