"""What to do about a record that is there: create a row, merge, link, ask, wait. Pure: makes decisions, reads and
writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from kequn.contracts.changes import Op
from kequn.contracts.identity import name as folded
from kequn.contracts.records import FIELDS, Gone, Record
from kequn.store.conflicts import Conflict
from kequn.store.links import Link, Tombstone
from kequn.store.rows import Row
from kequn.store.values import EMPTY, Fact, is_empty
from kequn.store.vault import subject
from kequn.sync.burial import Burial
from kequn.sync.emptied import emptied
from kequn.sync.match import Observation, incomplete, required_waits, unstorable
from kequn.sync.meeting import Meeting
from kequn.sync.merge import Merged, merge, unsent
from kequn.sync.met import Met
from kequn.sync.plan import Decision, Plan, Verb
from kequn.sync.remote import Form
from kequn.sync.scope import Leaving, is_pulled
from kequn.sync.waiting import Waiting

BELIEVED_AFTER = timedelta(minutes=1)
"""A write without an answer may still arrive until then; afterwards a read that does not show it is believed."""


@dataclass(frozen=True)
class Planner(Meeting, Waiting):
    """Decides about the records of one kind."""

    def plan(self, observations: Sequence[Observation]) -> Plan:
        """Decide one after the other; each record meets what the page has brought before it."""
        met = Met.of(self.remote.policy, observations)
        decisions = []
        for at in observations:
            decision = self.decide(met.meet(at))
            met.note(decision)
            decisions.append(decision)
        return Plan(tuple(decisions))

    def decide(self, at: Observation) -> Decision:
        if isinstance(at.seen, Gone):
            return Burial(self.remote, self.now, self.new_id).decide(at, at.seen)
        if at.link is None and not self.remote.policy.of(at.seen.kind).pulls and not self.is_ours(at, at.seen):
            return Decision(Verb.IGNORE, at.seen, "this kind is not pulled")
        if self._erased(at):
            return self._of_an_erased(at, at.seen)
        if not is_pulled(self.remote.policy.of(at.seen.kind), at, at.seen):
            left = Leaving(self.remote, self.now, self.new_id).decide(at, at.seen)
            return replace(left, recheck=self.undecided(at, at.seen))
        if name := unstorable(at):
            return self.unreadable(at.seen, name, "cannot be stored")
        missing = required_waits(at)
        if missing:
            return self.carrier_left_out(at.seen, missing) or self.wait(at, at.seen)
        if at.tombstone:
            return self._back_from_the_dead(at, at.seen, at.tombstone)
        if at.link:
            return self._linked(at, at.seen, at.link)
        return self._unlinked(at, at.seen)

    def _erased(self, at: Observation) -> bool:
        return any(one.erased for one in (at.link, at.tombstone) if one)

    def _of_an_erased(self, at: Observation, seen: Record) -> Decision:
        """What it says is not to be known here any more. Where the delete is on its way, it goes to this version."""
        link, rule = at.link, "its person was erased"
        if link is None or at.row is None or not at.row.deleted_at or seen.version <= link.version:
            return Decision(Verb.IGNORE, seen, rule)
        return Decision(Verb.AGREE, seen, rule, link=replace(link, version=seen.version), send=not link.parted)

    def _linked(self, at: Observation, seen: Record, link: Link) -> Decision:
        if seen.version < link.version:
            return Decision(Verb.IGNORE, seen, "older than what we know")
        if at.row is None:
            return Decision(Verb.IGNORE, seen, "its row was erased")
        if not link.primary:
            return self._second(at, seen, at.row, link)
        if not at.verified and emptied(seen.kind, link.base, at.theirs, at.dead):
            return Decision(Verb.WAIT, seen, "refers to nobody any more", recheck=(self.look(seen, "EMPTIED"),))
        if at.row.deleted_at:
            return self._edited_after_delete(at, seen, at.row, link)
        if at.twin:
            return self._one_of_two(at, seen, at.row, at.twin)
        return self._merge(at, seen, at.row, link)

    def _one_of_two(self, at: Observation, seen: Record, row: Row, link: Link) -> Decision:
        """Customers became one in the CRM who were in the same group: that is one membership from now on."""
        ended = replace(row, facts={**row.facts, **at.theirs}, deleted_at=self.now)
        link = replace(link, base={**link.base, **at.theirs}, version=seen.version)
        return Decision(Verb.DELETE, seen, "its customer is in this group already", row, ended, link, send=True)

    def _unlinked(self, at: Observation, seen: Record) -> Decision:
        if at.rivals:
            return self._ask(at, seen, "match", None, at.rivals, "several rows could be this record")
        if at.row is None:
            return self.wait_for_the_original(seen) if at.early else self._create(at, seen)
        link = Link(self.remote.id, seen.object, seen.id, seen.kind, at.row.id, {}, 0, owner=self.owner(seen))
        if at.row.deleted_at:
            return self._made_for_the_dead(at, seen, at.row, link)
        if at.standing is None:
            return self._merge(at, seen, at.row, link)
        if self._is_double(at, seen, at.row):
            return self._second(at, seen, at.row, replace(link, primary=False, parted=True))
        return self._create(at, seen)

    def _made_for_the_dead(self, at: Observation, seen: Record, row: Row, link: Link) -> Decision:
        """A row that was deleted before we learned that its record was created. Anybody else's record is a new one.
        Where nobody knows any more what was sent (an old backup), nobody has seen what it says otherwise."""
        if not self.is_ours(at, seen) or (at.left and at.standing):
            return self._create(at, seen)
        sent = self.created(at)
        link = link if sent is None else replace(link, base={**at.theirs, **sent})
        answered = tuple(one.id for one in at.sent if one.op == "create")
        return replace(self._edited_after_delete(at, seen, row, link), answered=answered)

    def _is_double(self, at: Observation, seen: Record, row: Row) -> bool:
        """Of two records in one object that share a key: the same kequn id or the same name makes a double; another
        name is another person (families share phones)."""
        if seen.reference:
            return True
        names = [facts.get("name") for facts in (row.facts, at.theirs)]
        first, second = (folded(text) if isinstance(text, str) else None for text in names)
        return first == second

    def _create(self, at: Observation, seen: Record) -> Decision:
        if name := incomplete(at):
            return self.unreadable(seen, name, "is empty")
        row_id = at.lost or self.new_id()
        ours_alone = self.remote.policy.of(seen.kind).ours_alone
        taken = {name: fact for name, fact in at.theirs.items() if name not in ours_alone}
        row = Row(seen.kind, row_id, {**EMPTY[seen.kind], **taken}, extra=self._extra({}, seen))
        owner, whose = self.owner(seen), subject(self.remote.scope, row.kind, row.id, row.facts)
        link = Link(
            self.remote.id, seen.object, seen.id, seen.kind, row_id, taken, seen.version, owner=owner, whose=whose
        )
        return Decision(Verb.CREATE, seen, "new in the CRM", None, row, link, recheck=self.later(at, seen))

    def _merge(self, at: Observation, seen: Record, row: Row, link: Link) -> Decision:
        form = self.form(at, seen, row)
        merged = merge(self.sides(at, seen, row, link, form))
        if not merged.clashes and not merged.taken and self._is_quiet(at, seen, row, link):
            return self._agree(at, seen, row, link, merged)
        after = replace(row, facts=merged.facts, extra=self._extra(row.extra, seen))
        form = self.form(at, seen, after) if merged.taken else form
        first = link.version == 0 and not link.base and at.link is None
        back = at.link is not None and not link.in_scope
        blanks = tuple(
            name for name in merged.taken if is_empty(merged.facts[name]) and not is_empty(row.facts.get(name))
        )
        return Decision(
            Verb.LINK if first else Verb.UPDATE if merged.taken else Verb.LINK if back else Verb.AGREE,
            seen,
            f"{'in scope again; ' if back else ''}{_rule(self.remote.name, merged)}",
            row,
            after,
            self._agreed(at, seen, link, merged),
            conflicts=(
                *self.clashes(at, seen, row, merged),
                *self.agreed_meanwhile(at, merged),
                *self._merged_there(at, seen, row),
            ),
            send=self._must_send(at, seen, after, form, merged),
            recheck=self.later(at, seen),
            answered=self._answered(at, seen),
            blanks=blanks,
        )

    def _merged_there(self, at: Observation, seen: Record, row: Row) -> tuple[Conflict, ...]:
        """The record carries the id of another row: somebody made one record of two in the CRM."""
        if at.bears is None:
            return ()
        return (self.conflict(at, seen, "merge", at.bears, theirs=at.theirs, candidates=(at.bears, row.id)),)

    def _is_quiet(self, at: Observation, seen: Record, row: Row, link: Link) -> bool:
        return (
            at.link is not None
            and not link.stale
            and link.in_scope
            and not link.parted
            and not at.conflicts
            and at.bears is None
            and row.extra.get(self.remote.name, {}) == seen.extra
            and not at.waits
        )

    def _agree(self, at: Observation, seen: Record, row: Row, link: Link, merged: Merged) -> Decision:
        """Nothing to tell anybody. The link is written only if it has news."""
        same = seen.version == link.version and merged.base == link.base
        return Decision(
            Verb.AGREE,
            seen,
            before=row,
            link=None if same else self._agreed(at, seen, link, merged),
            answered=self._answered(at, seen),
        )

    def _second(self, at: Observation, seen: Record, row: Row, link: Link) -> Decision:
        """A double made by people: read, never written. What it says otherwise than the row is shown."""
        written = replace(link, base=at.theirs, version=seen.version, in_scope=True)
        if at.link and link.in_scope and link.base == at.theirs:
            return Decision(Verb.AGREE, seen, link=None if seen.version == link.version else written)
        differs = {name: fact for name, fact in at.theirs.items() if fact != row.facts.get(name) and not is_empty(fact)}
        ours = {name: row.facts.get(name) for name in differs}
        rows = (row.id,)
        conflict = self.conflict(at, seen, "double", row.id, ours=ours, theirs=differs, candidates=rows)
        return Decision(
            Verb.LINK,
            seen,
            "a second record of the same row",
            row,
            row,
            written,
            conflicts=(conflict,) if differs else (),
        )

    def _edited_after_delete(self, at: Observation, seen: Record, row: Row, link: Link) -> Decision:
        """We deleted it. If nobody there edited it since, the delete is on its way; else it lives on, everywhere."""
        moved = {name: fact for name, fact in at.theirs.items() if self._moved_there(at, row, link, name, fact)}
        if not moved or link.parted:
            news = replace(link, version=seen.version, in_scope=True)
            told = None if news == link else news
            return Decision(Verb.AGREE, seen, "deleted here", row, link=told, send=not link.parted)
        alive = replace(row, deleted_at=None, facts={**row.facts, **moved})
        ours = {name: row.facts.get(name) for name in moved}
        conflict = self.conflict(at, seen, "delete", row.id, base=link.base, ours=ours, theirs=moved)
        return Decision(
            Verb.RESTORE,
            seen,
            "deleted here, edited there: it lives on",
            row,
            alive,
            replace(link, base={**link.base, **at.theirs}, version=seen.version, in_scope=True),
            revive=any(one.op is Op.DELETE for one in at.sent),  # somebody may have taken it back
            conflicts=(conflict,),
        )

    def _moved_there(self, at: Observation, row: Row, link: Link, name: str, fact: Fact) -> bool:
        """Whether somebody there edited the field. One that was never agreed on counts when it says something new."""
        base = link.base.get(name)
        if is_empty(fact) and (name not in link.base or FIELDS[row.kind][name].required or base in at.dead):
            return False
        echo = any(name in intent.values and fact == intent.values[name] for intent in at.sent)
        return fact != link.base.get(name, row.facts.get(name)) and not echo

    def _back_from_the_dead(self, at: Observation, seen: Record, stone: Tombstone) -> Decision:
        if at.row is None or seen.version < stone.version:
            return Decision(Verb.IGNORE, seen, "late news about a deleted record")
        if not at.verified:
            return Decision(Verb.WAIT, seen, "may have been restored", recheck=(self.look(seen, "RESTORED"),))
        if seen.version == stone.version and (wait := self._until_believed(stone)):
            return Decision(Verb.WAIT, seen, "dead and alive at once", recheck=(self.look(seen, "RESTORED", wait),))
        link = Link(self.remote.id, seen.object, seen.id, seen.kind, at.row.id, stone.base, stone.version)
        link = replace(link, owner=self.owner(seen), primary=at.standing is None)
        alive = replace(at.row, deleted_at=None)
        decision = self._merge(at, seen, alive, link)
        settled = tuple(self.close(conflict, "restored") for conflict in at.conflicts if conflict.type == "delete")
        if not link.primary:  # it was made anew meanwhile: people choose which of the two shall stay
            settled += (self.conflict(at, seen, "double", alive.id, candidates=(alive.id,)),)
        return replace(
            decision,
            verb=Verb.RESTORE,
            rule="restored in the CRM",
            before=at.row,
            after=decision.after or alive,
            link=decision.link or replace(link, version=seen.version),
            revive=True,
            conflicts=(*decision.conflicts, *settled),
        )

    def _until_believed(self, stone: Tombstone) -> timedelta:
        """A read that lags behind may show who is dead as they were. How long until it cannot any more."""
        lag = max(BELIEVED_AFTER, timedelta(seconds=self.remote.crm.capabilities.settle_seconds))
        return max(lag - (self.now - stone.died_at), timedelta()) if stone.died_at else timedelta()

    def _agreed(self, at: Observation, seen: Record, link: Link, merged: Merged) -> Link:
        link = replace(link, base=merged.base, version=seen.version, owner=self.owner(seen))
        return replace(link, stale=False, in_scope=True, parted=False)

    def _answered(self, at: Observation, seen: Record) -> tuple[UUID, ...]:
        """Intents that this read settles: it shows what was sent, or they are too old to arrive any more."""
        return tuple(
            intent.id
            for intent in at.sent
            if (at.verified and self.now - intent.sent_at > BELIEVED_AFTER)
            or (intent.values and all(at.theirs.get(name) == fact for name, fact in intent.values.items()))
            or (intent.op == "create" and at.link is None)
        )

    def _must_send(self, at: Observation, seen: Record, row: Row, form: Form, merged: Merged) -> bool:
        """Ours holds what the CRM does not (what it refuses is sent once, so that it is listed)."""
        can = self.remote.can(seen.object)
        if not can.update or not self.remote.policy.of(seen.kind).writes:
            return False
        news = unsent(row.facts, merged.base, form.facts, can.writable, merged.open_fields)
        return bool(news) or (bool(form.refused) and at.link is None)

    def _ask(
        self, at: Observation, seen: Record, type: str, row: UUID | None, candidates: tuple[UUID, ...], rule: str
    ) -> Decision:
        conflict = self.conflict(at, seen, type, row, theirs=at.theirs, candidates=candidates)
        return Decision(Verb.ASK, seen, rule, conflicts=(conflict,))

    def _extra(self, extra: Mapping[str, object], seen: Record) -> Mapping[str, object]:
        return {**extra, self.remote.name: dict(seen.extra)} if seen.extra else extra


def _rule(connection: str, merged: Merged) -> str:
    parts = []
    if merged.taken:
        parts.append(f"only {connection} moved")
    if merged.clashes:
        parts.append("both sides moved: " + ", ".join(f"{clash.field} ({clash.winner})" for clash in merged.clashes))
    return "merge: " + ("; ".join(parts) or "both sides agree")
