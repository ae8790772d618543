"""The plugin as kequn meets it: hooks, manifest, and what it costs to load."""

import re
import subprocess
import sys
from typing import Any

import pytest

import plugins
from kequn.contracts.crm import Conditional
from kequn.contracts.errors import BadSettings
from kequn.contracts.manifest import faults
from kequn.contracts.records import FIELDS, Kind
from kequn.registry import Registry
from plugins import zoho
from tests.plugins.zoho.rig import Rig

LIGHT = """
import sys, socket
before = set(sys.modules)
socket.socket.connect = None
import plugins.zoho
heavy = {"plugins.zoho.adapter", "plugins.zoho.emulator", "authlib", "starlette.applications"} & set(sys.modules)
print(sorted(heavy))
"""


def test_the_manifest_is_valid() -> None:
    assert list(faults(zoho.MANIFEST)) == []
    secrets = {setting.name for setting in zoho.MANIFEST.settings if setting.secret}
    assert secrets == {"client_secret", "refresh_token", "grant_code"}


def test_it_registers() -> None:
    registry = Registry.load([zoho], entry_points=False)
    assert registry.problems == ()
    assert (set(registry.crms), set(registry.emulators)) == ({"zoho"}, {"zoho"})
    assert zoho.__name__ in plugins.BUILT_IN


def test_loading_it_loads_neither_adapter_nor_emulator() -> None:
    result = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_sheet_says_nothing_that_kequn_does_not_know() -> None:
    own = {"Benefit_Claims": "benefit_claim", "Survey_Answers": "survey_answer"}
    named = {"Benefit_Claims": {"Name": "name", "C": "customer"}, "Survey_Answers": {"Name": "survey", "C": "customer"}}
    sheet = Rig(sales_orders=True, notes=True, modules=own, fields=named).crm.capabilities
    for capability in sheet.objects.values():
        assert capability.fields <= set(FIELDS[capability.kind])
        assert capability.writable <= capability.fields
    assert {capability.kind for capability in sheet.objects.values()} == set(Kind)
    assert sheet.objects["Contacts"].conditional is Conditional.SECONDS


def test_where_new_records_go() -> None:
    crm = Rig().crm
    assert crm.place(Kind.CUSTOMER, {"type": "person"}) == "Contacts"
    assert crm.place(Kind.CUSTOMER, {"type": "organisation"}) == "Accounts"
    assert crm.place(Kind.INTERACTION, {"channel": "phone"}) == "Calls"
    assert crm.place(Kind.INTERACTION, {"channel": "meeting"}) == "Events"
    assert crm.place(Kind.INTERACTION, {"channel": "wechat"}) == "Tasks"
    assert crm.place(Kind.FEEDBACK, {}) == "Cases"
    assert crm.place(Kind.PURCHASE, {}) == "Deals"
    assert crm.place(Kind.GROUP, {}) == "Tags"
    assert crm.place(Kind.STAFF, {}) is None


def test_two_connections_do_not_mix() -> None:
    one, two = Rig(groups="tags"), Rig(groups="campaigns")
    assert "Tags" in one.crm.capabilities.objects
    assert "Tags" not in two.crm.capabilities.objects


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"modules": {"Contacts": "benefit_claim"}}, "modules.Contacts is a module of Zoho's"),
        ({"modules": {"Claims": "customer"}}, "modules.Claims is none of benefit_claim, survey_answer"),
        (
            {"modules": {"Claims": "benefit_claim"}},
            "fields.Claims maps no field to customer",
        ),
        ({"fields": {"Claims": {"Name": "name"}}}, "fields.Claims is none of Contacts"),
    ],
)
def test_what_is_wrong_with_modules_of_ones_own_is_told(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(BadSettings, match=re.escape(told)):
        Rig(**settings)


@pytest.mark.parametrize(
    ("settings", "object", "url"),
    [
        ({}, "Contacts", "https://crm.zoho.com/crm/tab/Contacts/7"),
        ({"data_center": "cn"}, "Deals", "https://crm.zoho.com.cn/crm/tab/Potentials/7"),
        ({}, "Tags", None),
        ({"accounts_url": "http://127.0.0.1:9001"}, "Contacts", None),
        ({"pages": {"Visits": "https://crm.example.com/{id}"}}, "Visits", "https://crm.example.com/7"),
        ({"pages": {"Visits": "https://crm.example.com/{id}"}}, "Cases", "https://crm.zoho.com/crm/tab/Cases/7"),
    ],
)
def test_where_people_open_a_record(settings: dict[str, Any], object: str, url: str | None) -> None:
    assert Registry.load([zoho], entry_points=False).record_url("zoho", settings, object, "7") == url
