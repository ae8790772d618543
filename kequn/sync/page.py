"""One page through match, merge, plan, guard and apply, in the caller's transaction; or, for a plan, without apply."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kequn.clock import Clock
from kequn.contracts.records import Gone, Kind, Record, Roster
from kequn.store import links
from kequn.store.ledger import Ledger
from kequn.sync.apply import apply
from kequn.sync.decide import Planner
from kequn.sync.match import ORDER, Known, match
from kequn.sync.plan import Decision, Plan, Verb
from kequn.sync.remote import Remote

Seen = Record | Gone | Roster


@dataclass
class Reader:
    """Reads pages of one connection into the store. `verified`: see Observation."""

    ledger: Ledger
    remote: Remote
    clock: Clock
    run: UUID | None = None
    known: Known = field(default_factory=Known)

    async def take(self, session: AsyncSession, seen: Sequence[Seen], *, verified: bool, write: bool = True) -> Plan:
        """Decide about everything in `seen`, and do it unless `write` is off. What others refer to comes first."""
        decisions: list[Decision] = []
        records = [one for one in seen if not isinstance(one, Roster)]
        rosters = [one for one in seen if isinstance(one, Roster)]
        for kind in ORDER:
            some = [one for one in records if one.kind is kind]
            if kind is Kind.MEMBERSHIP:
                some += await self._expand(session, rosters)
            if some:
                plan = await self._take_kind(session, kind, some, verified=verified)
                if write:
                    await apply(session, self.ledger, self.remote, plan, self.run)
                else:
                    self._remember(plan)
                decisions += plan.decisions
        return Plan(tuple(decisions))

    async def _take_kind(
        self, session: AsyncSession, kind: Kind, seen: Sequence[Record | Gone], *, verified: bool
    ) -> Plan:
        observations = await match(session, self.ledger, self.remote, kind, seen, self.known, verified=verified)
        return Planner(self.remote, self.clock.now(), self.ledger.new_id).plan(observations)

    def _remember(self, plan: Plan) -> None:
        """A plan that is not applied still lets later records refer to what it would create."""
        for decision in plan.decisions:
            if decision.after and decision.verb in {Verb.CREATE, Verb.LINK}:
                self.known.rows[decision.seen.object, decision.seen.id] = decision.after.id
            if decision.after and decision.verb is Verb.CREATE:
                self.known.fresh[decision.after.id] = decision.after

    async def _expand(self, session: AsyncSession, rosters: Sequence[Roster]) -> list[Record | Gone]:
        """The members that rosters list, and those linked members that they do not list any more."""
        seen: list[Record | Gone] = [record for roster in rosters for record in roster.members]
        for object, some in _by_object(rosters).items():
            owners = {roster.owner.id: roster for roster in some}
            listed = {(record.object, record.id) for roster in some for record in roster.members}
            held = await links.owned(session, self.remote.scope, self.ledger.vault, self.remote.id, object, owners)
            seen += [
                Gone(link.kind, link.object, link.external_id, owners[link.owner].version)
                for link in held
                if link.owner and link.address not in listed
            ]
        return seen


def _by_object(rosters: Iterable[Roster]) -> dict[str, list[Roster]]:
    grouped: dict[str, list[Roster]] = {}
    for roster in rosters:
        grouped.setdefault(roster.object, []).append(roster)
    return grouped
