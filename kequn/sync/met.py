"""What a page has decided so far, so that its next record meets it: rows as they now are, links that now stand, and who
holds a key. Decides nothing about rows itself; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from kequn.contracts.identity import Key
from kequn.contracts.records import Gone, Kind
from kequn.store.links import Address, Link
from kequn.store.rows import Row
from kequn.store.values import Facts
from kequn.sync.candidates import has_moved, joined
from kequn.sync.match import Observation
from kequn.sync.plan import Decision
from kequn.sync.policy import Policy


@dataclass
class Met:
    """Made anew for each page and kind. `gone`: records of which the page says for sure that they are."""

    policy: Policy
    gone: frozenset[Address] = frozenset()
    rows: dict[UUID, Row] = field(default_factory=dict)
    links: dict[UUID, dict[Address, Link]] = field(default_factory=dict)
    holders: dict[Key, UUID] = field(default_factory=dict)

    @classmethod
    def of(cls, policy: Policy, observations: Sequence[Observation]) -> "Met":
        return cls(policy, frozenset(at.address for at in observations if at.verified and isinstance(at.seen, Gone)))

    def meet(self, at: Observation) -> Observation:
        """The observation as it would be, had the decisions before it been carried out."""
        row = self.rows.get(at.row.id, at.row) if at.row else self._twin(at)
        if row is None:
            return at
        fresh = self.links.get(row.id, {})
        others = {other.address: other for other in at.others} | fresh
        return replace(
            at,
            row=row,
            link=fresh.get(at.address, at.link),
            twin=at.twin or self._same_pair(at, row),
            others=tuple(
                other for address, other in others.items() if address != at.address and address not in self.gone
            ),
        )

    def _twin(self, at: Observation) -> Row | None:
        """The row that this page has created for a record with the same key."""
        if at.link or at.tombstone or at.rivals:
            return None
        if at.lost in self.rows:
            return self.rows[at.lost]
        found = (self.holders.get(key) for key in identity(self.policy, at.seen.kind, at.theirs))
        rows = (self.rows[row] for row in found if row)
        return next((row for row in rows if not differ_in_type(row.facts, at.theirs)), None)

    def _same_pair(self, at: Observation, row: Row) -> Link | None:
        """The link that a membership has where this page has brought another row to the same pair."""
        if at.link is None or not has_moved(at.link, at.theirs):
            return None
        [key] = identity(self.policy, at.seen.kind, at.theirs)
        other = self.holders.get(key, row.id)
        return joined(at.link, other, self.links.get(other, {}).values()) if other != row.id else None

    def note(self, decision: Decision) -> None:
        row = decision.after
        if row:
            self.rows[row.id] = row
        if decision.link:
            self.links.setdefault(decision.link.row_id, {})[decision.link.address] = decision.link
        if row and (decision.before is None or (row.kind is Kind.MEMBERSHIP and row.live)):
            for key in identity(self.policy, row.kind, row.facts):
                self.holders.setdefault(key, row.id)


def identity(policy: Policy, kind: Kind, facts: Facts) -> Iterable[Key]:
    """What makes two records of one page the same; of a membership its pair."""
    if kind is Kind.MEMBERSHIP:
        return (Key("pair", f"{facts.get('customer')} {facts.get('group')}"),)
    return policy.keys(kind, facts)


def differ_in_type(some: Facts, others: Facts) -> bool:
    """A person with the phone of a company is not the company."""
    types = {facts["type"] for facts in (some, others) if facts.get("type") is not None}
    return len(types) > 1
