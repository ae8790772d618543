"""After a sync, and every hour where there was none: customers of whom something changed are classified anew, once a
day all of them; then points and alerts follow, and tiers for a tenant that has published a standard of its own: by the
defaults nobody's CRM is written to. Decides how often; what a class is, and what follows from it, is the domain's."""

from dataclasses import dataclass
from uuid import UUID

from kequn.contracts.host import Log
from kequn.domain import alerts, classifying, earning, points, standards, tiering
from kequn.domain.editing import Desk
from kequn.domain.segments import evaluating as segments
from kequn.domain.tiering import Moves
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Role, Scope

PAUSE_SECONDS = 300.0


@dataclass(frozen=True)
class Classified:
    """`whole`: all customers were. `alerts`: new ones; `tiers`: customers who changed theirs."""

    whole: bool
    customers: int
    alerts: int
    tiers: int


async def classify(database: Database, ledger: Ledger, system: Actor) -> Classified:
    """What changed; on a new day, or by a new standard, that is everybody. And what follows from it."""
    evaluation = await classifying.evaluate(database, ledger, system, whole=False)
    async with database.writing() as session:
        await earning.award(Desk(session, system, ledger))
    await points.expire_all(database, ledger, system)
    async with database.writing() as session:
        raised = await alerts.raise_all(Desk(session, system, ledger))
    moves = Moves()
    if evaluation.version != standards.FIRST:
        moves = await tiering.apply(database, ledger, system)
    return Classified(evaluation.whole, evaluation.customers, len(raised.new), moves.moved)


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
        """And the segments, which a chore of their own evaluates besides."""
        done = await classify(self._database, self._ledger, system)
        await segments.evaluate_all(self._database, self._ledger, system)
        if done.customers or done.alerts or done.tiers:
            facts = {"customers": done.customers, "alerts": done.alerts, "tiers": done.tiers}
            self._log.info("customers classified", whole=done.whole, **facts)
