"""Logging in and asking, against the emulator: renewals, throttles, repeats, and what is never repeated."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from kequn.contracts.errors import BadSettings, ForbiddenHost, NeedsLogin, RetryLater
from kequn.contracts.host import Token
from plugins.zoho.client import API
from tests.plugins.zoho.rig import BASE, Rig, opened

pytestmark = pytest.mark.anyio

CONTACTS = f"{API}/Contacts"
FIELDS = {"fields": "Last_Name"}


def tokens_asked(rig: Rig) -> int:
    return sum(seen.path == "/oauth/v2/token" for seen in rig.emulator.requests)


async def test_one_login_for_many_requests() -> None:
    rig = Rig(records=3)
    client = rig.crm._client
    await asyncio.gather(*(client.read(CONTACTS, FIELDS) for _ in range(20)))
    assert tokens_asked(rig) == 1
    assert rig.tokens.token is not None
    assert rig.tokens.token.extra["api_domain"] == BASE


async def test_an_expired_token_is_renewed_and_the_request_repeated() -> None:
    rig = Rig(records=3)
    await rig.crm._client.read(CONTACTS, FIELDS)
    rig.emulator.faults.script("token_expired")
    reply = await rig.crm._client.read(CONTACTS, FIELDS)
    assert len(reply.rows()) == 3
    assert tokens_asked(rig) == 2


async def test_a_token_is_renewed_before_it_expires() -> None:
    rig = Rig(records=3)
    await rig.crm._client.read(CONTACTS, FIELDS)
    rig.later(3600 - 200)
    await rig.crm._client.read(CONTACTS, FIELDS)
    assert [seen.status for seen in rig.emulator.requests] == [200] * 4
    assert tokens_asked(rig) == 2


@pytest.mark.parametrize("setting", ["client_secret", "refresh_token", "client_id"])
async def test_wrong_credentials_need_a_person(setting: str) -> None:
    wrong: dict[str, Any] = {setting: "1000.wrong"}
    rig = Rig(**wrong)
    with pytest.raises(NeedsLogin) as caught:
        await rig.crm.open()
    assert "1000.wrong" not in str(caught.value)
    assert tokens_asked(rig) == 1


async def test_a_revoked_token_needs_a_person() -> None:
    rig = await opened()
    rig.emulator.faults.script("token_revoked")
    with pytest.raises(NeedsLogin):
        await rig.crm._client.read(CONTACTS, FIELDS)


async def test_a_stored_refresh_token_that_died_gives_way_to_the_settings() -> None:
    rig = Rig(records=1)
    rig.tokens.token = Token("1000.old", rig.clock.now() - timedelta(1), "1000.dead", {"api_domain": BASE})
    assert len((await rig.crm._client.read(CONTACTS, FIELDS)).rows()) == 1


async def test_a_missing_scope_is_named() -> None:
    rig = Rig(knobs={"scopes": "ZohoCRM.modules.ALL"})
    with pytest.raises(NeedsLogin, match=r"ZohoCRM\.org\.READ") as caught:
        await rig.crm.open()
    assert caught.value.scope == "ZohoCRM.org.READ"


@pytest.mark.parametrize("fault", ["throttled", "throttled_retry_after", "status_500", "status_503", "html_502"])
async def test_a_read_is_repeated(fault: str) -> None:
    rig = Rig(records=2)
    await rig.crm._client.read(CONTACTS, FIELDS)
    before = rig.clock.now()
    rig.emulator.faults.script(fault)
    assert len((await rig.crm._client.read(CONTACTS, FIELDS)).rows()) == 2
    waited = (rig.clock.now() - before).total_seconds()
    assert 5 <= waited <= 7 if fault != "throttled" else 2 <= waited <= 4


@pytest.mark.parametrize("fault", ["refused", "timeout_before_commit", "truncated_json", "wrong_content_type"])
async def test_a_read_survives_the_network(fault: str) -> None:
    rig = Rig(records=2)
    await rig.crm._client.read(CONTACTS, FIELDS)
    rig.emulator.faults.script(fault)
    assert len((await rig.crm._client.read(CONTACTS, FIELDS)).rows()) == 2


async def test_a_host_that_is_down_is_given_up_within_half_a_minute() -> None:
    rig = Rig(records=2)
    await rig.crm._client.read(CONTACTS, FIELDS)
    before = rig.clock.now()
    rig.emulator.faults.script(*["refused"] * 9)
    with pytest.raises(RetryLater) as caught:
        await rig.crm._client.read(CONTACTS, FIELDS)
    assert (rig.clock.now() - before).total_seconds() < 30
    assert not caught.value.maybe_applied


async def test_spent_credits_are_not_asked_for_again_at_once() -> None:
    rig = Rig(records=2)
    await rig.crm._client.read(CONTACTS, FIELDS)
    rig.emulator.faults.script("throttled_in_200")
    asked = len(rig.emulator.requests)
    with pytest.raises(RetryLater) as caught:
        await rig.crm._client.read(CONTACTS, FIELDS)
    assert caught.value.wait_seconds == 900
    assert len(rig.emulator.requests) == asked + 1


@pytest.mark.parametrize(("fault", "tries"), [("timeout_after_commit", 1), ("status_500", 1), ("throttled", 2)])
async def test_a_write_is_repeated_only_when_it_did_not_arrive(fault: str, tries: int) -> None:
    rig = await opened(records=2)
    asked = rig.writes()
    rig.emulator.faults.script(fault)
    body = {"data": [{"Last_Name": "Bado"}], "trigger": []}
    if tries == 1:
        with pytest.raises(RetryLater) as caught:
            await rig.crm._client.write("POST", CONTACTS, body)
        assert caught.value.maybe_applied
    else:
        await rig.crm._client.write("POST", CONTACTS, body)
    assert rig.writes() == asked + tries


async def test_a_redirect_elsewhere_is_not_followed() -> None:
    rig = await opened(records=2)
    rig.emulator.faults.script("redirect")
    with pytest.raises(ForbiddenHost):
        await rig.crm._client.read(CONTACTS, FIELDS)


async def test_an_api_domain_outside_the_hosts_is_refused() -> None:
    rig = Rig(knobs={"api_domain": "https://elsewhere.example.org"})
    with pytest.raises(ForbiddenHost):
        await rig.crm.open()


async def test_credits_are_asked_of_the_budget() -> None:
    rig = await opened(records=2)
    cursor = (await rig.walk("accounts")).cursor
    spent = rig.purse.paid
    await rig.walk("accounts", cursor)
    assert rig.purse.paid - spent == 1 + 2  # list, deleted


async def test_no_more_than_five_at_once() -> None:
    rig = await opened(records=2, knobs={"concurrency": 5, "latency": 1.0})
    await asyncio.gather(*(rig.crm._client.read(CONTACTS, FIELDS) for _ in range(30)))
    assert 429 not in {seen.status for seen in rig.emulator.requests}


def test_settings_of_fields_that_do_not_exist_are_refused() -> None:
    with pytest.raises(BadSettings, match=r"fields\.Contacts\.Wechat is mapped to no field of a customer"):
        Rig(fields={"Contacts": {"Wechat": "wechat"}})
    with pytest.raises(BadSettings, match=r"fields\.Invoices is none of"):
        Rig(fields={"Invoices": {"A": "name"}})


def test_a_connection_shows_no_secret() -> None:
    rig = Rig()
    secrets = [str(rig.emulator.settings(BASE)[name]) for name in ("client_secret", "refresh_token")]
    shown = repr(rig.crm) + repr(vars(rig.crm)) + repr(vars(rig.crm._client)) + repr(rig.crm._organisation.chosen)
    assert [secret for secret in secrets if secret in shown] == []
