"""How often a customer may claim a benefit: so many within so many days of the tenant's calendar."""

import pytest

from tests.schema.benefits.test_story import CLAIM, HANDLE, MAKE, benefit, done, move, people, refused
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
APPLY = 'mutation { applyTemplate(template: "welfare-group", name: "福利群") { problems { code } } }'
BENEFITS = "{ benefits { edges { node { id perCustomer everyDays } } } }"


@pytest.mark.requirement("B04")
async def test_it_is_claimed_once_in_so_many_days(client: Client) -> None:
    """The first claim is of a Monday afternoon in Shanghai; the next one may be of the Monday after."""
    id = await benefit(client, days=120, everyDays=7)
    [one] = await people(client, {"name": "x"})
    await done(client, CLAIM, b=id, c=one)
    for days in (0, 6):
        move(client, days)
        assert await refused(client, CLAIM, b=id, c=one) == ["NOT_ELIGIBLE limit"]
    move(client, 7.5 / 24)  # half past midnight
    await done(client, CLAIM, b=id, c=one)
    assert await refused(client, CLAIM, b=id, c=one) == ["NOT_ELIGIBLE limit"]


@pytest.mark.requirement("B04")
async def test_without_days_it_is_claimed_once_for_ever(client: Client) -> None:
    id = await benefit(client, days=3000)
    [one] = await people(client, {"name": "x"})
    await done(client, CLAIM, b=id, c=one)
    move(client, 2000)
    assert await refused(client, CLAIM, b=id, c=one) == ["NOT_ELIGIBLE limit"]
    assert await refused(client, MAKE, i={"name": "x", "kind": "COUPON", "everyDays": 0}) == ["BAD_NUMBER everyDays"]


@pytest.mark.requirement("B03", "X12")
async def test_the_coupon_of_the_monthly_welfare_day_comes_again_each_month(client: Client) -> None:
    await client.ask(APPLY)
    [edge] = (await client.ask(BENEFITS))["benefits"]["edges"]
    assert (edge["node"]["perCustomer"], edge["node"]["everyDays"]) == (1, 20)
    await done(client, HANDLE, id=edge["node"]["id"], e="PUBLISH")
