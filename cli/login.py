"""`kequn connection login`: a person lets kequn into their CRM with a browser, or hands in a code where there is none.
What is asked and what a code is traded for is the plugin's part; what comes back is sealed into the settings."""

import asyncio
import sys
import webbrowser
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

import typer

from cli.connection import Name, examine
from cli.installation import Installation, Tenant, opened
from cli.redirect import PATH, answered
from kequn.contracts.errors import CrmError
from kequn.contracts.hooks import CrmLogin
from kequn.contracts.oauth import Grant
from kequn.serving import address, listen
from kequn.store import connections
from kequn.sync.connect import Line
from kequn.terminal import Failure, note, say

PORT = 8765  # CRMs want the redirect address registered, so that it stays the same


def add_to(group: typer.Typer) -> None:
    group.command()(login)


def login(
    name: Name,
    code: Annotated[
        str | None, typer.Option(help="A code from the CRM's console; - to be asked for it. No browser then.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the browser comes back to; 0: any.")] = PORT,
    tenant: Tenant = None,
) -> None:
    """Log in at the CRM with a browser. The credentials that it gives are kept, sealed."""

    async def work() -> None:
        async with opened(tenant) as here:
            async with here.switchboard.line(here.scope, name) as line:
                way = _way(line)
                grant = _handed_in(code, line) if code else await _from_browser(here, line, way, port)
                try:
                    changed = await way.exchange(line.settings, grant, line.host)
                except CrmError as error:
                    raise Failure(f"{name}: {error.message}") from error
            await _keep(here, name, changed)
            await examine(here, name)
        say(f"{name} is logged in, and the credentials do")

    asyncio.run(work())


def _way(line: Line) -> CrmLogin:
    if line.plugin.login is None:
        name, title = line.connection.name, line.plugin.manifest.title
        raise Failure(f"{title} has no login with a browser; `kequn connection edit {name} --set ...` sets credentials")
    return line.plugin.login


def _handed_in(code: str, line: Line) -> Grant:
    """The code itself, or the whole address that a browser elsewhere was sent to."""
    text = typer.prompt("code", hide_input=True) if code == "-" and sys.stdin.isatty() else code
    text = sys.stdin.readline().strip() if text == "-" else text
    parts = urlsplit(text)
    if not parts.scheme or "code=" not in parts.query:
        return Grant(text, line.settings.get("redirect_uri"))
    answer = dict(parse_qsl(parts.query))
    return Grant(answer["code"], f"{parts.scheme}://{parts.netloc}{parts.path}", None, answer)


async def _from_browser(here: Installation, line: Line, way: CrmLogin, port: int) -> Grant:
    with listen(port) as listener:
        redirect_uri = address(listener) + PATH
        invitation = way.invite(line.settings, redirect_uri, here.random)
        say(invitation.url)
        note(f"open this address in a browser on this machine; it comes back to {redirect_uri}")
        if way.advice:
            note(f"if it does not: {way.advice}")
        if sys.stdout.isatty():
            webbrowser.open(invitation.url)
        answer = await answered(listener, invitation.state)
    return Grant(_code(answer, line.plugin.manifest.title), redirect_uri, invitation.verifier, answer)


def _code(answer: Mapping[str, str], title: str) -> str:
    if "code" not in answer:
        raise Failure(f"{title} let nobody in ({answer.get('error', 'it gave no code')}); try again")
    return answer["code"]


async def _keep(here: Installation, name: str, changed: Mapping[str, object]) -> None:
    async with here.database.writing() as session:
        entry = here.registry.crm((await connections.get(session, here.scope, name)).plugin)
        await connections.edit(session, here.scope, entry, name, keyring=here.keyring, settings=changed)
