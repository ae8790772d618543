"""Key figures where it is easy to be wrong: a period longer than customers count as active, and goods brought back."""

from typing import Any

import pytest

from tests.schema.care.test_kpi import figures
from tests.schema.conftest import Client
from tests.schema.test_classification import ago, buy, done, people

pytestmark = pytest.mark.anyio
ORDER = "mutation($i: PurchaseInput!) { it: createPurchase(input: $i) { problems { code } } }"


@pytest.mark.requirement("I10")
async def test_who_came_and_went_within_a_long_period_is_not_counted_against_who_stayed(client: Client) -> None:
    """Of one customer at the start one is there at the end; another came after it, and left before its end."""
    stayed, *others = await people(client, "stayed", "came and went", "came too")
    await buy(client, stayed, (950, "1"), (10, "1"))
    for one in others:
        await buy(client, one, (700, "1"))
    wanted = "staying { activeAtStart activeAtEnd newCustomers retentionRate churnRate }"
    found = (await figures(client, wanted, days=900))["staying"]
    assert found == {"activeAtStart": 1, "activeAtEnd": 1, "newCustomers": 2, "retentionRate": 1, "churnRate": 0}


@pytest.mark.requirement("I14")
async def test_what_was_brought_back_is_taken_off_its_category(client: Client) -> None:
    ids = await people(client, "a", "b")
    bought: list[tuple[str, float, str, int, str]] = [
        (ids[0], 9, "tea", 30, "SALE"), (ids[1], 8, "tea", 20, "SALE"), (ids[1], 2, "tea", 20, "RETURN"),
        (ids[0], 70, "tea", 50, "SALE"), (ids[0], 65, "tea", 40, "RETURN"),
    ]  # fmt: skip
    for customer, days, category, amount, kind in bought:
        money = {"amount": str(amount), "currency": "CNY"}
        line = {"product": category, "category": category, "amount": money}
        facts: dict[str, Any] = {"name": "o", "customerId": customer, "paidAt": ago(days), "amount": money}
        await done(client, ORDER, i={**facts, "kind": kind, "lines": [line]})
    wanted = "sales { spend spendBefore } categories { name customers spend spendBefore }"
    found = await figures(client, wanted, days=60)
    assert found["sales"] == {"spend": "30", "spendBefore": "10"}
    assert found["categories"] == [{"name": "tea", "customers": 2, "spend": "30", "spendBefore": "10"}]
