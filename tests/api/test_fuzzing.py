"""What schemathesis makes of our schema, sent to the app: every answer is as the schema says, and what is refused is
refused for a reason that we foresaw. (To schemathesis a server that refuses an unknown id has failed; not to us.)"""

import asyncio
import logging
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes
from schemathesis.specs.graphql.schemas import GraphQLSchema
from schemathesis.specs.openapi.checks import response_schema_conformance

import api
from kequn.clock import SeededRandom
from kequn.contracts.secrets import new_key
from kequn.registry import Registry
from kequn.settings import Settings
from kequn.store.scope import Role
from tests.api.served import token_of

EXAMPLES = 300
NEVER = {"INTERNAL", "INVALID", "TIMED_OUT", "TOO_FAST", "UNAUTHENTICATED", "FORBIDDEN"}
TEXTS = st.text(max_size=20) | st.sampled_from(["客户", "王芳", "a%b_c\\d", "'; --"])


@pytest.fixture
def headers(sqlite_url: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {asyncio.run(token_of(Role.ADMIN, sqlite_url))}"}


@pytest.fixture
def schema(sqlite_url: str, headers: dict[str, str]) -> GraphQLSchema:
    schemathesis.graphql.scalar("JSON", TEXTS.map(nodes.String))
    schemathesis.graphql.scalar("Decimal", st.decimals(Decimal(-9), Decimal(9), places=3).map(str).map(nodes.String))
    given = Settings(database_url=sqlite_url, secret_key=new_key(SeededRandom()), rate_requests=0, rate_rows=0)
    return schemathesis.graphql.from_asgi("/graphql", api.build(given, Registry()), headers=headers)


def test_nothing_is_found(schema: GraphQLSchema, headers: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    codes: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(schema.as_strategy())
    def ask(case: schemathesis.Case[Any]) -> None:
        response = case.call(headers=headers)
        case.validate_response(response, checks=[response_schema_conformance])
        assert response.status_code == 200
        found = [error["extensions"]["code"] for error in response.json().get("errors", [])]
        codes.update(found or ["answered"])
        assert not NEVER.intersection(found), case.body

    with caplog.at_level(logging.WARNING, "kequn"):
        ask()
    assert codes["answered"] >= EXAMPLES // 10, codes
    assert "unforeseen" not in caplog.text
