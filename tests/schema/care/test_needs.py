"""What customers need, by product category: who names it, who has not bought of it yet, whose needs are new."""

from typing import Any

import pytest

from tests.schema.care.test_kpi import figures
from tests.schema.conftest import Client
from tests.schema.test_classification import ago, done

pytestmark = pytest.mark.anyio
CREATE = "mutation($i: CustomerInput!) { it: createCustomer(input: $i) { customer { id } problems { code } } }"
ORDER = "mutation($i: PurchaseInput!) { it: createPurchase(input: $i) { problems { code } } }"
WANTED = "needs { name customers open fresh }"
BOUGHT = (("a", "tea", "SALE"), ("d", "茶壶", "SALE"), ("b", "茶壶", "RETURN"), ("d", "0%", "SALE"))


@pytest.mark.requirement("C09", "I14", "X03")
async def test_what_is_needed_and_not_bought_yet(client: Client) -> None:
    ids = {}
    for name, needs in (("a", "想要Tea和茶壶"), ("b", "a 茶壶, 100%"), ("c", "杯子"), ("d", None)):
        ids[name] = (await done(client, CREATE, i={"name": name, "needs": needs}))["customer"]["id"]
    for name, category, kind in BOUGHT:
        line = {"product": "p", "category": category}
        facts: dict[str, Any] = {"name": "o", "customerId": ids[name], "paidAt": ago(3), "kind": kind}
        await done(client, ORDER, i={**facts, "lines": [line]})
    assert (await figures(client, WANTED, days=1))["needs"] == [
        {"name": "茶壶", "customers": 2, "open": 2, "fresh": 2},
        {"name": "0%", "customers": 1, "open": 1, "fresh": 1},
        {"name": "tea", "customers": 1, "open": 0, "fresh": 1},
    ]
    before = await figures(client, WANTED, days=3, until=ago(2))
    assert {one["fresh"] for one in before["needs"]} == {0}
