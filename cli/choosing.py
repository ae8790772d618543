"""One choice about one conflict, for the commands that settle: what may be chosen, and how it is carried out. The work
is kequn/sync/conflicts.py, and schema/settling.py where rows are merged."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from cli.entered import require_known
from cli.installation import Installation
from kequn.contracts.records import FIELDS, Kind
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Refused
from kequn.store.scope import Actor, Role
from kequn.store.values import Fact
from kequn.sync.conflicts import CHOICES, MERGE, NotSettled
from kequn.sync.conflicts import settle as settle_alone


def require_field(kind: Kind | None, field: str | None) -> None:
    """Raises Failure for a field that no record has, or none of this kind."""
    if field is not None:
        kinds = Kind if kind is None else [kind]
        there = sorted({name for one in kinds for name in FIELDS[one]})
        require_known("field", field, there, f" of {kind}" if kind else "")


def choices(type: str, kind: Kind) -> tuple[str, ...]:
    """What can be chosen. Customers alone can be merged."""
    return (MERGE, *CHOICES[type]) if type == "merge" and kind is Kind.CUSTOMER else CHOICES[type]


async def settle(here: Installation, session: AsyncSession, id: UUID, choice: str, value: Fact = None) -> None:
    """Raises NotSettled."""
    actor = Actor(here.scope.tenant, Role.ADMIN, "command line")
    if choice != MERGE:
        await settle_alone(session, here.ledger, actor, id, choice, value)
        return
    from schema import settling  # GraphQL takes its time to load
    from schema.problems import Language, show

    try:
        await settling.settle(Desk(session, actor, here.ledger), id, MERGE, value)
    except Refused as refused:
        told = "; ".join(one.message for one in show(refused.problems, Language.EN))
        which = any(problem.code == Code.BAD_VALUE for problem in refused.problems)
        hint = "--value says which row stays (cus_…); the conflict lists those that could" if which else told
        raise NotSettled(refused.problems[0].code, hint) from refused
