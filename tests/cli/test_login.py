"""`kequn connection login`: with a browser that comes back, with a code, and what does not count."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from plugins.zoho.emulator.emulator import ZohoEmulator
from tests.cli.shell import Command, Zoho

PROGRAM = str(Path(sys.executable).with_name("kequn"))


@pytest.fixture
def stranger(kequn: Command, zoho: Zoho) -> Zoho:
    """A connection whose client is registered, and which nobody has let in."""
    given = json.loads(zoho.settings.read_text())
    given.pop("refresh_token")
    zoho.settings.write_text(json.dumps(given))
    kequn.well("connection", "add", "zoho", "--settings", str(zoho.settings))
    assert "neither a refresh token nor a grant code" in kequn("connection", "check", "zoho").error
    return zoho


@contextmanager
def logging_in() -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The program, and the address that it says first."""
    command = [PROGRAM, "connection", "login", "zoho", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        try:
            yield program, program.stdout.readline().strip()
        finally:
            program.kill()


def test_a_browser_goes_there_and_comes_back(kequn: Command, stranger: Zoho) -> None:
    with logging_in() as (program, url):
        assert url.startswith(f"{stranger.url}/oauth/v2/auth?")
        consent = httpx.get(url)
        back = httpx.URL(consent.headers["location"])
        forged = httpx.get(back.copy_set_param("state", "somebody else's"))
        elsewhere = httpx.get(back.copy_with(path="/favicon.ico"))
        assert (forged.status_code, elsewhere.status_code) == (400, 404)
        page = httpx.get(back)
        assert (page.status_code, "close this page" in page.text) == (200, True)
        out, err = program.communicate(timeout=60)
    assert program.returncode == 0, err
    assert "is logged in" in out
    assert stranger.url in kequn.well("connection", "list", "--json").out
    kequn.well("connection", "check", "zoho")


def test_who_says_no_is_told_so(kequn: Command, stranger: Zoho) -> None:
    with logging_in() as (program, url):
        state = httpx.URL(url).params["state"]
        back = re.sub(r"/login.*", "/login", httpx.URL(url).params["redirect_uri"])
        httpx.get(back, params={"error": "access_denied", "state": state})
        _, err = program.communicate(timeout=60)
    assert (program.returncode, "let nobody in (access_denied)" in err) == (1, True)


def test_a_code_from_the_console_needs_no_browser(kequn: Command, stranger: Zoho) -> None:
    assert isinstance(stranger.emulator, ZohoEmulator)
    code = stranger.emulator.accounts.grant()
    assert code is not None
    assert "is logged in" in kequn.well("connection", "login", "zoho", "--code", code).out
    kequn.well("connection", "check", "zoho")
    again = kequn("connection", "login", "zoho", "--code", code)
    assert "log in again" in again.error
    assert code not in again.err
    kequn.well("connection", "check", "zoho")


def test_the_address_that_another_browser_was_sent_to_holds_the_code(kequn: Command, stranger: Zoho) -> None:
    client = json.loads(stranger.settings.read_text())["client_id"]
    asked = {"client_id": client, "redirect_uri": "http://127.0.0.1:8765/login", "response_type": "code"}
    back = httpx.get(f"{stranger.url}/oauth/v2/auth", params=asked).headers["location"]
    assert "is logged in" in kequn.well("connection", "login", "zoho", "--code", back).out
    kequn.well("connection", "check", "zoho")


def test_a_crm_without_such_a_login_says_what_to_do_instead(kequn: Command) -> None:
    given = {"base_url": "http://127.0.0.1:9/api", "api_key": "secret", "forms": {}}
    (kequn.folder / "jiandaoyun.json").write_text(json.dumps(given))
    kequn.well("connection", "add", "jiandaoyun", "--settings", "jiandaoyun.json")
    assert "kequn connection edit jiandaoyun" in kequn("connection", "login", "jiandaoyun").error
