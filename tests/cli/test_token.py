"""API tokens from the command line."""

import asyncio
from datetime import datetime, timedelta

import pytest

from kequn.clock import SystemClock
from kequn.settings import Settings
from kequn.store import tokens
from kequn.store.database import Database
from kequn.store.scope import Actor, Role
from tests.cli.shell import Command


async def holder(text: str, now: datetime) -> Actor | None:
    database = Database(Settings.read().database_url)
    try:
        async with database.reading() as session:
            return await tokens.authenticate(session, text, now)
    finally:
        await database.close()


def test_a_token_is_printed_alone_and_works_until_it_is_revoked(kequn: Command) -> None:
    said = kequn.well("token", "create", "--role", "operator", "--name", "dashboard")
    token = said.out.removesuffix("\n")
    actor = asyncio.run(holder(token, SystemClock().now()))
    assert actor is not None
    assert (actor.role, actor.name, said.err) == (Role.OPERATOR, "dashboard", "")
    kequn.well("token", "revoke", token[:12])
    assert asyncio.run(holder(token, SystemClock().now())) is None


def test_the_list_never_shows_a_token(kequn: Command) -> None:
    token = kequn.well("token", "create", "--role", "viewer").out.strip()
    (listed,) = kequn.well("token", "list", "--json").json
    assert (listed["prefix"], listed["role"], listed["batch"], listed["revoked_at"]) == (
        token[:12],
        "viewer",
        False,
        None,
    )
    assert token not in kequn.well("token", "list").out


def test_an_unknown_role_names_those_there_are(kequn: Command) -> None:
    assert "viewer, operator, developer or admin" in kequn("token", "create", "--role", "boss").error


def test_an_unknown_token_cannot_be_revoked(kequn: Command) -> None:
    assert "kequn token list" in kequn("token", "revoke", "kq_nobody").error


def test_an_unknown_tenant_names_those_there_are(kequn: Command) -> None:
    assert "there are: default" in kequn("token", "list", "--tenant", "nobody").error


def test_a_token_with_the_batch_right(kequn: Command) -> None:
    kequn.well("token", "create", "--role", "viewer", "--batch")
    (listed,) = kequn.well("token", "list", "--json").json
    assert listed["batch"] is True


def test_a_token_that_lasts_for_a_while(kequn: Command) -> None:
    token = kequn.well("token", "create", "--role", "viewer", "--expires", "90d").out.strip()
    (listed,) = kequn.well("token", "list", "--json").json
    until = datetime.fromisoformat(listed["expires_at"])
    assert until - datetime.fromisoformat(listed["created_at"]) == timedelta(days=90)
    assert asyncio.run(holder(token, until - timedelta(seconds=1))) is not None
    assert asyncio.run(holder(token, until)) is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--role", "viewer", "--expires", "soon"], "12h, 90d or 52w"),
        (["--role", "viewer", "--expires", "0d"], "12h, 90d or 52w"),
        (["--role", "operator", "--no-personal"], "only a viewer's token"),
        (["--role", "viewer", "--department"], "goes with --staff"),
        (["--role", "viewer", "--staff", "stf_" + "0" * 32], "nobody of our staff"),
    ],
)
def test_what_a_token_cannot_be(kequn: Command, options: list[str], said: str) -> None:
    assert said in kequn("token", "create", *options).error
