"""The settings of a connection against its plugin's manifest, and a manifest against the rules for manifests.
Pure. Decides what is refused, and says it of every key at once; values are never shown."""

import copy
import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import orjson

from kequn.contracts.errors import BadSettings
from kequn.contracts.hooks import Manifest, Setting
from kequn.contracts.http import is_local
from kequn.contracts.secrets import Secret

_TYPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "string": ("a string", (str,)),
    "integer": ("an integer", (int,)),
    "boolean": ("true or false", (bool,)),
    "list": ("a list", (list, tuple)),
    "object": ("an object", (dict,)),
    "pages": ("an object of addresses", (dict,)),
}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_HOST = re.compile(r"(\*\.[a-z0-9-]+\.)?([a-z0-9-]+\.)*[a-z0-9-]+")
_PAGE = re.compile(r"https?://\S*\{id\}\S*")
_SOUNDS_SECRET = re.compile(r"(secret|password|token|api_?key|private_key)$")


def validate(manifest: Manifest, settings: Mapping[str, Any], version: int | None = None) -> dict[str, Any]:
    """The settings, upgraded from `version`, with defaults filled in and secrets as Secret.

    Raises BadSettings that names every key that is unknown, missing, of the wrong type or not among the choices."""
    given = {name: value for name, value in _upgraded(manifest, settings, version).items() if value is not None}
    known = {setting.name: setting for setting in manifest.settings}
    wrong = [f"{name} is unknown{_near(name, known)}" for name in given if name not in known]
    for setting in manifest.settings:
        if setting.name in given:
            is_host = setting.name in manifest.host_settings
            wrong += [f"{setting.name} {problem}" for problem in _problems(setting, given[setting.name], is_host)]
        elif setting.required:
            wrong.append(f"{setting.name} is missing")
    if wrong:
        raise BadSettings(f"settings for {manifest.title}: {'; '.join(wrong)}")
    return {setting.name: _value(setting, given.get(setting.name)) for setting in manifest.settings}


def split(manifest: Manifest, settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Secret]]:
    """What may be stored as it is, and what must be sealed. Together they are the settings again."""
    names = {setting.name for setting in manifest.settings if setting.secret}
    plain = {name: value for name, value in settings.items() if name not in names}
    secrets = {name: Secret(settings[name]) for name in settings if name in names and settings[name] is not None}
    return plain, secrets


def origins(manifest: Manifest, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The origins that the settings add to the manifest's hosts: `BoundClient(manifest.hosts, origins(...))`."""
    return tuple(_address(settings[name]) for name in manifest.host_settings if settings.get(name))


def faults(manifest: Manifest) -> list[str]:
    """Everything wrong with the manifest itself: a valid one has no faults."""
    wrong = [*_wrong_head(manifest), *_wrong_hosts(manifest)]
    for setting in manifest.settings:
        wrong += [f"setting {setting.name} {problem}" for problem in _wrong_setting(setting)]
    names = [setting.name for setting in manifest.settings]
    wrong += [f"setting {name} is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    return wrong


def _upgraded(manifest: Manifest, settings: Mapping[str, Any], version: int | None) -> Mapping[str, Any]:
    if version is None or version == manifest.version:
        return settings
    if not 1 <= version < manifest.version:
        raise BadSettings(
            f"settings for {manifest.title} are of version {version}; the plugin knows versions 1 to {manifest.version}"
        )
    if manifest.upgrade is None:
        return settings
    try:
        return manifest.upgrade(copy.deepcopy(dict(settings)), version)
    except (LookupError, TypeError, ValueError) as error:
        raise BadSettings(
            f"settings for {manifest.title} of version {version} cannot be upgraded ({type(error).__name__})"
        ) from error


def _near(name: str, known: Mapping[str, Setting]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _problems(setting: Setting, value: Any, is_host: bool = False) -> Iterator[str]:
    wanted, types = _TYPES[setting.type]
    if setting.secret and isinstance(value, Secret):
        value = value.reveal()
    if not isinstance(value, types) or (isinstance(value, bool) and setting.type != "boolean"):
        yield f"must be {wanted}"
    elif setting.required and value == "":
        yield "is empty"
    elif not _is_json(value):
        yield "holds something that JSON cannot hold"
    elif setting.type == "pages" and not _are_pages(value):
        yield "must hold addresses such as https://crm.example.com/contacts/{id}"
    elif setting.choices and not all(member in setting.choices for member in _members(value)):
        yield f"must be one of {', '.join(str(choice) for choice in setting.choices)}"
    elif is_host:
        yield from _host_problems(str(value))


def _are_pages(value: Any) -> bool:
    return all(isinstance(one, str) and _PAGE.fullmatch(one) for one in value.values())


def _members(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _is_json(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


def _value(setting: Setting, value: Any) -> Any:
    if value is None:
        return copy.deepcopy(setting.default)
    return Secret(value) if setting.secret else copy.deepcopy(value)


def _address(text: str) -> str:
    """A setting may hold an address or a bare host name."""
    return text if "://" in text else f"https://{text}"


def _host_problems(text: str) -> Iterator[str]:
    try:
        url = httpx.URL(_address(text))
    except httpx.InvalidURL:
        yield "is not an address"
        return
    if not url.host or url.userinfo:
        yield "must be an address such as https://crm.example.com"
    elif url.scheme != "https" and not (url.scheme == "http" and is_local(url.host)):
        yield "must begin with https:// (plain http is for this machine and .test names)"


def _wrong_head(manifest: Manifest) -> Iterator[str]:
    if not manifest.title.strip():
        yield "it has no title"
    if manifest.version < 1:
        yield "its version is less than 1"


def _wrong_hosts(manifest: Manifest) -> Iterator[str]:
    strings = {setting.name for setting in manifest.settings if setting.type == "string" and not setting.secret}
    if not manifest.hosts and not manifest.host_settings:
        yield "it names no host"
    for host in manifest.hosts:
        if not _HOST.fullmatch(host):
            yield f"host {host} is neither a name in lower case nor *. before a name of two parts"
    for name in manifest.host_settings:
        if name not in strings:
            yield f"host setting {name} is not one of its string settings"


def _wrong_setting(setting: Setting) -> Iterator[str]:
    if not _NAME.fullmatch(setting.name):
        yield "is not named in lower case letters, digits and underscores"
    if not setting.description.strip():
        yield "has no description"
    if setting.type not in _TYPES:
        yield f"is of type {setting.type}, not one of {', '.join(_TYPES)}"
        return
    if setting.secret and (setting.type != "string" or setting.choices or setting.default is not None):
        yield "is secret: it must be a string without choices or default"
    if not setting.secret and setting.type == "string" and _SOUNDS_SECRET.search(setting.name):
        yield "sounds secret and is not marked so"
    if setting.required and setting.default is not None:
        yield "is required and has a default"
    if setting.default is not None:
        yield from (f"has a default that {problem}" for problem in _problems(setting, setting.default))
