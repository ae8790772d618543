"""The settings of a connection: what is refused, and that it is named."""

from typing import Any

import pytest

from kequn.contracts.errors import BadSettings
from kequn.contracts.manifest import faults, validate
from kequn.contracts.records import Kind
from plugins.jiandaoyun import MANIFEST
from tests.plugins.jiandaoyun.rig import Rig

IDS = {"app_id": "5f" + "0" * 22, "entry_id": "60" + "0" * 22}


def test_the_manifest_is_valid() -> None:
    assert faults(MANIFEST) == []
    secrets = {setting.name for setting in MANIFEST.settings if setting.secret}
    assert secrets == {"api_key", "webhook_secret"}
    mapping = {setting.name for setting in MANIFEST.settings if setting.mapping}
    assert {"forms", "currency", "time_zone", "extra_exclude"} <= mapping


@pytest.mark.parametrize(
    ("forms", "words"),
    [
        ({"customer": "x"}, "forms.customer must be an object"),
        ({"customers": {**IDS}}, "forms.customers.kind: customers is none of"),
        ({"customer": {"entry_id": IDS["entry_id"], "fields": {"name": "n"}}}, "forms.customer.app_id must be an id"),
        ({"customer": {**IDS, "fields": {"name": "n"}, "field": {}}}, "forms.customer.field is unknown"),
        ({"customer": {**IDS, "fields": {}}}, "forms.customer.fields.name is missing"),
        ({"customer": {**IDS, "fields": {"name": "n", "colour": "c"}}}, "forms.customer.fields.colour"),
        ({"customer": {**IDS, "fields": {"name": 7}}}, "forms.customer.fields.name: must name a widget"),
        ({"customer": {**IDS, "fields": ["name"]}}, "forms.customer.fields must be an object"),
        ({"customer": {**IDS, "fields": {"name": "n"}, "keys": {"name": "k"}}}, "name is no reference"),
        ({"customer": {**IDS, "fields": {"name": "n"}, "lines": {"sku": "s"}}}, "forms.customer.lines.sku"),
        ({"customer": {**IDS, "fields": {"name": "n"}, "options": {"type": {"person": 1}}}}, "options.type"),
        ({"customer": {**IDS, "fields": {"name": "n"}, "targets": {"tier": "x"}}}, "forms.customer.targets.tier"),
        ({"membership": {**IDS, "fields": {"customer": "c"}}}, "forms.membership.fields.group is missing"),
    ],
)
def test_what_is_wrong_with_a_form_is_named(forms: dict[str, Any], words: str) -> None:
    with pytest.raises(BadSettings) as refusal:
        Rig(forms=forms)
    assert words in refusal.value.message


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(BadSettings, match="time_zone"):
        Rig(time_zone="Asia/Nowhere")


def test_an_unknown_setting_is_refused_by_name() -> None:
    with pytest.raises(BadSettings, match="apikey is unknown"):
        validate(MANIFEST, {"apikey": "x", "api_key": "x", "forms": {}})


def test_a_connection_knows_its_kinds_before_it_has_asked() -> None:
    rig = Rig()
    objects = rig.crm.capabilities.objects
    kinds = {Kind.STAFF, Kind.TIER, Kind.GROUP, Kind.CUSTOMER, Kind.PURCHASE, Kind.INTERACTION, Kind.FEEDBACK}
    assert {one.kind for one in objects.values()} == kinds | {Kind.MEMBERSHIP}
    assert not any(one.writable or one.create for one in objects.values())
    assert rig.emulator.requests == []


def test_what_points_at_nothing_is_told() -> None:
    rig = Rig()
    forms = rig.forms()
    del forms["tier"]
    rig.connect(forms=forms)
    assert "tier" not in rig.crm.capabilities.objects
