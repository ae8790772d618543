"""What a template says beside the group itself: classes, how often each tier hears from us and of what, standards of
service and the process for problems. All are drafts but the process; once published, customers are served so."""

import pytest

from kequn.domain.community import templates
from tests.schema.community.running import customer
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
APPLY = 'mutation($t: String!) { applyTemplate(template: $t, name: "茶友群") { problems { code path } } }'
MADE = """{ standards { id state settings } serviceStandards { edges { node { state operation quality } } }
    serviceFlows { edges { node { name steps } } } }"""
PUBLISH = "mutation($id: ID!) { publishStandard(id: $id) { problems { code } } }"
CARE = "query($id: ID!) { customer(id: $id) { care { service { contactDays content } } } }"


@pytest.mark.requirement("X12")
@pytest.mark.parametrize("name", list(templates.known()))
async def test_classes_contacts_service_and_process(client: Client, name: str) -> None:
    assert (await client.ask(APPLY, t=name))["applyTemplate"]["problems"] == []
    made = await client.ask(MADE)
    [standard] = made["standards"]
    assert standard["state"] == "draft"
    said = templates.named(name).standard or {}
    assert said.keys() >= {"frequency", "service"}
    assert standard["settings"]["frequency"].items() >= said["frequency"].items()
    served = standard["settings"]["service"]
    assert served["strategic"]["contact_days"] < served["vip"]["contact_days"] < served["regular"]["contact_days"]
    rules = [edge["node"] for edge in made["serviceStandards"]["edges"]]
    assert {rule["state"] for rule in rules} == {"DRAFT"}
    assert all(rule["operation"] and rule["quality"] for rule in rules)
    [flow] = [edge["node"] for edge in made["serviceFlows"]["edges"]]
    assert flow["name"].startswith("茶友群 ")
    assert len(flow["steps"]) >= 3
    one = await customer(client, "甲")
    await client.ask(PUBLISH, id=standard["id"])
    await client.ask("mutation { evaluateCustomers { problems { code } } }")
    service = (await client.ask(CARE, id=one))["customer"]["care"]["service"]
    usual = said["service"]["regular"]
    assert service == {"contactDays": usual["contact_days"], "content": usual["content"]}
