"""What came of a benefit, in money: in the standard's currency at its rates, and less what was brought back."""

from datetime import timedelta
from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind, Money
from tests.schema.benefits.test_story import CLAIM, benefit, done, move
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
RATE = 'mutation { setExchangeRate(currency: "USD", rate: "7", since: "2026-01-01T00:00:00Z") { problems { code } } }'
EFFECT = "query($b: ID!) { benefitEffect(id: $b) { ordersBefore ordersAfter spendBefore spendAfter uplift } }"


@pytest.mark.requirement("B10")
async def test_other_money_is_reckoned_and_returns_are_taken_off(client: Client) -> None:
    move(client, 40)
    await client.ask(RATE)
    [one] = await client.add(Kind.CUSTOMER, {"name": "甲"})
    id, now = await benefit(client), client.ledger.clock.now()
    await done(client, CLAIM, b=id, c=format_id("customer", one))
    bought = [(-9, 100, "CNY", "sale"), (-8, 30, "CNY", "return"), (3, 20, "USD", "sale"), (4, 5, "EUR", "sale")]
    for days, amount, currency, kind in bought:
        paid: dict[str, Any] = {
            "paid_at": now + timedelta(days=days),
            "amount": Money.of(amount, currency),
            "kind": kind,
        }
        await client.add(Kind.PURCHASE, {"name": "p", "customer": one, **paid})
    found = (await client.ask(EFFECT, b=id))["benefitEffect"]
    assert found == {"ordersBefore": 1, "ordersAfter": 2, "spendBefore": "70", "spendAfter": "140", "uplift": 1.0}
