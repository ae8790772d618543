"""Points of purchases of which the CRM does not say whether they are sales: they are, and run out like any other."""

from datetime import timedelta

import pytest

from kequn.contracts.records import Kind, Money
from tests.schema.conftest import Client
from tests.schema.test_classification import CARRY, EVALUATE, done

pytestmark = pytest.mark.anyio


@pytest.mark.requirement("B06")
async def test_points_of_a_purchase_without_a_kind_run_out(client: Client) -> None:
    [one] = await client.add(Kind.CUSTOMER, {"name": "甲"})
    paid = client.ledger.clock.now() - timedelta(days=1)
    await client.add(Kind.PURCHASE, {"name": "o", "customer": one, "amount": Money.of(70, "CNY"), "paid_at": paid})
    await done(client, EVALUATE)
    assert (await done(client, CARRY))["pointsAwarded"] == 1
    client.ledger.clock.move(340 * 86_400)  # type: ignore[attr-defined]
    asked = "{ pointsRunningOut { points customer { name } } }"
    assert (await client.ask(asked))["pointsRunningOut"] == [{"points": 70, "customer": {"name": "甲"}}]
