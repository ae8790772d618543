"""The plugins of one app: modules handed in, and entry points of the group "kequn", one by one, in a fresh manager.
A plugin that is broken is reported in `problems`; the others go on. Decides which plugins count, not what they do."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

import pluggy

from kequn.contracts import hooks
from kequn.contracts.crm import Crm
from kequn.contracts.errors import BadSettings, CrmError
from kequn.contracts.hooks import AlertListener, CrmPlugin, EmulatorPlugin, FeedbackJudge, NoticeSender
from kequn.contracts.host import CrmHost
from kequn.contracts.manifest import faults, validate
from kequn.contracts.version import CONTRACT_VERSION, refusal

GROUP = "kequn"
_NAME = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True)
class PluginProblem:
    """Why a plugin, or a part of it, does not take part. `plugin`: its module or entry point."""

    plugin: str
    message: str


@dataclass(frozen=True)
class Registry:
    """What the plugins offer, by name. `sources`: which module or entry point each CRM came from."""

    crms: Mapping[str, CrmPlugin] = field(default_factory=dict)
    emulators: Mapping[str, EmulatorPlugin] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[PluginProblem, ...] = ()
    senders: Mapping[str, NoticeSender] = field(default_factory=dict)
    listeners: Mapping[str, AlertListener] = field(default_factory=dict)
    judges: Mapping[str, FeedbackJudge] = field(default_factory=dict)

    @classmethod
    def load(
        cls, modules: Iterable[object] = (), entry_points: bool = True, contract: str = CONTRACT_VERSION
    ) -> "Registry":
        """`modules`: plugins at hand, which come first. `entry_points`: whether to look for installed ones too.
        `contract`: the version that this kequn speaks."""
        loader = _Loader(contract)
        for module in modules:
            loader.register(_name_of(module), module)
        for point in _installed() if entry_points else ():
            loader.load(point)
        return loader.registry()

    def crm(self, name: str) -> CrmPlugin:
        """Raises BadSettings that names the nearest one when there is none of this name."""
        if name in self.crms:
            return self.crms[name]
        close = difflib.get_close_matches(name, self.crms, n=1)
        offer = f"did you mean {close[0]}?" if close else f"there are: {', '.join(self.crms) or 'none'}"
        raise BadSettings(f"there is no plugin {name!r} ({offer})")

    def record_url(self, plugin: str, settings: Mapping[str, Any], object: str, id: str) -> str | None:
        """Where people find a record of a CRM in a browser; None where the plugin does not say, or cannot."""
        made = self.crms[plugin].manifest.record_url if plugin in self.crms else None
        try:
            return made(settings, object, id) if made else None
        except Exception:  # a plugin that fails here keeps nobody from reading the rest
            return None

    def build(self, plugin: str, settings: Mapping[str, Any], host: CrmHost, version: int | None = None) -> Crm:
        """One connection. Raises BadSettings when the settings do not fit, CrmError when the plugin fails."""
        entry = self.crm(plugin)
        valid = validate(entry.manifest, settings, version)
        try:
            return entry.build(valid, host)
        except CrmError:
            raise
        except Exception as error:
            # The type alone: the message of a foreign error may quote a setting.
            raise CrmError(f"the plugin {plugin} cannot make a connection ({type(error).__name__})") from error


class _Loader:
    """Collects what plugins register, and what goes wrong meanwhile."""

    def __init__(self, contract: str) -> None:
        self._contract = contract
        self._manager = pluggy.PluginManager(hooks.PROJECT)
        self._manager.add_hookspecs(hooks)
        self._crms: dict[str, CrmPlugin] = {}
        self._emulators: dict[str, EmulatorPlugin] = {}
        self._senders: dict[str, NoticeSender] = {}
        self._listeners: dict[str, AlertListener] = {}
        self._judges: dict[str, FeedbackJudge] = {}
        self._sources: dict[tuple[str, str], str] = {}
        self._problems: list[PluginProblem] = []

    def registry(self) -> Registry:
        sources = {name: source for (hook, name), source in self._sources.items() if hook == "register_crm"}
        return Registry(
            MappingProxyType(self._crms),
            MappingProxyType(self._emulators),
            MappingProxyType(sources),
            tuple(self._problems),
            MappingProxyType(self._senders),
            MappingProxyType(self._listeners),
            MappingProxyType(self._judges),
        )

    def load(self, point: EntryPoint) -> None:
        try:
            plugin = point.load()
        except (Exception, SystemExit) as error:
            self._report(point.name, f"cannot be imported: {_one_line(error)}")
        else:
            # A plugin may be handed in as a module and be installed as well.
            if not self._manager.is_registered(plugin):
                self.register(point.name, plugin)

    def register(self, source: str, plugin: object) -> None:
        if self._manager.has_plugin(source):
            self._report(source, "another plugin of this name is registered already")
            return
        try:
            self._manager.register(plugin, source)
            self._manager.check_pending()
        except (ValueError, pluggy.PluginValidationError) as error:
            if self._manager.is_registered(plugin):
                self._manager.unregister(plugin)
            self._report(source, _one_line(error))
        else:
            self._take(source, plugin, "register_crm", CrmPlugin, self._crms)
            self._take(source, plugin, "register_emulator", EmulatorPlugin, self._emulators)
            self._take(source, plugin, "send_notice", NoticeSender, self._senders)
            self._take(source, plugin, "on_alert", AlertListener, self._listeners)
            self._take(source, plugin, "classify_feedback", FeedbackJudge, self._judges)

    def _take(self, source: str, plugin: object, hook: str, type: type, into: dict[str, Any]) -> None:
        for given in self._call(source, plugin, hook):
            problem = _problem_of(given, type, self._contract)
            if problem is None and given.name in into:
                problem = f"{given.name!r} is already registered by {self._sources[hook, given.name]}"
            if problem is None:
                into[given.name] = given
                self._sources[hook, given.name] = source
            else:
                self._report(source, f"{hook}: {problem}")

    def _call(self, source: str, plugin: object, hook: str) -> list[Any]:
        """Call this plugin alone, so that its failure is its own."""
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        try:
            return list(self._manager.subset_hook_caller(hook, others)())
        except (Exception, SystemExit) as error:
            self._report(source, f"{hook} failed: {_one_line(error)}")
            return []

    def _report(self, source: str, message: str) -> None:
        self._problems.append(PluginProblem(source, message))


def _installed() -> list[EntryPoint]:
    """In an order that does not depend on the order of installation."""
    return sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value))


def _name_of(plugin: object) -> str:
    return str(getattr(plugin, "__name__", None) or type(plugin).__name__)


def _problem_of(given: object, type: type, contract: str) -> str | None:
    known = CrmPlugin | EmulatorPlugin | NoticeSender | AlertListener | FeedbackJudge
    if not isinstance(given, known) or not isinstance(given, type):
        return f"gave something that is not a {type.__name__}"
    if not _NAME.fullmatch(given.name):
        return f"the name {given.name!r} is not in lower case letters, digits, - and _"
    if isinstance(given, CrmPlugin):
        if refused := refusal(given.contract, contract):
            return refused
        try:
            wrong = faults(given.manifest)
        except Exception as error:  # a manifest may be no manifest at all
            wrong = [_one_line(error)]
        if wrong:
            return f"its manifest is not valid: {'; '.join(wrong)}"
    return None


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, ValueError) and text else f"{type(error).__name__}: {text}".rstrip(": ")
