"""API tokens from the command line."""

import asyncio

from kequn.settings import Settings
from kequn.store import tokens
from kequn.store.database import Database
from kequn.store.scope import Actor, Role
from tests.cli.shell import Command


async def holder(text: str) -> Actor | None:
    database = Database(Settings.read().database_url)
    try:
        async with database.reading() as session:
            return await tokens.authenticate(session, text)
    finally:
        await database.close()


def test_a_token_is_printed_alone_and_works_until_it_is_revoked(kequn: Command) -> None:
    said = kequn.well("token", "create", "--role", "operator", "--name", "dashboard")
    token = said.out.removesuffix("\n")
    actor = asyncio.run(holder(token))
    assert actor is not None
    assert (actor.role, actor.name, said.err) == (Role.OPERATOR, "dashboard", "")
    kequn.well("token", "revoke", token[:12])
    assert asyncio.run(holder(token)) is None


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
