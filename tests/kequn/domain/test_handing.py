"""Whatever names the loser of a merge names the winner afterwards, and the loser again when it is taken back: every
table that names a customer, found in the tables themselves."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.records import Kind
from kequn.contracts.secrets import Keyring
from kequn.domain import customers, merging
from kequn.domain.editing import Desk
from kequn.store import dossier, rows, tables
from kequn.store.database import Database
from kequn.store.dossier import Page
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Role, Scope
from kequn.store.vault import Vault
from tests.kequn.domain.filling import Filling

pytestmark = pytest.mark.anyio
STAY = dossier.OWN | {"customer", "moved_reference"}


class Office:
    """Somebody with a database and two customers."""

    def __init__(self, database: Database, scope: Scope) -> None:
        chance = SeededRandom(5)
        self.database, self.scope = database, scope
        self.ledger = Ledger(Vault(Keyring([b"k" * 32], chance)), ManualClock(), chance)

    async def do(self, work: Any, *given: Any) -> Any:
        async with self.database.writing() as session:
            return await work(Desk(session, Actor(self.scope.tenant, Role.OPERATOR, "ops"), self.ledger), *given)

    async def two(self) -> tuple[UUID, UUID]:
        made = [(await self.do(customers.create, {"name": name})).id for name in ("a", "b")]
        return made[0], made[1]

    async def note(self, page: Page, customer: UUID, **given: Any) -> dict[str, Any]:
        async with self.database.writing() as session:
            said = {page.column: customer, **given}
            return await Filling(session, self.scope.tenant, self.ledger).fill(page.table, **said)

    async def holders(self, page: Page) -> Sequence[UUID]:
        async with self.database.reading() as session:
            return (await session.execute(select(page.table.c[page.column]))).scalars().all()


@pytest.fixture
def office(database: Database, scope: Scope) -> Office:
    return Office(database, scope)


def names_customer(table: Table) -> bool:
    return any(key.column is rows.table(Kind.CUSTOMER).c.id for key in table.foreign_keys)


def test_every_table_that_names_a_customer_is_business_or_moves_or_is_said_to_stay() -> None:
    business = {rows.table(kind).name for kind in rows.MODELS}
    moving = {page.table.name for page in dossier.handed_over()}
    naming = {table.name for table in tables.metadata.sorted_tables if names_customer(table)}
    assert naming - business - moving - STAY == set()
    assert len(moving) > 15


async def test_all_of_it_moves_and_comes_back(office: Office) -> None:
    winner, loser = await office.two()
    for page in dossier.handed_over():
        await office.note(page, loser)
    await office.do(merging.merge, winner, loser)
    assert {page.table.name for page in dossier.handed_over() if await office.holders(page) != [winner]} == set()
    await office.do(merging.unmerge, loser)
    assert {page.table.name for page in dossier.handed_over() if await office.holders(page) != [loser]} == set()


async def test_of_what_everybody_has_once_both_keep_their_own(office: Office) -> None:
    winner, loser = await office.two()
    [page] = [page for page in dossier.handed_over() if page.table.name == "trial_subject"]
    trial = (await office.note(page, loser))["trial_id"]
    await office.note(page, winner, trial_id=trial)
    await office.do(merging.merge, winner, loser)
    assert sorted(await office.holders(page)) == sorted([winner, loser])
    await office.do(merging.unmerge, loser)
    assert sorted(await office.holders(page)) == sorted([winner, loser])


async def test_a_rule_for_some_rows_binds_only_those(office: Office) -> None:
    """One open alert of a kind: closed ones move beside it, an open one does not."""
    winner, loser = await office.two()
    [page] = [page for page in dossier.handed_over() if page.table.name == "alert"]
    for customer, state in ((winner, "raised"), (loser, "raised"), (loser, "closed")):
        await office.note(page, customer, kind="churn", state=state)
    await office.do(merging.merge, winner, loser)
    assert sorted(await office.holders(page)) == sorted([winner, loser, winner])


async def test_what_the_winner_has_since_stays_with_it(office: Office) -> None:
    winner, loser = await office.two()
    [page] = [page for page in dossier.handed_over() if page.table.name == "care_task"]
    await office.note(page, loser)
    await office.do(merging.merge, winner, loser)
    await office.note(page, winner)
    await office.do(merging.unmerge, loser)
    assert sorted(await office.holders(page)) == sorted([loser, winner])
