"""Zoho's currencies flow into the tenant's rates after a run, and figures count by them: the emulator at one end, a
GraphQL client at the other."""

from datetime import timedelta
from typing import Any

import pytest

from jobs.rates import keep_rates
from kequn.store.scope import Actor, Role
from tests.jobs.shop import Shop
from tests.jobs.test_suggesting import Notes
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio

RATES = "{ exchangeRates { currency into rate since source notedBy } }"
SET = """mutation($r: Decimal!, $s: DateTime) {
    it: setExchangeRate(currency: "USD", rate: $r, since: $s, source: "bank") { problems { code } } }"""
SPEND = "{ customers { edges { node { name standing { spend } } } } }"
PREFIX = "Buyer "
DRAFT = "mutation($s: JSON!) { it: draftStandard(settings: $s) { standard { id } problems { code } } }"
PUBLISH = "mutation($id: ID!) { it: publishStandard(id: $id) { problems { code } } }"


def client(shop: Shop) -> Client:
    return Client(shop.database, shop.ledger, Actor(shop.scope.tenant, Role.ADMIN, "tester"))


async def rates(shop: Shop) -> list[tuple[str, str, str, str]]:
    found = (await client(shop).ask(RATES))["exchangeRates"]
    return [(one["currency"], one["into"], one["rate"], one["source"]) for one in found]


async def day(shop: Shop, days: float = 1) -> None:
    """Later, a round of the worker."""
    shop.clock.move(days * 24 * 3600)
    (*_, run) = await shop.look()
    assert run.state == "done"


def buy(shop: Shop, currency: str, amount: int) -> None:
    """A deal that was won today by a contact of its own."""
    people: Any = shop.zoho.people
    contact = people.create("Contacts", {"Last_Name": f"{PREFIX}{currency} {amount}"})
    today = f"{shop.clock.now() + timedelta(hours=8):%Y-%m-%d}"
    people.create(
        "Deals",
        {"Deal_Name": "Tea", "Stage": "Closed Won", "Closing_Date": today, "Amount": amount, "Currency": currency,
         "Contact_Name": contact},
    )  # fmt: skip


async def spend(shop: Shop) -> dict[str, str]:
    evaluated = await client(shop).ask("mutation { it: evaluateCustomers(full: true) { problems { code } } }")
    assert evaluated["it"]["problems"] == []
    edges = (await client(shop).ask(SPEND))["customers"]["edges"]
    found = {edge["node"]["name"]: edge["node"]["standing"]["spend"] for edge in edges}
    return {name.removeprefix(PREFIX): sum for name, sum in found.items() if name.startswith(PREFIX)}


@pytest.mark.requirement("X03")
async def test_what_was_bought_counts_by_the_rate_that_zoho_had_that_day(shop: Shop) -> None:
    people: Any = shop.zoho.people
    people.set_currency("USD", "0.125")
    await shop.add()
    await day(shop)
    assert await rates(shop) == [("USD", "CNY", "8", "zoho")]
    buy(shop, "USD", 100)
    await day(shop)
    people.set_currency("USD", "0.1")
    await day(shop, 2)
    buy(shop, "USD", 7)
    await day(shop)
    assert await rates(shop) == [("USD", "CNY", "10", "zoho"), ("USD", "CNY", "8", "zoho")]
    assert await spend(shop) == {"USD 100": "800", "USD 7": "70"}


@pytest.mark.requirement("X03")
async def test_what_a_person_says_of_the_same_day_wins(shop: Shop) -> None:
    await shop.add()
    said = await client(shop).ask(SET, r="7.25", s=shop.clock.now().isoformat())
    assert said["it"]["problems"] == []
    for _ in range(3):
        await day(shop)
    assert await rates(shop) == [("USD", "CNY", "7.25", "bank")]


@pytest.mark.requirement("X03")
async def test_another_money_of_the_standard_is_reached_over_that_of_zoho(shop: Shop) -> None:
    people: Any = shop.zoho.people
    people.set_currency("USD", "0.125")
    people.set_currency("EUR", "0.1")
    await publish(shop, "USD")
    await shop.add()
    await day(shop)
    buy(shop, "CNY", 800)
    buy(shop, "EUR", 80)
    await day(shop)
    assert await rates(shop) == [("CNY", "USD", "0.125", "zoho"), ("EUR", "USD", "1.25", "zoho")]
    assert await spend(shop) == {"CNY 800": "100", "EUR 80": "100"}


async def publish(shop: Shop, currency: str) -> None:
    drafted = (await client(shop).ask(DRAFT, s={"currency": currency}))["it"]
    assert drafted["problems"] == []
    assert (await client(shop).ask(PUBLISH, id=drafted["standard"]["id"]))["it"]["problems"] == []


async def warned(shop: Shop) -> list[str]:
    """Of what the log warns when the rates are taken."""
    log = Notes()
    board = shop.runner("there:1", lambda worker: False).board
    async with board.connect(shop.scope, "zoho") as remote:
        await remote.crm.open()
        await keep_rates(shop.database, shop.ledger, remote, log)
    return log.warnings


async def test_what_is_not_taken_is_told(shop: Shop) -> None:
    async def outage(method: str, path: str) -> None:
        if path.endswith("/org/currencies"):
            shop.zoho.faults.script("status_500")

    await shop.add()
    shop.zoho.faults.before(outage)
    assert (await warned(shop), await rates(shop)) == (["exchange rates not taken"], [])
    shop.zoho.faults.before(None)
    await publish(shop, "JPY")
    assert (await warned(shop), await rates(shop)) == (["exchange rates left out"], [])
    await publish(shop, "CNY")
    assert (await warned(shop), len(await rates(shop))) == ([], 1)
