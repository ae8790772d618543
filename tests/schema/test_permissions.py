"""Who does not see everything: rows of others, and what is personal."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from graphql import get_named_type, is_abstract_type

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain.catalogue import CATALOGUE
from kequn.store.scope import Role, Sight
from kequn.store.sight import ABOUT, LED, OPEN
from schema.execution import SCHEMA
from schema.lists import MODULES, TITLES
from schema.personal import FIELDS, is_personal
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
        {"name": f"c{n}", "phone": f"+86 138 0013 800{n}", "region": f"r{n}", "owner": id} for n, id in enumerate(staff)
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


@BOTH
async def test_nor_the_words_that_they_use(shop: Shop, compiler: bool) -> None:
    told: list[dict[str, Any]] = [
        {"subject": "x", "kind": f"k{n}", "customer": id} for n, id in enumerate(shop.customers)
    ]
    await shop.client.add(Kind.FEEDBACK, *told)
    question = '{ labels(of: ["Customer.region", "Feedback.kind", "Staff.department"]) { labels { value } } }'
    answer = await shop.as_(Sight(shop.staff[0]), compiler=compiler).ask(question)
    words = [[label["value"] for label in one["labels"]] for one in answer["labels"]]
    assert words == [["r0"], ["k0"], ["sales", "service"]]


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
    ("{ customers { aggregate(of: [BIRTHDAY]) { totals { min } } } }", {}),
    ('{ customers { edges { node { extra(key: "Mobile") } } } }', {}),
    ('{ purchases(where: {extra: {connection: "crm", key: "Mobile", startsWith: "138"}}) { totalCount } }', {}),
    ("{ customers { edges { node { portrait(side: SERVICE) { knows { field value } } } } } }", {}),
    ("{ customers { edges { node { links { problem { cause } } } } } }", {}),
    ("{ conflicts { edges { node { lost { value } } } } }", {}),
    ('{ customers { edges { node { asOf(time: "2026-01-01T00:00:00Z") { values } } } } }', {}),
    ("{ staff { edges { node { history { edges { node { fields { new } } } } } } } }", {}),
    ('{ customers(where: {identities: {some: {value: {eq: "1"}}}}) { totalCount } }', {}),
    (GIVEN, {"w": {"or": [{"name": {"eq": "a"}}, {"members": {"some": {"street": {"eq": "b"}}}}]}}),
    (GIVEN, {"o": [{"field": "NAME"}, {"field": "UNION_ID"}]}),
    (GIVEN, {"o": {"field": "EMAIL"}}),
    ("{ interactions { edges { node { content } } } }", {}),
    ('{ feedbacks(where: {solution: {contains: "x"}}) { totalCount } }', {}),
    ("{ serviceCases(orderBy: {field: NOTE}) { totalCount } }", {}),
    ("{ customers { edges { node { pins { reason } points { entries { reason } } } } } }", {}),
]


async def test_what_is_personal_is_neither_shown_nor_asked_about(shop: Shop) -> None:
    """Whether it stands in the document or in its variables."""
    for query, variables in SECRETS:
        answer = await shop.as_(Sight(personal=False)).send(query, **variables)
        assert "data" not in answer
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}, query
        assert "errors" not in await shop.as_(Sight()).send(query, **variables)


async def test_all_else_is_shown(shop: Shop) -> None:
    viewer = shop.as_(Sight(personal=False))
    assert (await viewer.ask(WHO))["customers"]["totalCount"] == len(shop.customers)
    assert await viewer.ask("{ alerts(where: {asOf: {isNull: false}}) { edges { node { asOf } } } }")
    assert await viewer.ask("{ customers { edges { node { portrait(side: SERVICE) { knows { field } advice } } } } }")


def _parts(title: str) -> dict[str, Any]:
    """The fields of a noun as they are shown, asked about and ordered by, each by what it is in Python."""
    types = [SCHEMA._schema.type_map.get(f"{title}{part}") for part in ("", "Where")]
    fields = {f"{one}.{name}": field for one in types if one for name, field in one.fields.items()}  # type: ignore[attr-defined]
    order: Any = SCHEMA._schema.type_map.get(f"{title}OrderField")
    return {**fields, **{f"{order}.{name}": value for name, value in (order.values if order else {}).items()}}


def _told(part: Any) -> str:
    definition = part.extensions["strawberry-definition"]
    return str(getattr(definition, "python_name", getattr(definition, "value", None)))


def test_what_is_said_to_be_personal_is_so_wherever_it_is_named() -> None:
    for noun, names in FIELDS.items():
        parts = {place: part for place, part in _parts(TITLES[noun]).items() if _told(part) in names}
        assert {_told(part) for part in parts.values()} == names
        assert [place for place, part in parts.items() if not is_personal(part)] == []


FREE = ("String", "JSON")
IMPERSONAL = {
    "Alert": "reasons inputs", "Application": "held missing", "Assignment": "role duty",
    "Benefit": "name description usage categories asked note", "BenefitClaim": "name code", "BenefitDay": "seed",
    "CaseStep": "name", "Charter": "goal asked welcome gift forbidden ladder topics",
    "CrisisPlan": "name trigger team steps hotline roster", "CrisisRun": "reason done lessons",
    "Draw": "name commitment seed entrants winners", "Feedback": "subject kind channel status priority",
    "Gathering": "name place outcome", "Incentive": "name body action basis",
    "Interaction": "subject channel direction status", "JoinLink": "channel code",
    "Lesson": "title body lesson source", "MemberEvent": "kind", "MemberStanding": "way ended",
    "Notice": "occasion cause", "Offer": "name content", "Post": "title body", "PrivacyAct": "counts",
    "Review": "figures findings plan announcement", "RuleReview": "about outcome", "RulesVersion": "items note",
    "ServiceCase": "subject gantt", "ServiceFlow": "name description steps flowChart",
    "ServiceStandard": "name kind department operation quality", "Survey": "name welcome questions",
    "SurveyAnswer": "survey question", "SurveyInvitation": "occasion", "SurveyWave": "seed", "Suspicion": "word",
    "Task": "kind occasion", "TemplateUse": "template made", "Ticket": "department", "TicketStep": "event",
    "Tier": "name description", "Training": "title trainer content", "Trial": "name hypothesis wayA wayB conclusion",
    "ViolationCheck": "forbidden",
}  # fmt: skip
"""Words about a group, a rule or a thing, or that kequn chose itself. Not listed: `...By` and `actor`, our own."""


def _free() -> Iterator[tuple[str, str, Any]]:
    for title, (_, module) in MODULES.items():
        if module.count(".") > 1 or title in ("Alert", "Feedback", "Interaction", "Task", "Tier"):
            for name, field in SCHEMA._schema.type_map[title].fields.items():  # type: ignore[attr-defined]
                if (
                    get_named_type(field.type).name in FREE
                    and not name.endswith("By")
                    and name not in ("actor", "extra")
                ):
                    yield title, name, field


def test_what_people_write_about_somebody_is_personal_or_is_said_not_to_be() -> None:
    unmarked: dict[str, set[str]] = {}
    for title, name, field in _free():
        if not is_personal(field):
            unmarked.setdefault(title, set()).add(name)
    assert unmarked == {title: set(names.split()) for title, names in IMPERSONAL.items()}


ANYTHING = {
    "Alert": "inputs",
    "Application": "held missing",
    "Benefit": "asked",
    "Charter": "asked forbidden ladder topics",
    "Connection": "policy",
    "CrisisPlan": "roster steps team",
    "CrisisRun": "done",
    "Draw": "entrants winners",
    "Explanation": "inputs value",
    "Flaw": "fields",
    "FlowVersion": "steps",
    "GroupFigures": "measures",
    "GroupKey": "value",
    "Incentive": "basis",
    "KindPolicy": "pull where",
    "PlatformAdvice": "served",
    "PointEntry": "inputs",
    "Review": "figures",
    "PrivacyAct": "counts",
    "RulesVersion": "items",
    "Segment": "where",
    "SegmentStay": "enteredHeld leftHeld",
    "SegmentVersion": "where",
    "ServiceFlow": "steps",
    "Standard": "settings",
    "Survey": "questions welcome",
    "SyncRun": "counts",
    "Template": "content",
    "TemplateUse": "made",
    "ViolationCheck": "forbidden",
    "Total": "max min",
}
"""Fields of any JSON, by type: facts that rules reckon with, figures, what staff set up."""


def test_what_could_hold_anything_is_known_to_hold_nothing_personal() -> None:
    found, seen, waiting = set(), set(), [SCHEMA._schema.query_type]
    while waiting:
        type: Any = waiting.pop()
        if type in seen:
            continue
        seen.add(type)
        waiting += SCHEMA._schema.get_possible_types(type) if is_abstract_type(type) else []
        for name, field in getattr(type, "fields", {}).items():
            if not is_personal(field):
                waiting.append(get_named_type(field.type))
                found |= {f"{type}.{name}"} if get_named_type(field.type).name == "JSON" else set()
    assert found - {f"{type}.{name}" for type, names in ANYTHING.items() for name in names.split()} == set()


def test_what_is_said_of_nouns_is_about_some_that_are_there() -> None:
    assert (OPEN | ABOUT | LED.keys() | {to for _, to in LED.values()}) - CATALOGUE.keys() == set()
    assert [noun for noun, (column, _) in LED.items() if column not in CATALOGUE[noun].source.c] == []
