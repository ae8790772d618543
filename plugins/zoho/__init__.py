"""Zoho CRM for kequn: the hooks and the manifest. Everything else is loaded when a connection is made."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.crm import Crm
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.hooks import CrmLogin, CrmPlugin, EmulatorPlugin, Limit, Manifest, Setting, hookimpl
from kequn.contracts.host import CrmHost, Random
from kequn.contracts.oauth import Grant, Invitation
from kequn.contracts.pages import PAGES, page
from kequn.contracts.version import CONTRACT_VERSION

PEOPLE = {
    "us": "https://crm.zoho.com",
    "eu": "https://crm.zoho.eu",
    "in": "https://crm.zoho.in",
    "cn": "https://crm.zoho.com.cn",
    "au": "https://crm.zoho.com.au",
    "jp": "https://crm.zoho.jp",
    "ca": "https://crm.zohocloud.ca",
    "sa": "https://crm.zoho.sa",
    "uk": "https://crm.zoho.uk",
}
"""The data centres, and where people go to work there."""

TABS = {
    **{name: name for name in ("Accounts", "Calls", "Campaigns", "Cases", "Contacts", "Events", "Tasks")},
    "Deals": "Potentials",
    "Sales_Orders": "SalesOrders",
}
"""Modules as addresses of pages have them: seen in use, not in Zoho's documents. The setting `pages` goes first."""


def record_url(settings: Mapping[str, Any], object: str, id: str) -> str | None:
    """None where kequn does not talk to Zoho's own data centres."""
    usual = object in TABS and not settings.get("accounts_url")
    centre = PEOPLE[settings.get("data_center", "us")]
    return page(settings, object, id) or (f"{centre}/crm/tab/{TABS[object]}/{id}" if usual else None)


MANIFEST = Manifest(
    title="Zoho CRM",
    version=1,
    settings=(
        Setting("data_center", "Where the organisation lives", default="us", choices=tuple(PEOPLE)),
        Setting("accounts_url", "Address of Zoho Accounts, when it is not that of the data centre"),
        Setting("client_id", "Client id from Zoho's API console", required=True),
        Setting("client_secret", "Client secret from Zoho's API console", required=True, secret=True),
        Setting("refresh_token", "Refresh token; left out when a grant code is given", secret=True),
        Setting("grant_code", "Grant code of a self client: good once, for some minutes", secret=True),
        Setting("redirect_uri", "Redirect address that the grant code was made for, if any"),
        Setting("tier_field", "API name of the picklist of Contacts that is the tier",
                default="Customer_Tier", mapping=True),
        Setting("groups", "What groups are: tags of Contacts, or Campaigns",
                default="tags", choices=("tags", "campaigns"), mapping=True),
        Setting("won_stages", "Stages in which a deal is a purchase; the first one is used for new deals",
                type="list", default=["Closed Won"], mapping=True),
        Setting("all_deals", "Take in deals of every stage, unpaid until won",
                type="boolean", default=False, mapping=True),
        Setting("sales_orders", "Take in Sales_Orders as purchases", type="boolean", default=False, mapping=True),
        Setting("lines", "Read the lines of sales orders, at one request each",
                type="boolean", default=False, mapping=True),
        Setting("notes", "Take in Notes as interactions; the user must be an administrator",
                type="boolean", default=False, mapping=True),
        Setting("modules", "Modules of your own that kequn fills: module, benefit_claim or survey_answer",
                type="object", default={}, mapping=True),
        Setting("fields", "Custom fields: module, Zoho's API name, kequn's field",
                type="object", default={}, mapping=True),
        Setting("extra_exclude", "API names of fields that are not kept as extra",
                type="list", default=[], mapping=True),
        Setting("bulk_threshold", "A first load that goes on behind so many records is made by bulk read",
                type="integer", default=5000),
        Setting("tag_sweep_minutes", "How often the tags of all contacts are read again",
                type="integer", default=1440),
        Setting("daily_credits", "Credits that kequn may spend in any 24 hours; 0: as many as Zoho gives",
                type="integer", default=0),
        Setting("create_fields", "Make the fields that kequn needs where they are missing",
                type="boolean", default=True),
        PAGES,
    ),
    hosts=(
        "*.zoho.com", "*.zoho.eu", "*.zoho.in", "*.zoho.com.cn", "*.zoho.com.au", "*.zoho.jp", "*.zoho.sa", "*.zoho.uk",
        "*.zohocloud.ca", "*.zohoapis.com", "*.zohoapis.eu", "*.zohoapis.in", "*.zohoapis.com.cn", "*.zohoapis.com.au",
        "*.zohoapis.jp", "*.zohoapis.ca", "*.zohoapis.sa", "*.zohoapis.uk",
    ),
    host_settings=("accounts_url",),
    record_url=record_url,
)  # fmt: skip


def build(settings: Mapping[str, Any], host: CrmHost) -> Crm:
    from plugins.zoho.adapter import ZohoCrm

    return ZohoCrm(settings, host)


def limits(settings: Mapping[str, Any]) -> Sequence[Limit]:
    """How many credits an edition has does not stand in the API."""
    return (Limit("credits", 86_400, settings["daily_credits"]),) if settings["daily_credits"] else ()


def invite(settings: Mapping[str, Any], redirect_uri: str, random: Random) -> Invitation:
    from plugins.zoho.adapter.options import credentials_of
    from plugins.zoho.client.consent import ask

    return ask(credentials_of(settings), redirect_uri, random)


async def exchange(settings: Mapping[str, Any], grant: Grant, host: CrmHost) -> Mapping[str, Any]:
    from plugins.zoho.adapter.options import credentials_of
    from plugins.zoho.client.consent import trade

    return await trade(credentials_of(settings), grant, host)


def emulate(options: EmulatorOptions) -> Emulator:
    from plugins.zoho import emulator

    return emulator.build(options)


@hookimpl
def register_crm() -> CrmPlugin:
    advice = "the client in Zoho's API console is server-based, and the redirect address is registered there"
    return CrmPlugin("zoho", MANIFEST, build, CONTRACT_VERSION, CrmLogin(invite, exchange, advice), limits)


@hookimpl
def register_emulator() -> EmulatorPlugin:
    return EmulatorPlugin("zoho", emulate)
