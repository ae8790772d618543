"""Jiandaoyun for kequn: the hooks and the manifest. Everything else is loaded when a connection is made."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.crm import Crm
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.hooks import CrmPlugin, EmulatorPlugin, Limit, Manifest, Setting, hookimpl
from kequn.contracts.host import CrmHost
from kequn.contracts.pages import PAGES, page
from kequn.contracts.version import CONTRACT_VERSION

MANIFEST = Manifest(
    title="Jiandaoyun 简道云",
    version=1,
    settings=(
        Setting("base_url", "Address of the API, when it is not the public one (private deployment, Jodoo)",
                default="https://api.jiandaoyun.com/api"),
        Setting("api_key", "API key of the company", required=True, secret=True),
        Setting("forms", "The forms: by kind, app_id, entry_id, the widgets of its fields, texts of its options",
                type="object", required=True, mapping=True),
        Setting("webhook_secret", "Secret that is entered beside kequn's address in the forms' data push", secret=True),
        Setting("webhook_window_seconds", "How old a push may be", type="integer", default=600),
        Setting("staff_department", "Number of the department whose members are staff; 0: no staff",
                type="integer", default=1, mapping=True),
        Setting("staff_emails", "E-mail addresses of members by username: Jiandaoyun tells none, and by them staff of "
                "several CRMs are found to be the same person", type="object", default={}, mapping=True),
        Setting("currency", "Currency of amounts whose form does not say one", default="CNY", mapping=True),
        Setting("time_zone", "Time zone of the company: where days begin", default="Asia/Shanghai", mapping=True),
        Setting("extra_exclude", "Widgets that are not kept as extra", type="list", default=[], mapping=True),
        Setting("adopt", "Write kequn's id into records that others made, when they are updated",
                type="boolean", default=False),
        Setting("full_scan_every", "Seconds until everything is listed again, whatever Jiandaoyun says",
                type="integer", default=21600),
        Setting("overlap_seconds", "How far a list of changes reaches back", type="integer", default=300),
        Setting("rate", "Calls a second", type="integer", default=10),
        Setting("batch_rate", "Batch calls a second", type="integer", default=5),
        PAGES,
    ),
    hosts=("api.jiandaoyun.com", "api.jodoo.com"),
    host_settings=("base_url",),
    record_url=page,
)  # fmt: skip


def build(settings: Mapping[str, Any], host: CrmHost) -> Crm:
    from plugins.jiandaoyun.adapter import JiandaoyunCrm

    return JiandaoyunCrm(settings, host)


def limits(settings: Mapping[str, Any]) -> Sequence[Limit]:
    """Well below those of each call and of the company, which others use too."""
    rate, batch_rate = max(settings["rate"], 1), max(settings["batch_rate"], 1)
    return Limit("rate", 1, rate), Limit("batch_rate", 1, batch_rate, "batch")


def emulate(options: EmulatorOptions) -> Emulator:
    from plugins.jiandaoyun import emulator

    return emulator.build(options)


@hookimpl
def register_crm() -> CrmPlugin:
    return CrmPlugin("jiandaoyun", MANIFEST, build, CONTRACT_VERSION, limits=limits)


@hookimpl
def register_emulator() -> EmulatorPlugin:
    return EmulatorPlugin("jiandaoyun", emulate)
