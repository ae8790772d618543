"""Plugins are loaded one by one: a broken one is reported and the others go on."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kequn.contracts.crm import Crm
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.errors import BadSettings, CrmError, NeedsLogin
from kequn.contracts.hooks import CrmPlugin, EmulatorPlugin, Manifest, Setting, hookimpl
from kequn.contracts.host import CrmHost
from kequn.contracts.secrets import Secret
from kequn.registry import PluginProblem, Registry

MANIFEST = Manifest("Tea CRM", 1, (Setting("password", "Opens it.", required=True, secret=True),), ("api.example.com",))
HOST: CrmHost = object()  # type: ignore[assignment]


def build(settings: Mapping[str, Any], host: CrmHost) -> Crm:
    """Gives back what it was given: no test here needs a CRM behind it."""
    return (settings, host)  # type: ignore[return-value]


def build_emulator(options: EmulatorOptions) -> Emulator:
    raise AssertionError("not built here")


def plugin(module: str = "tea", **hooks: Callable[[], object]) -> ModuleType:
    made = ModuleType(module)
    for name, hook in hooks.items():
        setattr(made, name, hookimpl(hook))
    return made


def crm(name: str = "tea", **changes: Any) -> Callable[[], object]:
    return lambda: replace(CrmPlugin(name, MANIFEST, build), **changes)


def emulator(name: str = "tea") -> Callable[[], object]:
    return lambda: EmulatorPlugin(name, build_emulator)


def load(*modules: object) -> Registry:
    return Registry.load(modules, entry_points=False)


def test_a_plugin_offers_its_crm_and_its_emulator() -> None:
    registry = load(plugin("plugins.tea", register_crm=crm(), register_emulator=emulator()))
    assert list(registry.crms) == list(registry.emulators) == ["tea"]
    assert registry.sources == {"tea": "plugins.tea"}
    assert registry.problems == ()


def test_each_registry_is_its_own() -> None:
    tea = plugin(register_crm=crm())
    assert list(load(tea).crms) == list(load(tea).crms) == ["tea"]
    assert load().crms == {}


def test_an_object_may_be_a_plugin() -> None:
    class Coffee:
        @hookimpl
        def register_crm(self) -> CrmPlugin:
            return CrmPlugin("coffee", MANIFEST, build)

    assert load(Coffee()).sources == {"coffee": "Coffee"}


def fail() -> object:
    raise RuntimeError("no\n  luck")


def leave() -> object:
    sys.exit(3)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"register_crm": fail}, "register_crm failed: RuntimeError: no luck"),
        ({"register_crm": leave}, "register_crm failed: SystemExit: 3"),
        ({"register_crm": lambda: "tea"}, "register_crm: gave something that is not a CrmPlugin"),
        ({"register_crm": emulator()}, "register_crm: gave something that is not a CrmPlugin"),
        ({"register_crm": crm("Tea CRM")}, "register_crm: the name 'Tea CRM' is not in lower case"),
        ({"register_crm": crm(manifest=None)}, "register_crm: its manifest is not valid: AttributeError: "),
        (
            {"register_crm": crm(manifest=replace(MANIFEST, title=""))},
            "register_crm: its manifest is not valid: it has no title",
        ),
        ({"register_crm": lambda request: None}, "PluginValidationError: "),
        ({"register_crn": crm()}, "PluginValidationError: unknown hook 'register_crn'"),
    ],
    ids=[
        "raises",
        "exits",
        "text",
        "wrong_type",
        "bad_name",
        "no_manifest",
        "bad_manifest",
        "argument",
        "unknown_hook",
    ],
)
def test_a_broken_plugin_is_reported_and_the_others_go_on(broken: dict[str, Any], why: str) -> None:
    registry = load(
        plugin("a", register_crm=crm("coffee")), plugin("b", **broken), plugin("c", register_crm=crm("water"))
    )
    assert list(registry.crms) == ["coffee", "water"]
    (problem,) = registry.problems
    assert problem.plugin == "b"
    assert problem.message.startswith(why)
    assert "\n" not in problem.message


def test_a_broken_emulator_leaves_the_crm() -> None:
    registry = load(plugin(register_crm=crm(), register_emulator=fail))
    assert (list(registry.crms), list(registry.emulators)) == (["tea"], [])


def test_two_plugins_of_one_module_name_are_told_apart() -> None:
    registry = load(plugin("a", register_crm=crm()), plugin("a", register_crm=crm("coffee")))
    assert registry.problems == (PluginProblem("a", "another plugin of this name is registered already"),)


def test_a_name_that_is_taken_is_refused() -> None:
    first, second = crm(), crm()
    registry = load(plugin("a", register_crm=first), plugin("b", register_crm=second))
    assert registry.problems == (PluginProblem("b", "register_crm: 'tea' is already registered by a"),)
    assert registry.sources == {"tea": "a"}


INSTALLED = """
from kequn.contracts.hooks import CrmPlugin, Manifest, Setting, hookimpl

@hookimpl
def register_crm():
    return CrmPlugin("installed", Manifest("Installed", 1, (), ("api.example.com",)), lambda settings, host: None)
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one installed distribution: a good plugin, a broken one and one that is not there."""
    (tmp_path / "kequn_registry_good.py").write_text(INSTALLED)
    (tmp_path / "kequn_registry_bad.py").write_text("raise RuntimeError('no luck')")
    info = tmp_path / "kequn_registry-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: kequn-registry\nVersion: 1.0\n")
    points = ["[kequn]", "bad = kequn_registry_bad", "good = kequn_registry_good", "lost = kequn_registry_lost"]
    (info / "entry_points.txt").write_text("\n".join(points))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("kequn_registry_good", "kequn_registry_bad"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("site")
def test_installed_plugins_are_found_one_by_one() -> None:
    registry = Registry.load()
    assert registry.sources["installed"] == "good"
    assert {problem.plugin: problem.message for problem in registry.problems} == {
        "bad": "cannot be imported: RuntimeError: no luck",
        "lost": "cannot be imported: ModuleNotFoundError: No module named 'kequn_registry_lost'",
    }


@pytest.mark.usefixtures("site")
def test_a_module_that_is_also_installed_counts_once() -> None:
    registry = Registry.load([import_module("kequn_registry_good")])
    assert registry.sources["installed"] == "kequn_registry_good"
    assert {problem.plugin for problem in registry.problems} == {"bad", "lost"}


def test_a_connection_is_built_from_checked_settings() -> None:
    registry = load(plugin(register_crm=crm()))
    built: object = registry.build("tea", {"password": "hunter2"}, HOST)
    assert built == ({"password": Secret("hunter2")}, HOST)
    with pytest.raises(BadSettings, match="passwort is unknown"):
        registry.build("tea", {"passwort": "hunter2"}, HOST)


def test_an_unknown_plugin_is_named_with_the_nearest() -> None:
    registry = load(plugin(register_crm=crm("coffee")))
    with pytest.raises(BadSettings, match=r"no plugin 'cofee' \(did you mean coffee\?\)"):
        registry.crm("cofee")
    with pytest.raises(BadSettings, match=r"\(there are: coffee\)"):
        registry.crm("zzz")
    with pytest.raises(BadSettings, match=r"\(there are: none\)"):
        load().crm("tea")


@pytest.mark.parametrize("error", [NeedsLogin("log in"), ValueError("hunter2 is no password")])
def test_a_plugin_that_cannot_build_says_so_without_secrets(error: Exception) -> None:
    def refuse(settings: Mapping[str, Any], host: CrmHost) -> Crm:
        raise error

    registry = load(plugin(register_crm=crm(build=refuse)))
    with pytest.raises(CrmError, match=r"log in|cannot make a connection \(ValueError\)") as caught:
        registry.build("tea", {"password": "hunter2"}, HOST)
    assert "hunter2" not in caught.value.message
