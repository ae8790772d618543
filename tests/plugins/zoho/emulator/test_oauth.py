"""Tokens, their errors and limits, scopes (contract, section 3)."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.plugins.zoho.emulator.desk import BASE, Desk

pytestmark = pytest.mark.anyio


async def test_a_refresh_gives_an_access_token_and_no_refresh_token() -> None:
    reply = await Desk().token()
    answer = reply.json()
    assert reply.status_code == 200
    assert answer.pop("access_token").startswith("1000.")
    assert answer == {
        "scope": "ZohoCRM.modules.ALL ZohoCRM.settings.ALL",
        "api_domain": BASE,
        "token_type": "Bearer",
        "expires_in": 3600,
    }


async def test_parameters_may_stand_in_the_query() -> None:
    desk = Desk()
    settings = desk.emulator.settings(BASE)
    form = {name: settings[name] for name in ("client_id", "client_secret", "refresh_token")}
    reply = await desk.http.post("/oauth/v2/token", params={**form, "grant_type": "refresh_token"})
    assert "access_token" in reply.json()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "1000.X"}, "invalid_client"),
        ({"client_secret": "x"}, "invalid_client_secret"),
        ({"refresh_token": "1000.x.x"}, "invalid_code"),
        ({"grant_type": "authorization_code", "code": "1000.x.x"}, "invalid_code"),
    ],
)
async def test_errors_come_with_http_200(change: dict[str, str], error: str) -> None:
    reply = await Desk().token(**change)
    assert (reply.status_code, reply.json()) == (200, {"error": error})


async def test_ten_refreshes_in_ten_minutes() -> None:
    desk = Desk()
    for _ in range(10):
        assert "access_token" in (await desk.token()).json()
    throttled = await desk.token()
    assert throttled.status_code == 400
    assert throttled.json() == {
        "error_description": "You have made too many requests continuously. Please try again after some time.",
        "error": "Access Denied",
        "status": "failure",
    }
    desk.clock.move(601)
    assert "access_token" in (await desk.token()).json()


async def test_the_sixteenth_active_token_ends_the_oldest() -> None:
    desk = Desk()
    await desk.login()
    for _ in range(15):
        assert (await desk.get("/Contacts", fields="Last_Name")).status_code == 204
        desk.clock.move(61)
        await desk.token()
    assert (await desk.get("/Contacts", fields="Last_Name")).json()["code"] == "INVALID_TOKEN"


async def test_an_access_token_lives_an_hour() -> None:
    desk = Desk()
    await desk.login()
    desk.clock.move(3599)
    assert (await desk.get("/Contacts", fields="Last_Name")).status_code == 204
    desk.clock.move(1)
    reply = await desk.get("/Contacts", fields="Last_Name")
    assert reply.status_code == 401
    assert reply.json() == {
        "code": "INVALID_TOKEN",
        "details": {},
        "message": "invalid oauth token",
        "status": "error",
    }


@pytest.mark.parametrize("header", ["", "Bearer 1000.a.b", "Zoho-oauthtoken"])
async def test_a_garbled_header(header: str) -> None:
    desk = Desk()
    desk.http.headers["Authorization"] = header
    reply = await desk.get("/Contacts", fields="Last_Name")
    assert reply.status_code == 401
    assert (reply.json()["code"], reply.json()["message"]) == ("AUTHENTICATION_FAILURE", "Authentication failed")


async def test_the_web_flow_gives_a_code_once() -> None:
    desk = Desk()
    settings = desk.emulator.settings(BASE)
    asked = {"client_id": settings["client_id"], "redirect_uri": "https://app.example.com/cb", "response_type": "code"}
    reply = await desk.http.get("/oauth/v2/auth", params=asked)
    found = parse_qs(urlsplit(reply.headers["location"]).query)
    assert (found["location"], found["accounts-server"]) == (["us"], [BASE])
    form = {"grant_type": "authorization_code", "code": found["code"][0], "redirect_uri": asked["redirect_uri"]}
    answer = (await desk.token(**form)).json()
    assert (await desk.token(refresh_token=answer["refresh_token"])).json()["expires_in"] == 3600
    assert (await desk.token(**form)).json() == {"error": "invalid_code"}


async def test_a_code_lives_three_minutes_and_minds_its_address() -> None:
    desk = Desk()
    late, elsewhere = desk.emulator.accounts.grant(), desk.emulator.accounts.grant("https://app.example.com/cb")
    wrong = await desk.token(grant_type="authorization_code", code=str(elsewhere), redirect_uri="https://x.example.com")
    desk.clock.move(181)
    expired = await desk.token(grant_type="authorization_code", code=str(late))
    assert (wrong.json(), expired.json()) == ({"error": "invalid_redirect_uri"}, {"error": "invalid_code"})


async def test_revoking_ends_everything_until_somebody_consents_again() -> None:
    desk = Desk()
    await desk.login()
    old = desk.emulator.settings(BASE)["refresh_token"]
    reply = await desk.http.post("/oauth/v2/token/revoke", params={"token": old})
    assert reply.json() == {"status": "success"}
    assert (await desk.http.post("/oauth/v2/token/revoke", data={"token": old})).status_code == 400
    assert (await desk.get("/Contacts", fields="Last_Name")).json()["code"] == "INVALID_TOKEN"
    assert (await desk.token(refresh_token=old)).json() == {"error": "invalid_code"}
    assert "access_token" in (await desk.token()).json()


@pytest.mark.parametrize(
    ("scopes", "fine"),
    [
        ("ZohoCRM.modules.ALL", True),
        ("ZohoCRM.modules.READ", True),
        ("ZohoCRM.modules.contacts.READ", True),
        ("ZohoCRM.modules.Contacts.ALL", True),
        ("ZohoCRM.modules.contacts.CREATE", False),
        ("ZohoCRM.modules.leads.ALL", False),
        ("ZohoCRM.settings.ALL", False),
    ],
)
async def test_scopes_are_enforced_when_they_are_named(scopes: str, fine: bool) -> None:
    reply = await Desk(scopes=scopes).get("/Contacts", fields="Last_Name")
    assert reply.status_code == (204 if fine else 401)
    assert fine or reply.json() == {
        "code": "OAUTH_SCOPE_MISMATCH",
        "details": {},
        "message": "Unauthorized",
        "status": "error",
    }


async def test_coarse_scopes_imply_neither_coql_nor_search() -> None:
    desk = Desk(scopes=["ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL"])
    query = {"select_query": "select Last_Name from Contacts where id > 1"}
    assert (await desk.post("/coql", query)).status_code == 401
    assert (await desk.get("/Contacts/search", word="abc")).status_code == 401


async def test_the_api_domain_can_be_set() -> None:
    assert (await Desk(api_domain="http://api.test").token()).json()["api_domain"] == "http://api.test"


def test_unknown_knobs_are_named() -> None:
    with pytest.raises(ValueError, match="unknown knobs: speed"):
        Desk(speed=3)
