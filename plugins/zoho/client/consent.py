"""A person lets kequn in, in the browser or with a code from the API console (a self client): what they are asked, and
what their code is traded for. Decides which scopes are asked for."""

from dataclasses import replace
from typing import Any

from kequn.contracts.errors import NeedsLogin
from kequn.contracts.host import CrmHost, Random
from kequn.contracts.oauth import Grant, Invitation, invite
from kequn.contracts.secrets import Secret
from plugins.zoho.client.login import Credentials, Login

SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.notifications.ALL",
    "ZohoCRM.coql.READ",
    "ZohoCRM.bulk.READ",
    "ZohoSearch.securesearch.READ",
)


def ask(credentials: Credentials, redirect_uri: str, random: Random) -> Invitation:
    """Only offline access comes with a refresh token; only a new consent comes with one again."""
    return invite(
        f"{credentials.accounts_url}/oauth/v2/auth", credentials.client_id, redirect_uri, [",".join(SCOPES)], random,
        access_type="offline", prompt="consent",
    )  # fmt: skip


async def trade(credentials: Credentials, grant: Grant, host: CrmHost) -> dict[str, Any]:
    """The settings to be changed. The organisation may live in another data centre than the settings say: Zoho names
    its accounts server beside the code."""
    server = grant.answer.get("accounts-server", credentials.accounts_url).rstrip("/")
    given = replace(
        credentials, accounts_url=server, refresh_token=None, grant_code=Secret(grant.code),
        redirect_uri=grant.redirect_uri, verifier=Secret(grant.verifier) if grant.verifier else None,
    )  # fmt: skip
    token = await Login(given, host)(None)
    if token.refresh is None:
        raise NeedsLogin("Zoho Accounts gave no refresh token: the code must be made for offline access")
    changed = {"refresh_token": token.refresh, "grant_code": None}
    return changed if server == credentials.accounts_url else {**changed, "accounts_url": server}
