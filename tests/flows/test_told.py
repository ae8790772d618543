"""What kequn alone decides reaches the CRMs: a benefit that is claimed and a survey that is answered through GraphQL
stand in the mapped objects of each CRM after a sync, follow what becomes of them, and are never taken from there."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

import plugins.fxiaoke
import plugins.jiandaoyun
import plugins.zoho
from kequn.contracts.emulator import Form, Telling
from kequn.contracts.records import Kind
from kequn.store.scope import Actor, Role
from tests.flows.world import ALWAYS, World
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
BENEFIT = """mutation($i: BenefitInput!) { made: createBenefit(input: $i) { benefit { id } problems { code } } }"""
PUBLISH = 'mutation($id: ID!) { handleBenefit(id: $id, event: PUBLISH, note: "") { problems { code } } }'
CLAIM = """mutation($b: ID!, $c: ID!) { claimBenefit(benefitId: $b, customerId: $c) {
    claim { id code } problems { code } } }"""
REDEEM = "mutation($c: String!) { redeemClaim(code: $c) { problems { code } } }"
CANCEL = 'mutation($id: ID!) { handleClaim(id: $id, event: CANCEL, note: "x") { problems { code } } }'
SURVEY = "mutation($i: SurveyInput!) { createSurvey(input: $i) { survey { id } problems { code } } }"
ASK = """mutation($s: ID!) { handleSurvey(id: $s, event: PUBLISH) { problems { code } }
    holdSurvey(surveyId: $s, seed: "1") { wave { invitations { edges { node { id } } } } problems { code } } }"""
ANSWER = """mutation($id: ID!) { answerSurvey(id: $id, channel: PHONE, answers: {nps: 0, words: "慢"}) {
    problems { code } } }"""
STANDS = """{ benefitClaims { edges { node { state links { object externalId } history { edges { node { op } } } } } }
    surveyAnswers { edges { node { score scale survey links { object } customer { name } } } } }"""


@dataclass(frozen=True)
class Home:
    """Where a CRM has claims and answers, in its own names."""

    plugin: ModuleType
    claims: str
    answers: str
    code: str
    state: str
    score: str
    states: Mapping[str, str]


HOMES = {
    "zoho": Home(plugins.zoho, "Benefit_Claims", "Survey_Answers", "Code", "State", "Score", {}),
    "fxiaoke": Home(
        plugins.fxiaoke, "object_kqclaim__c", "object_kqanswer__c", "kq_code__c", "kq_state__c", "kq_score__c",
        {"claimed": "1", "redeemed": "2"},
    ),
    "jiandaoyun": Home(plugins.jiandaoyun, "benefit_claim", "survey_answer", "code", "state", "score", {}),
}  # fmt: skip


class Story:
    def __init__(self, world: World, home: Home) -> None:
        self.world = world
        self.home = home
        self.client = Client(world.database, world.ledger, Actor(world.scope.tenant, Role.ADMIN, "ops"))

    async def round(self) -> None:
        self.world.clock.move(60)
        outcome = await self.world.sync()
        assert outcome.state == "done", outcome.message
        assert not outcome.tally.problems, outcome.tally.problems

    async def act(self, mutation: str, **given: Any) -> Any:
        answer = await self.client.ask(mutation, **given)
        assert all(part["problems"] == [] for part in answer.values()), answer
        return answer

    async def customer(self) -> str:
        """Somebody whom the CRM brought."""
        form: Form = next(form for form in self.world.emulator.forms if form.kind is Kind.CUSTOMER)
        name = "name" if "name" in form.fields else "last_name"
        given = {form.fields[name]: "Ma Na", form.fields["email"]: "mana@example.com"}
        self.world.emulator.people.create(form.object, {**form.fixed, **given})
        await self.round()
        edges = (await self.client.ask("{ customers { edges { node { id } } } }"))["customers"]["edges"]
        return str(edges[0]["node"]["id"])

    async def claim(self, customer: str) -> dict[str, Any]:
        now = self.world.clock.now()
        span = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(days=30)).isoformat()}
        usual = {"name": "九折券", "kind": "COUPON", "usage": "结账时出示", **span}
        benefit = (await self.act(BENEFIT, i=usual))["made"]["benefit"]["id"]
        await self.act(PUBLISH, id=benefit)
        claim: dict[str, Any] = (await self.act(CLAIM, b=benefit, c=customer))["claimBenefit"]["claim"]
        return claim

    async def answer(self) -> None:
        asked = [{"key": "nps", "type": "NPS", "zh": "会推荐吗？"}, {"key": "words", "type": "TEXT", "zh": "还有呢？"}]
        usual = {"name": "满意度", "kind": "PERIODIC", "questions": asked}
        survey = (await self.act(SURVEY, i=usual))["createSurvey"]["survey"]["id"]
        wave = (await self.act(ASK, s=survey))["holdSurvey"]["wave"]
        await self.act(ANSWER, id=wave["invitations"]["edges"][0]["node"]["id"])

    def there(self, object: str) -> tuple[str, Mapping[str, Any]]:
        """The only record of an object in the CRM."""
        [found] = self.world.emulator.people.read(object).items()
        return found

    def state(self, word: str) -> str:
        return self.home.states.get(word, word)


@pytest.fixture(params=HOMES)
async def story(request: pytest.FixtureRequest, sqlite_url: str, anyio_backend: str) -> AsyncIterator[Story]:
    home = HOMES[request.param]
    world = await World(plugin=home.plugin).open(sqlite_url, {**ALWAYS, "benefit_claim": {"delete": "propagate"}})
    assert isinstance(world.emulator, Telling)
    await world.resettle(world.emulator.telling(f"http://{world.name}.test"))
    yield Story(world, home)
    await world.close()


async def test_claims_and_scores_stand_in_the_crm(story: Story) -> None:
    home = story.home
    claim = await story.claim(await story.customer())
    await story.answer()
    await story.round()
    id, there = story.there(home.claims)
    assert (there[home.code], there[home.state]) == (claim["code"], story.state("claimed"))
    assert int(story.there(home.answers)[1][home.score]) == 0  # 0 is an answer
    stands = await story.client.ask(STANDS)
    [answer] = [edge["node"] for edge in stands["surveyAnswers"]["edges"]]
    assert (answer["score"], answer["scale"], answer["survey"]) == (0, "NPS", "满意度")
    assert (answer["customer"]["name"], answer["links"]) == ("Ma Na", [{"object": home.answers}])
    await story.act(REDEEM, c=claim["code"])
    await story.round()
    assert story.there(home.claims)[1][home.state] == story.state("redeemed")
    writes = story.world.writes
    await story.round()
    assert story.world.writes == writes
    [known] = [edge["node"] for edge in (await story.client.ask(STANDS))["benefitClaims"]["edges"]]
    assert (known["state"], known["links"]) == ("REDEEMED", [{"object": home.claims, "externalId": id}])
    assert [edge["node"]["op"] for edge in known["history"]["edges"]] == ["UPDATE", "CREATE"]


async def test_an_edit_there_decides_nothing_here(story: Story) -> None:
    home = story.home
    claim = await story.claim(await story.customer())
    await story.round()
    id, _ = story.there(home.claims)
    story.world.emulator.people.edit(home.claims, id, {home.state: story.state("redeemed")})
    await story.round()
    [known] = [edge["node"] for edge in (await story.client.ask(STANDS))["benefitClaims"]["edges"]]
    assert known["state"] == "CLAIMED"
    await story.act(REDEEM, c=claim["code"])
    await story.round()
    assert story.there(home.claims)[1][home.state] == story.state("redeemed")
