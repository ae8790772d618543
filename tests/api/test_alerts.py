"""Alerts are told as they are raised."""

import pytest

from tests.api.conftest import House
from tests.api.talk import talking
from tests.api.test_subscriptions import begin, edit, listening

pytestmark = pytest.mark.anyio
RAISED = "subscription { alertRaised { kind reasons customer { name } } }"


async def test_alerts_as_they_are_raised(house: House) -> None:
    made = await edit(house, 'createCustomer(input: {name: "a"}) { customer { id } }')
    id = made["createCustomer"]["customer"]["id"]
    async with talking(house.app) as talk:
        await begin(house, talk)
        talk.subscribe(RAISED)
        await listening(house, talk)
        await edit(house, f'recordAnswer(customerId: "{id}", score: 1, about: ATTITUDE) {{ problems {{ code }} }}')
        await edit(house, "evaluateCustomers { problems { code } }")
        await edit(house, "carryOutEvaluation { alertsRaised }")
        event = (await talk.hear())["payload"]["data"]["alertRaised"]
    assert event == {"kind": "SERVICE", "reasons": ["attitude"], "customer": {"name": "a"}}
