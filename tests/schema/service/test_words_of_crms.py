"""What CRMs call things: a complaint is one in whatever words it comes, and what was closed there is closed here."""

import pytest

from tests.schema.conftest import Client
from tests.schema.service.test_story import HANDLE, OPEN, done, said, standard
from tests.schema.test_classification import CARRY, EVALUATE, alerts, people
from tests.schema.test_classification import done as did

pytestmark = pytest.mark.anyio
TAKE = "mutation { it: openTickets { count problems { code } } }"


@pytest.mark.requirement("F07", "F08", "F09", "F10", "F14")
@pytest.mark.parametrize(("word", "told"), [("投诉", "complaint"), ("Complaint", "投诉"), ("COMPLAINT", "complaint")])
async def test_a_complaint_is_one_in_whatever_words(client: Client, word: str, told: str) -> None:
    """`told`: how the standard says what it is for."""
    await standard(client, name="投诉", kind=told)
    await standard(client, name="其他")
    found = await done(client, OPEN, f=await said(client, kind=word))
    assert (found["severity"], found["setting"], found["sentiment"]) == ("HIGH", "PRIVATE", "NEGATIVE")
    assert found["standard"] == {"name": "投诉"}


@pytest.mark.requirement("F09")
@pytest.mark.parametrize(
    ("word", "severity"), [("紧急", "CRITICAL"), ("高", "HIGH"), ("中", "MEDIUM"), ("低", "LOW"), ("High", "HIGH")]
)
async def test_how_urgent_it_is_is_read_in_both_languages(client: Client, word: str, severity: str) -> None:
    found = await done(client, OPEN, f=await said(client, kind="inquiry", priority=word))
    assert found["severity"] == severity


@pytest.mark.requirement("F05", "F09")
async def test_what_was_closed_in_the_crm_gets_no_ticket(client: Client) -> None:
    for status in ("Closed", "已完成", "Resolved"):
        await said(client, kind="problem", status=status)
    assert (await client.ask(TAKE))["it"]["count"] == 0
    await said(client, kind="problem", status="New")
    await said(client, kind="problem")
    assert (await client.ask(TAKE))["it"]["count"] == 2


@pytest.mark.requirement("F09", "I06")
async def test_who_was_answered_waits_no_more(client: Client) -> None:
    """A ticket that was answered, though it is not solved yet; a case that the CRM closed without a word."""
    answered, waiting, closed = await people(client, "answered", "waits", "closed")
    ticket = await done(client, OPEN, f=await said(client, kind="inquiry", customerId=answered))
    await done(client, HANDLE, id=ticket["id"], e="ANSWER", n="下周到货")
    await said(client, kind="inquiry", customerId=waiting)
    await said(client, kind="inquiry", customerId=closed, status="Closed")
    client.ledger.clock.move(2 * 86_400)  # type: ignore[attr-defined]
    await did(client, EVALUATE)
    await did(client, CARRY)
    assert set(await alerts(client, kind={"eq": "SERVICE"})) == {("waits", "SERVICE")}


@pytest.mark.requirement("I09")
async def test_a_complaint_that_the_crm_closed_is_settled(client: Client) -> None:
    for status in ("Closed", "已关闭", "Escalated"):
        await said(client, kind="投诉", solution="退款", status=status)
    query = '{ keyFigures(since: "2026-01-01T00:00:00Z") { complaints { count answered settled } } }'
    found = (await client.ask(query))["keyFigures"]["complaints"]
    assert found == {"count": 3, "answered": 3, "settled": 2}


@pytest.mark.requirement("L09")
async def test_pains_and_improvements_of_the_journey_are_read_in_whatever_words(client: Client) -> None:
    for word in ("投诉", "Problem", "Feature Request", "建议", "Question"):
        await said(client, kind=word, channel="phone")
    query = '{ journeyMap(since: "2026-01-01T00:00:00Z") { stage name times pains improvements } }'
    [point] = (await client.ask(query))["journeyMap"]
    assert point == {"stage": "feedback", "name": "phone", "times": 5, "pains": 2, "improvements": 2}
