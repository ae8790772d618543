"""Both sides of a record meet: what the merge looks at, and the conflicts that its clashes become. Makes values only;
what is done about them stands in decide.py."""

from collections.abc import Mapping
from dataclasses import dataclass

from kequn.contracts.records import FIELDS, Record
from kequn.store.conflicts import Conflict
from kequn.store.journal import HERE
from kequn.store.links import Link
from kequn.store.rows import Row
from kequn.store.values import Facts
from kequn.sync.desk import Desk
from kequn.sync.match import Observation
from kequn.sync.merge import Clash, Known, Merged, Sides
from kequn.sync.policy import Winner
from kequn.sync.remote import Form, reference_of


@dataclass(frozen=True)
class Meeting(Desk):
    """A desk that knows both sides."""

    def is_ours(self, at: Observation, seen: Record) -> bool:
        """It carries the id of its row, or what we sent is all that it has: we created it, and may not have seen the
        answer."""
        return at.row is not None and (at.left or seen.reference == reference_of(seen.kind, at.row.id))

    def created(self, at: Observation) -> Facts | None:
        """What a create whose answer was not seen had sent."""
        created = [intent.values for intent in at.sent if intent.op == "create"]
        return created[-1] if created else None

    def sides(self, at: Observation, seen: Record, row: Row, link: Link, form: Form) -> Sides:
        policy = self.remote.policy.of(seen.kind)
        first = at.link is None and at.tombstone is None
        # What a lost create had sent is the base (rule 1); a record of somebody's own was never agreed on.
        created = self.created(at) if first and self.is_ours(at, seen) else None
        base = link.base if created is None else created
        known = Known.STALE if link.stale else Known.FIRST if first and created is None else Known.AGREED
        return Sides(
            base,
            row.facts,
            at.theirs,
            form.facts,
            known,
            [intent.values for intent in at.sent],
            self.remote.can(seen.object).writable,
            frozenset(name for name, spec in FIELDS[seen.kind].items() if spec.required),
            policy.ours_alone,
            frozenset(one.field for one in at.conflicts if one.type == "field"),
            at.dead,
            self._winners(at, seen, row),
            seen.modified_at,
            row.updated_at,
        )

    def _winners(self, at: Observation, seen: Record, row: Row) -> Mapping[str, Winner]:
        policy, us = self.remote.policy.of(seen.kind), self.remote.name
        if not policy.writes:
            return dict.fromkeys(at.theirs, Winner.REMOTE)
        return {name: policy.of(name, us, self._author(at, row, name)) for name in at.theirs}

    def _author(self, at: Observation, row: Row, name: str) -> str:
        """Whose value the row shows; a row that this page has brought is nowhere written down yet."""
        return at.authors.get(name, HERE) if row.updated_at else self.remote.name

    def clashes(self, at: Observation, seen: Record, row: Row, merged: Merged) -> tuple[Conflict, ...]:
        return tuple(self._clash(at, seen, row, clash) for clash in merged.clashes)

    def _clash(self, at: Observation, seen: Record, row: Row, clash: Clash) -> Conflict:
        name = clash.field
        conflict = self.conflict(
            at,
            seen,
            "field",
            row.id,
            base={name: clash.base},
            ours={name: clash.ours},
            theirs={name: clash.theirs},
            name=name,
        )
        if clash.winner is Winner.ASK:
            return conflict
        choice = "theirs" if clash.winner is Winner.REMOTE else "ours"
        policy, author = self.remote.policy.of(seen.kind), self._author(at, row, name)
        return self.close(conflict, choice, policy.judge(name, self.remote.name, author, clash.winner))

    def agreed_meanwhile(self, at: Observation, merged: Merged) -> tuple[Conflict, ...]:
        """Open conflicts about fields on which both sides agree by now."""
        clashing = {clash.field for clash in merged.clashes}
        return tuple(
            self.close(conflict, "agreed")
            for conflict in at.conflicts
            if conflict.type == "field" and conflict.field not in clashing and conflict.field in at.theirs
        )
