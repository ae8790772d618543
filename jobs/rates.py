"""Exchange rates: what the currencies of a CRM are worth there is noted after a run, for the figures in the tenant's
own. Most CRMs have none, and nothing here stops a run; which rates count is the domain's."""

from kequn.contracts.crm import Rates
from kequn.contracts.errors import CrmError
from kequn.contracts.host import Log
from kequn.domain import quotes
from kequn.domain.editing import Desk
from kequn.domain.problems import Refused
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Role
from kequn.sync.remote import Remote


async def keep_rates(database: Database, ledger: Ledger, remote: Remote, log: Log) -> None:
    """Note what is new, with the connection as the source. `remote` is open."""
    if not isinstance(remote.crm, Rates):
        return
    system = Actor(remote.scope.tenant, Role.OPERATOR, "system")
    try:
        quoted = await remote.crm.exchange_rates()
        if not quoted:
            return
        async with database.writing() as session:
            taken = await quotes.take(Desk(session, system, ledger), quoted, remote.name)
    except (CrmError, Refused) as error:
        code = error.code if isinstance(error, CrmError) else error.problems[0].code
        log.warning("exchange rates not taken", connection=remote.name, code=code)
        return
    if taken.unreached:
        reason = "the CRM has no rate for the currency of the standard"
        log.warning(
            "exchange rates left out", connection=remote.name, currencies=sorted(taken.unreached), reason=reason
        )
    if taken.noted:
        log.info("exchange rates noted", connection=remote.name, rates=len(taken.noted))
