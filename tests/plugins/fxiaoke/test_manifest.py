"""What the plugin says of itself, and which settings it refuses."""

from typing import Any

import pytest

import plugins.fxiaoke
from kequn.contracts.errors import BadSettings
from kequn.contracts.manifest import faults, validate
from kequn.registry import Registry
from plugins.fxiaoke import CLOUDS, MANIFEST
from plugins.fxiaoke.adapter.options import read_options

LOGIN = {"app_id": "FSAID_1", "app_secret": "s", "permanent_code": "p", "current_open_user_id": "FSUID_1"}


def options(**settings: Any) -> Any:
    return read_options(validate(MANIFEST, {**LOGIN, **settings}))


def test_the_plugin_loads() -> None:
    registry = Registry.load([plugins.fxiaoke], entry_points=False)
    assert not registry.problems
    assert (list(registry.crms), list(registry.emulators)) == (["fxiaoke"], ["fxiaoke"])
    assert faults(MANIFEST) == []


def test_options_do_not_print_who_acts() -> None:
    given = options(current_open_user_id=None, mobile="13912345678", event_aes_key="hunter2")
    assert [word for word in ("139", "hunter2", "'s'", "'p'") if word in repr(given)] == []


@pytest.mark.parametrize(("cloud", "url"), CLOUDS.items())
def test_each_cloud_has_its_address(cloud: str, url: str) -> None:
    host = url.removeprefix("https://")
    assert options(cloud=cloud).credentials.base_url == url
    assert host in MANIFEST.hosts or any(host.endswith(one[1:]) for one in MANIFEST.hosts if one.startswith("*."))


def test_another_address_goes_before_that_of_the_cloud() -> None:
    assert options(base_url="https://crm.example.com/").credentials.base_url == "https://crm.example.com"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"current_open_user_id": None}, "one of current_open_user_id and mobile must be given"),
        ({"auth": "bearer"}, "employee_id and current_open_user_id must be given"),
        ({"time_zone": "Mars/Base"}, "time_zone is no time zone"),
        ({"calls_in_20_seconds": 101}, "calls_in_20_seconds is not from 1 to 100"),
        ({"customers": {"AccountObj": "tree"}}, "customers.AccountObj is none of person, organisation"),
        ({"objects": {"staff": "PersonnelObj"}}, "objects.staff is none of"),
        ({"objects": {"group": 7}}, "objects.group must be an API name"),
        ({"objects": {"group": "AccountObj"}}, "AccountObj is mapped to two kinds"),
        ({"fields": {"LeadsObj": {}}}, "fields.LeadsObj is no mapped object"),
        ({"fields": {"AccountObj": {"colour": "x__c"}}}, "fields.AccountObj.colour is no field of a customer"),
        ({"fields": {"AccountObj": {"city": 3}}}, "fields.AccountObj.city must be an API name"),
        ({"fields": {"AccountObj": {"city": "a__c", "region": "a__c"}}}, "fields.AccountObj names one field twice"),
        ({"fields": {"SalesOrderObj": {"lines": "a__c"}}}, "fields.SalesOrderObj.lines is no field"),
        ({"options": {"AccountObj": {"account_type": "person"}}}, "must say an option value for each word"),
    ],
)
def test_settings_that_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(BadSettings, match=words):
        options(**settings)


def test_several_mistakes_are_said_at_once() -> None:
    with pytest.raises(BadSettings) as refusal:
        options(current_open_user_id=None, time_zone="x", objects={"staff": "x"})
    assert refusal.value.message.count(";") == 2


def test_what_is_mapped_unless_told_otherwise() -> None:
    objects = [(plan.object, plan.kind.value) for plan in options().plans]
    assert objects == [
        ("object_kqgroup__c", "group"),
        ("AccountObj", "customer"),
        ("ContactObj", "customer"),
        ("SalesOrderObj", "purchase"),
        ("ActiveRecordObj", "interaction"),
        ("CasesObj", "feedback"),
        ("object_kqmember__c", "membership"),
    ]


def test_kinds_can_be_left_out_and_moved() -> None:
    chosen = options(
        customers={"MemberObj": "person"},
        objects={"tier": "MemberGradeObj", "group": "MarketingEventObj", "membership": "CampaignMembersObj",
                 "purchase": "", "interaction": "", "feedback": ""},
        fields={"MemberObj": {"tier": "kq_grade__c", "phone": "kq_phone__c", "owner": ""}},
    )  # fmt: skip
    assert [plan.object for plan in chosen.plans] == [
        "MemberGradeObj",
        "MarketingEventObj",
        "MemberObj",
        "CampaignMembersObj",
    ]
    assert dict(chosen.plans[2].names) == {"name": "name", "tier": "kq_grade__c", "phone": "kq_phone__c"}


def test_secrets_do_not_show() -> None:
    chosen = options(event_aes_key="very-secret-key")
    assert "very-secret-key" not in repr(chosen)
    assert "'s'" not in repr(chosen.credentials)
