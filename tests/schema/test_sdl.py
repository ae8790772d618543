"""The printed schema: committed, described in both languages, with the roots that were promised."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, build_schema

from schema.execution import sdl

COMMITTED = Path(__file__).parents[2] / "schema" / "schema.graphql"
ROOTS = """customer customers group groups tier tiers feedback feedbacks purchase purchases interaction interactions
    membership memberships staff duplicates connection connections syncRun syncRuns conflict conflicts node nodes
    me labels syncRules alert alerts task tasks standings standard standards evaluation
    serviceFlow serviceFlows serviceCase serviceCases caseStep caseSteps serviceBoard journeyMap
    offer offers offerRecipients trial trials trialSubjects keyFigures
    benefit benefits benefitClaim benefitClaims benefitDays incentive incentives
    benefitEligibility benefitEffect recommendations incentiveReview pointsRunningOut
    ticket tickets ticketSteps serviceStandard serviceStandards crisisPlan crisisPlans crisisRun crisisRuns
    training trainings trainees serviceCompliance staffPerformance
    survey surveys surveyWave surveyWaves surveyInvitation surveyInvitations surveyResult surveyTrend
    surveyAnswer surveyAnswers
    retention cohorts churnCauses figures segment segments segmentStays flaws exchangeRates
    charter charters rulesVersion rulesVersions consent consents joinLink joinLinks application applications
    memberStanding memberStandings memberEvent memberEvents activityDay activityDays violation violations violationCheck
    violationChecks suspicion suspicions post posts
    gathering gatherings signUp signUps draw draws notice notices review reviews lesson lessons assignment
    assignments templateUse templateUses groupFigures contentPlan contentAdvice silentMembers membersWithoutConsent
    rulesAnnouncement platformAdvice contactPolicy today templates
    purposeConsent purposeConsents privacyAct privacyActs retentionRule retentionRules
    retentionPreview ruleReview ruleReviews"""
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2}")


def test_the_committed_schema_is_the_printed_one() -> None:
    assert COMMITTED.read_text() == sdl(), "run: kequn schema > schema/schema.graphql"


def test_every_root_is_there() -> None:
    query = build_schema(sdl()).query_type
    assert query is not None
    assert set(ROOTS.split()) == set(query.fields)


def described() -> Iterator[tuple[str, str | None]]:
    schema = build_schema(sdl())
    for name, type in schema.type_map.items():
        if name.startswith("__") or name in {"String", "Int", "Float", "Boolean", "ID"}:
            continue
        yield name, type.description
        fields: Any = {}
        if isinstance(type, GraphQLEnumType):
            fields = type.values
        elif isinstance(type, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            fields = type.fields
        for field, definition in fields.items():
            yield f"{name}.{field}", definition.description
            for argument, spec in getattr(definition, "args", {}).items():
                yield f"{name}.{field}({argument})", spec.description


def test_everything_is_described_in_english_and_chinese() -> None:
    poor = [place for place, text in described() if not (text and CHINESE.search(text) and ENGLISH.search(text))]
    assert poor == []


def test_a_connection_shows_neither_settings_nor_secrets() -> None:
    connection = build_schema(sdl()).type_map["Connection"]
    assert isinstance(connection, GraphQLObjectType)
    shown = {
        "id",
        "name",
        "plugin",
        "state",
        "policy",
        "policies",
        "schedule",
        "createdAt",
        "runs",
        "conflicts",
        "links",
        "changes",
    }
    assert set(connection.fields) == shown


def test_what_is_deprecated_says_what_to_use_instead() -> None:
    reasons = re.findall(r'@deprecated(?:\(reason: "([^\n]*)"\))?', sdl())
    assert len(reasons) > 0
    assert [reason for reason in reasons if not (CHINESE.search(reason) and ENGLISH.search(reason))] == []
