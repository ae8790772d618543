"""Departments 部门 are known by our word and by those of the CRMs: for tickets, and for figures."""

import pytest

from kequn.contracts.records import Kind
from tests.schema.conftest import Client
from tests.schema.service.test_story import OPEN, at, done, said, staff

pytestmark = pytest.mark.anyio
LATE = "mutation { it: escalateTickets { count problems { code } } }"
OWNERS = "{ tickets { edges { node { department owner { name } } } } }"
FIGURES = """query($d: String) { keyFigures(since: "2026-01-01T00:00:00Z", department: $d) {
    loyalty { customers } } }"""


@pytest.mark.requirement("F09", "X09")
async def test_a_ticket_goes_to_the_department_whatever_the_crm_calls_it(client: Client) -> None:
    """No standard is published: it is the service department's, which the CRM calls 客服部."""
    at(client, 2026, 1, 5, 2)
    for name, role in (("小王", "客服"), ("老李", "客服经理")):
        await staff(client, name=name, department="客服部", role=role)
    ticket = await done(client, OPEN, f=await said(client, kind="problem"))
    assert (ticket["department"], ticket["owner"]) == ("service", {"name": "小王"})
    at(client, 2026, 1, 7, 2)
    assert (await client.ask(LATE))["it"]["count"] == 1
    [edge] = (await client.ask(OWNERS))["tickets"]["edges"]
    assert edge["node"]["owner"] == {"name": "老李"}


@pytest.mark.requirement("I09", "X09")
@pytest.mark.parametrize(("name", "count"), [("sales", 2), ("销售部", 2), ("SALES", 2), ("客服部", 1), ("财务部", 0)])
async def test_figures_of_a_department_by_either_name(client: Client, name: str, count: int) -> None:
    for place, department in enumerate(("销售部", "Sales", "customer service")):
        [owner] = await client.add(Kind.STAFF, {"name": f"s{place}", "department": department})
        await client.add(Kind.CUSTOMER, {"name": f"c{place}", "owner": owner})
    found = await client.ask(FIGURES, d=name)
    assert found["keyFigures"]["loyalty"]["customers"] == count
