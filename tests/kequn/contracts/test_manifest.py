"""Settings against a manifest, and manifests against their rules: everything wrong is named, values never."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.contracts.errors import BadSettings
from kequn.contracts.hooks import Manifest, Setting
from kequn.contracts.manifest import faults, origins, split, validate
from kequn.contracts.secrets import Secret


def upgrade(settings: Mapping[str, Any], version: int) -> Mapping[str, Any]:
    return {"region" if name == "area" else name: value for name, value in settings.items()}


MANIFEST = Manifest(
    title="Example CRM",
    version=2,
    hosts=("api.example.com", "*.example.org"),
    host_settings=("accounts_url",),
    upgrade=upgrade,
    settings=(
        Setting("client_id", "Who asks.", required=True),
        Setting("client_secret", "How it proves that.", required=True, secret=True),
        Setting("accounts_url", "Where it asks.", default="https://accounts.example.com"),
        Setting("region", "Data centre.", default="cn", choices=("cn", "eu", "us")),
        Setting("page_size", "Records in a page.", type="integer", default=200),
        Setting("lines", "Whether to read order lines.", type="boolean", default=False),
        Setting("won", "Stages that count as won.", type="list", default=["Closed Won"]),
        Setting("mapping", "Own fields.", type="object"),
        Setting("pages", "Where people look.", type="pages", default={}),
    ),
)
GOOD = {"client_id": "me", "client_secret": "hunter2"}
FULL = {
    "client_id": "me",
    "client_secret": Secret("hunter2"),
    "accounts_url": "https://accounts.example.com",
    "region": "cn",
    "page_size": 200,
    "lines": False,
    "won": ["Closed Won"],
    "mapping": None,
    "pages": {},
}


def test_defaults_are_filled_in_and_secrets_are_hidden() -> None:
    settings = validate(MANIFEST, GOOD)
    assert settings == FULL
    assert "hunter2" not in repr(settings)
    assert validate(MANIFEST, settings) == settings


def test_defaults_are_not_shared_between_connections() -> None:
    validate(MANIFEST, GOOD)["won"].append("Lost")
    assert validate(MANIFEST, GOOD)["won"] == ["Closed Won"]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"client_secret": "hunter2"}, "client_id is missing"),
        ({**GOOD, "client_id": None}, "client_id is missing"),
        ({**GOOD, "client_id": ""}, "client_id is empty"),
        ({**GOOD, "client_id": 7}, "client_id must be a string"),
        ({**GOOD, "client_secret": 7}, "client_secret must be a string"),
        ({**GOOD, "client_secret": Secret("")}, "client_secret is empty"),
        ({**GOOD, "client_id": Secret("me")}, "client_id must be a string"),
        ({**GOOD, "page_size": "200"}, "page_size must be an integer"),
        ({**GOOD, "page_size": True}, "page_size must be an integer"),
        ({**GOOD, "page_size": 1 << 70}, "page_size holds something that JSON cannot hold"),
        ({**GOOD, "lines": 1}, "lines must be true or false"),
        ({**GOOD, "won": "Closed Won"}, "won must be a list"),
        ({**GOOD, "won": [{1, 2}]}, "won holds something that JSON cannot hold"),
        ({**GOOD, "mapping": ["a"]}, "mapping must be an object"),
        ({**GOOD, "pages": ["a"]}, "pages must be an object"),
        ({**GOOD, "pages": {"a": 1}}, "pages must hold addresses"),
        ({**GOOD, "pages": {"a": "https://crm.example.com/a"}}, "pages must hold addresses"),
        ({**GOOD, "pages": {"a": "javascript:{id}"}}, "pages must hold addresses"),
        ({**GOOD, "region": "cn2"}, "region must be one of cn, eu, us"),
        ({**GOOD, "regoin": "cn"}, r"regoin is unknown \(did you mean region\?\)"),
        ({**GOOD, "zzz": "cn"}, "zzz is unknown$"),
        ({**GOOD, "accounts_url": "http://accounts.example.com"}, "accounts_url must begin with https://"),
        ({**GOOD, "accounts_url": "ftp://accounts.example.com"}, "accounts_url must begin with https://"),
        ({**GOOD, "accounts_url": "https://me:hunter2@example.com"}, "accounts_url must be an address"),
        ({**GOOD, "accounts_url": "https://"}, "accounts_url must be an address"),
        ({**GOOD, "accounts_url": "https://[::1"}, "accounts_url is not an address"),
        ({**GOOD, "accounts_url": 7}, "accounts_url must be a string"),
    ],
)
def test_bad_settings_are_refused_by_name(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(BadSettings, match=f"^settings for Example CRM: {why}") as caught:
        validate(MANIFEST, settings)
    assert "hunter2" not in caught.value.message


def test_every_wrong_key_is_named_at_once() -> None:
    with pytest.raises(BadSettings) as caught:
        validate(MANIFEST, {"client_secret": 1, "regoin": "cn", "page_size": "hunter2", "accounts_url": "http://a.b"})
    for name in ("client_id", "client_secret", "regoin", "page_size", "accounts_url"):
        assert f"{name} " in caught.value.message


def test_a_list_may_hold_choices_alone() -> None:
    manifest = replace(MANIFEST, settings=(Setting("days", "When.", type="list", choices=("mon", "tue")),))
    assert validate(replace(manifest, host_settings=()), {"days": ["tue"]}) == {"days": ["tue"]}
    with pytest.raises(BadSettings, match="days must be one of mon, tue"):
        validate(manifest, {"days": ["tue", {"mon": 1}]})


def test_older_settings_are_upgraded_and_left_as_they_were() -> None:
    old = {**GOOD, "area": "eu"}
    assert validate(MANIFEST, old, version=1)["region"] == "eu"
    assert old == {**GOOD, "area": "eu"}
    assert validate(replace(MANIFEST, upgrade=None), GOOD, version=1) == FULL


@pytest.mark.parametrize("version", [0, 3])
def test_settings_of_an_unknown_version_are_refused(version: int) -> None:
    with pytest.raises(BadSettings, match=f"of version {version}; the plugin knows versions 1 to 2"):
        validate(MANIFEST, GOOD, version=version)


def test_an_upgrade_that_fails_is_bad_settings() -> None:
    def fail(settings: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        return {"client_id": settings["gone"]}

    with pytest.raises(BadSettings, match=r"version 1 cannot be upgraded \(KeyError\)"):
        validate(replace(MANIFEST, upgrade=fail), GOOD, version=1)


def test_split_parts_what_must_be_sealed() -> None:
    settings = validate(MANIFEST, GOOD)
    plain, secrets = split(MANIFEST, settings)
    assert secrets == {"client_secret": Secret("hunter2")}
    assert set(plain) == set(FULL) - {"client_secret"}
    assert validate(MANIFEST, {**plain, **secrets}) == settings


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("https://accounts.example.net", "https://accounts.example.net"),
        ("accounts.example.net", "https://accounts.example.net"),
        ("http://127.0.0.1:9001", "http://127.0.0.1:9001"),
        ("http://zoho.test", "http://zoho.test"),
    ],
)
def test_host_settings_become_origins(value: str, want: str) -> None:
    assert origins(MANIFEST, validate(MANIFEST, {**GOOD, "accounts_url": value})) == (want,)


def test_a_host_setting_that_is_left_out_adds_no_origin() -> None:
    manifest = replace(MANIFEST, settings=(Setting("accounts_url", "Where."),))
    assert origins(manifest, validate(manifest, {})) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(FULL)) | st.text(), JSON))
def test_any_settings_are_taken_or_refused_cleanly(settings: dict[str, Any]) -> None:
    try:
        valid = validate(MANIFEST, settings)
    except BadSettings:
        return
    assert validate(MANIFEST, valid) == valid
    assert set(valid) == set(FULL)


def test_a_good_manifest_has_no_faults() -> None:
    assert faults(MANIFEST) == []


def with_setting(name: str = "x", description: str = "What.", **more: Any) -> Manifest:
    return replace(MANIFEST, settings=(*MANIFEST.settings, Setting(name, description, **more)))


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        (replace(MANIFEST, title=" "), "it has no title"),
        (replace(MANIFEST, version=0), "its version is less than 1"),
        (replace(MANIFEST, hosts=(), host_settings=()), "it names no host"),
        (replace(MANIFEST, hosts=("*",)), "host * is neither"),
        (replace(MANIFEST, hosts=("*.com",)), "host *.com is neither"),
        (replace(MANIFEST, hosts=("https://api.example.com",)), "host https://api.example.com is neither"),
        (replace(MANIFEST, host_settings=("nowhere",)), "host setting nowhere is not one of its string settings"),
        (replace(MANIFEST, host_settings=("client_secret",)), "host setting client_secret is not"),
        (with_setting("region"), "setting region is there twice"),
        (with_setting("Client-Id"), "setting Client-Id is not named in lower case"),
        (with_setting(description=""), "setting x has no description"),
        (with_setting(type="float"), "setting x is of type float, not one of string, "),
        (with_setting(type="integer", secret=True), "setting x is secret: it must be a string"),
        (with_setting(secret=True, default="hunter2"), "setting x is secret: it must be a string"),
        (with_setting("refresh_token"), "setting refresh_token sounds secret"),
        (with_setting(required=True, default="a"), "setting x is required and has a default"),
        (with_setting(type="integer", default="a"), "setting x has a default that must be an integer"),
        (with_setting(default="a", choices=("b",)), "setting x has a default that must be one of b"),
    ],
)
def test_a_bad_manifest_says_what_is_wrong(manifest: Manifest, why: str) -> None:
    (fault,) = faults(manifest)
    assert fault.startswith(why)
    assert "hunter2" not in fault
