"""Fxiaoke (纷享销客) for kequn: the hooks and the manifest. Everything else is loaded when a connection is made."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.crm import Crm
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.hooks import EACH, CrmPlugin, EmulatorPlugin, Limit, Manifest, Setting, hookimpl
from kequn.contracts.host import CrmHost
from kequn.contracts.pages import PAGES, page
from kequn.contracts.version import CONTRACT_VERSION

CLOUDS = {
    "fxiaoke": "https://open.fxiaoke.com",
    "huawei": "https://open-hwcloud.fxiaoke.com",
    "aliyun": "https://open-ale.fxiaoke.com",
    "frankfurt": "https://open-hws.fxiaoke.com",
    "hong_kong": "https://open-ksc.sharecrm.com",
    "north_america": "https://open-na.sharecrm.com",
}

MANIFEST = Manifest(
    title="Fxiaoke",
    version=1,
    settings=(
        Setting("cloud", "Where the tenant lives", default="fxiaoke", choices=tuple(CLOUDS)),
        Setting("base_url", "Address of the Open API, when it is not that of the cloud"),
        Setting("app_id", "Id of the app, FSAID_...", required=True),
        Setting("app_secret", "Secret of the app", required=True, secret=True),
        Setting("permanent_code", "Permanent code of the enterprise for the app", required=True, secret=True),
        Setting("current_open_user_id", "Id of the person in whose name kequn acts, FSUID_..."),
        Setting("mobile", "Mobile number of that person, when the id is not known"),
        Setting("auth", "How requests prove who sends them", default="legacy", choices=("legacy", "bearer")),
        Setting("employee_id", "CRM employee id of that person, such as 1000; for bearer"),
        Setting("event_aes_key", "Key of the event callback in the console: Base64 of 32 bytes", secret=True),
        Setting("event_max_age_seconds", "Events that are older are refused (0: none is)", type="integer",
                default=21_600),
        Setting("customers", "Objects of customers, and what they hold: person or organisation",
                type="object", default={"AccountObj": "organisation", "ContactObj": "person"}, mapping=True),
        Setting("objects", "Objects of the other kinds, in place of the usual ones (empty: none)",
                type="object", default={}, mapping=True),
        Setting("fields", "By object: kequn's field, Fxiaoke's API name (empty: not mapped)",
                type="object", default={}, mapping=True),
        Setting("options", "By object and field: kequn's word, Fxiaoke's option value",
                type="object", default={}, mapping=True),
        Setting("lines", "Read and write the products of orders", type="boolean", default=False, mapping=True),
        Setting("currency", "Currency of all amounts", default="CNY", mapping=True),
        Setting("time_zone", "Time zone of dates, where the CRM does not tell it",
                default="Asia/Shanghai", mapping=True),
        Setting("extra_exclude", "API names of fields that are not kept as extra",
                type="list", default=[], mapping=True),
        Setting("owner", "Owner of new records, FSUID_...; otherwise the person in whose name kequn acts"),
        Setting("department", "Department whose people are staff; 999999 is the whole company",
                type="integer", default=999999),
        Setting("purge", "Delete for good what kequn deletes, not only into the bin", type="boolean", default=False),
        Setting("full_scan_hours", "How often every record is looked through for those that are gone",
                type="integer", default=24),
        Setting("calls_a_day", "Calls that kequn may make in any 24 hours, such as the packs hold; 0: any number",
                type="integer", default=100_000),
        Setting("calls_in_20_seconds", "How often one interface is called; Fxiaoke's limit is 100",
                type="integer", default=90),
        PAGES,
    ),
    hosts=("open.fxiaoke.com", "*.fxiaoke.com", "*.sharecrm.com"),
    host_settings=("base_url",),
    record_url=page,
)  # fmt: skip


def build(settings: Mapping[str, Any], host: CrmHost) -> Crm:
    from plugins.fxiaoke.adapter import FxiaokeCrm

    return FxiaokeCrm(settings, host)


def limits(settings: Mapping[str, Any]) -> Sequence[Limit]:
    """Each path is an interface."""
    day = (Limit("calls", 86_400, settings["calls_a_day"]),) if settings["calls_a_day"] else ()
    return (Limit("calls_in_20_seconds", 20, settings["calls_in_20_seconds"], EACH), *day)


def emulate(options: EmulatorOptions) -> Emulator:
    from plugins.fxiaoke import emulator

    return emulator.build(options)


@hookimpl
def register_crm() -> CrmPlugin:
    return CrmPlugin("fxiaoke", MANIFEST, build, CONTRACT_VERSION, limits=limits)


@hookimpl
def register_emulator() -> EmulatorPlugin:
    return EmulatorPlugin("fxiaoke", emulate)
