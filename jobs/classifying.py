"""After a sync: customers of whom something changed are classified anew, once a day all of them; then points, alerts
and segments follow, and tiers for a tenant that has published a standard of its own: by the defaults nobody's CRM is
written to. Decides how often; what a class is, and what follows from it, is the domain's."""

from uuid import UUID

from kequn.contracts.host import Log
from kequn.domain import alerts, classifying, points, standards, tiering
from kequn.domain.editing import Desk
from kequn.domain.segments import evaluating as segments
from kequn.domain.tiering import Moves
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Role, Scope

PAUSE_SECONDS = 300.0


class Classifying:
    """Evaluates for one worker: at most once in five minutes for each tenant."""

    def __init__(self, database: Database, ledger: Ledger, log: Log) -> None:
        self._database = database
        self._ledger = ledger
        self._log = log
        self._next: dict[UUID, float] = {}

    async def after_run(self, scope: Scope) -> None:
        """Never fails the run that it follows."""
        now = self._ledger.clock.monotonic()
        if now < self._next.get(scope.tenant, now):
            return
        self._next[scope.tenant] = now + PAUSE_SECONDS
        try:
            await self._evaluate(Actor(scope.tenant, Role.OPERATOR, "system"))
        except Exception as error:  # the words may quote data
            self._log.warning("classification broke off", type=type(error).__name__)

    async def _evaluate(self, system: Actor) -> None:
        """What changed; on a new day, or by a new standard, that is everybody."""
        evaluation = await classifying.evaluate(self._database, self._ledger, system, whole=False)
        async with self._database.writing() as session:
            desk = Desk(session, system, self._ledger)
            await points.award(desk)
            await points.expire(desk)
            raised = await alerts.raise_all(desk)
        moves = Moves()
        if evaluation.version != standards.FIRST:
            moves = await tiering.apply(self._database, self._ledger, system)
        async with self._database.writing() as session:
            await segments.evaluate_all(Desk(session, system, self._ledger))
        if evaluation.customers or raised.new or moves.moved:
            facts = {"customers": evaluation.customers, "alerts": len(raised.new), "tiers": moves.moved}
            self._log.info("customers classified", whole=evaluation.whole, **facts)
