"""Who does not see everything: rows of others, and what is personal."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain.catalogue import CATALOGUE
from kequn.store.scope import Role, Sight
from kequn.store.sight import ABOUT, LED, OPEN
from schema.execution import SCHEMA
from schema.permissions import PERSONAL, is_personal
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
BOTH = pytest.mark.parametrize("compiler", [True, False], ids=["compiled", "ordinary"])


@dataclass
class Shop:
    """Two of one department and one of another, each with a customer who bought something."""

    client: Client
    staff: list[UUID]
    customers: list[UUID]

    def as_(self, sight: Sight, *, compiler: bool = True) -> Client:
        return replace(self.client, actor=replace(self.client.actor, role=Role.VIEWER, sight=sight), compiler=compiler)


@pytest.fixture
async def shop(client: Client) -> Shop:
    departments = ["sales", "sales", "service"]
    people: list[dict[str, Any]] = [{"name": f"s{n}", "department": one} for n, one in enumerate(departments)]
    staff = await client.add(Kind.STAFF, *people)
    facts: list[dict[str, Any]] = [
        {"name": f"c{n}", "phone": f"+86 138 0013 800{n}", "owner": id} for n, id in enumerate(staff)
    ]
    customers = await client.add(Kind.CUSTOMER, *facts, {"name": "nobody's"})
    [group] = await client.add(Kind.GROUP, {"name": "all"})
    sales: list[dict[str, Any]] = [{"name": f"p{n}", "customer": id} for n, id in enumerate(customers)]
    await client.add(Kind.PURCHASE, *sales)
    members: list[dict[str, Any]] = [{"customer": id, "group": group} for id in customers]
    await client.add(Kind.MEMBERSHIP, *members)
    return Shop(client, staff, customers)


GIVEN = "query($w: CustomerWhere, $o: [CustomerOrder!]) { customers(where: $w, orderBy: $o) { totalCount } }"
WHO = "{ customers { totalCount aggregate { count } edges { node { name } } } }"


@BOTH
@pytest.mark.parametrize(("department", "want"), [(False, ["c0"]), (True, ["c0", "c1"])], ids=["own", "department"])
async def test_customers_of_others_are_not_there(shop: Shop, department: bool, want: list[str], compiler: bool) -> None:
    viewer = shop.as_(Sight(shop.staff[0], department), compiler=compiler)
    page = (await viewer.ask(WHO))["customers"]
    assert [edge["node"]["name"] for edge in page["edges"]] == want
    assert (page["totalCount"], page["aggregate"]) == (len(want), [{"count": len(want)}])


@BOTH
async def test_nor_what_hangs_on_them_from_any_side(shop: Shop, compiler: bool) -> None:
    viewer = shop.as_(Sight(shop.staff[0]), compiler=compiler)
    ids = [format_id("customer", id) for id in shop.customers]
    data = await viewer.ask(
        """query($ids: [ID!]!, $other: ID!) {
            nodes(ids: $ids) { id } customer(id: $other) { id } purchases { edges { node { name } } }
            groups { edges { node { customers { totalCount } memberships { totalCount } } } }
            hidden: groups(where: {customers: {some: {name: {eq: "c2"}}}}) { totalCount }
            staff { edges { node { name customers { totalCount } history { totalCount } } } } }""",
        ids=ids,
        other=ids[2],
    )
    assert data["nodes"] == [{"id": ids[0]}, None, None, None]
    assert (data["customer"], data["hidden"]["totalCount"]) == (None, 0)
    assert [edge["node"]["name"] for edge in data["purchases"]["edges"]] == ["p0"]
    [group] = data["groups"]["edges"]
    assert group["node"] == {"customers": {"totalCount": 1}, "memberships": {"totalCount": 1}}
    assert [edge["node"]["customers"]["totalCount"] for edge in data["staff"]["edges"]] == [1, 0, 0]


REPORTS = (
    '{ figures(since: "2026-01-01T00:00:00Z") { csat } }',
    "{ retention(months: 1) { activeAtStart } }",
    "{ cohorts(months: 1) { customers } }",
    "{ evaluation { whole } }",
    '{ keyFigures(since: "2026-01-01T00:00:00Z") { sales { orders } } }',
    '{ journeyMap(since: "2026-01-01T00:00:00Z") { name } }',
)


@pytest.mark.parametrize("report", REPORTS)
async def test_nor_figures_in_which_they_are_counted(shop: Shop, report: str) -> None:
    answer = await shop.as_(Sight(shop.staff[0])).send(report)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
    assert "errors" not in await shop.as_(Sight()).send(report)


SECRETS: list[tuple[str, dict[str, Any]]] = [
    ("{ customers { edges { node { phone } } } }", {}),
    ("{ customers { edges { node { ...more } } } } fragment more on Customer { identities { type } }", {}),
    ('{ customers(where: {phone: {startsWith: "+86"}}) { totalCount } }', {}),
    ("{ groups(where: {customers: {some: {not: {email: {isNull: true}}}}}) { totalCount } }", {}),
    ("{ customers(orderBy: {field: BIRTHDAY}) { totalCount } }", {}),
    ("{ customers { aggregate(groupBy: [{field: PHONE}]) { count } } }", {}),
    ('{ customers { edges { node { asOf(time: "2026-01-01T00:00:00Z") { values } } } } }', {}),
    ("{ staff { edges { node { history { edges { node { fields { new } } } } } } } }", {}),
    ('{ customers(where: {identities: {some: {value: {eq: "1"}}}}) { totalCount } }', {}),
    (GIVEN, {"w": {"or": [{"name": {"eq": "a"}}, {"members": {"some": {"street": {"eq": "b"}}}}]}}),
    (GIVEN, {"o": [{"field": "NAME"}, {"field": "UNION_ID"}]}),
    (GIVEN, {"o": {"field": "EMAIL"}}),
]


async def test_what_is_personal_is_neither_shown_nor_asked_about(shop: Shop) -> None:
    """Whether it stands in the document or in its variables."""
    for query, variables in SECRETS:
        answer = await shop.as_(Sight(personal=False)).send(query, **variables)
        assert "data" not in answer
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}, query
        assert "errors" not in await shop.as_(Sight()).send(query, **variables)


async def test_all_else_is_shown(shop: Shop) -> None:
    page = (await shop.as_(Sight(personal=False)).ask(WHO))["customers"]
    assert page["totalCount"] == len(shop.customers)


def test_what_is_said_of_fields_and_nouns_is_about_some_that_are_there() -> None:
    fields = {
        (name, field)
        for name, type in SCHEMA._schema.type_map.items()
        for field in (getattr(type, "fields", None) or getattr(type, "values", None) or ())
    }
    assert {name for name in PERSONAL if not any(name == field for _, field in fields)} == set()
    assert is_personal("CustomerOrderField", "PHONE")
    assert not is_personal("CustomerOrderField", "NAME")
    assert (OPEN | ABOUT | LED.keys() | {to for _, to in LED.values()}) - CATALOGUE.keys() == set()
    assert [noun for noun, (column, _) in LED.items() if column not in CATALOGUE[noun].source.c] == []
