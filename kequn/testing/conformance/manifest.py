"""T01 to T08: what a plugin says of itself - manifest, settings, secrets, hosts, capability sheet, import."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from kequn.contracts.crm import LACKING, Capabilities, ObjectCapability
from kequn.contracts.errors import BadSettings, CrmError, ForbiddenHost
from kequn.contracts.hooks import Manifest
from kequn.contracts.manifest import faults, validate
from kequn.contracts.records import FIELDS
from kequn.contracts.secrets import Secret
from kequn.testing.conformance.case import Failed, Group, Level, expect, refused
from kequn.testing.conformance.stage import Line, Stage
from kequn.testing.conformance.subject import Subject

group = Group(Level.READ)

IMPORT_SECONDS = 0.3
UNGUESSED = "kequn_conformance_unknown"
DOOR = "kequn_conformance_door"
"""The part of a webhook address that is secret: whoever knows it can ring."""

IMPORT = """
import sys
sys.path[:] = {path!r}
import importlib, socket
import kequn.contracts.hooks, kequn.contracts.http, kequn.contracts.oauth, kequn.contracts.manifest
from kequn.clock import SystemClock
class NoNetwork(socket.socket):
    def connect(self, *where): raise SystemExit("the import of the plugin connects to the network")
    connect_ex = connect
socket.socket = NoNetwork
clock = SystemClock()
start = clock.monotonic()
importlib.import_module({module!r})
print(clock.monotonic() - start)
"""


@group.case("T01", "manifest valid against its schema")
async def manifest_valid(subject: Subject) -> None:
    wrong = faults(subject.crm.manifest)
    expect(not wrong, f"the manifest is not valid: {'; '.join(wrong)}")


@group.case("T02", "every secret setting marked, of type string")
async def secrets_marked(subject: Subject) -> None:
    manifest = subject.crm.manifest
    wrong = [setting.name for setting in manifest.settings if setting.secret and setting.type != "string"]
    expect(not wrong, f"secret settings that are no strings: {', '.join(wrong)}")
    async with subject.stage() as stage:
        for name, value in _open_strings(manifest, stage.settings):
            sent = [one for one in stage.line.wire.sent if value in one.text]
            expect(
                not any(_as_secret(value, one.text) for one in sent),
                f"the setting {name} is sent as a secret and is not marked so",
            )


def _open_strings(manifest: Manifest, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    marked = {setting.name for setting in manifest.settings if setting.secret}
    for name, value in settings.items():
        if isinstance(value, str) and name not in marked and len(value) >= 8:
            yield name, value


def _as_secret(value: str, text: str) -> bool:
    """Whether it stands where a password or token does."""
    before = text[: text.index(value)].lower().rstrip("\"': =")
    return before.endswith(("secret", "password", "bearer", "token", "apikey", "api_key"))


@group.case("T03", "no secret in describe, logs, exceptions, repr, job rows")
async def no_secret_shown(subject: Subject) -> None:
    async with subject.stage(records=3) as stage:
        line, hidden = stage.line, _secrets(subject.crm.manifest, stage.settings)
        said: list[object] = [repr(line.crm), repr(line.host), await line.crm.describe(), await line.crm.check()]
        reading = line.reading()
        said += [(await reading.round()).problems, reading.cursors, line.crm.capabilities, await _subscribed(line)]
        hidden.add(DOOR)
        said += [await _said_in_anger(stage, stage.connect(_spoiled(subject.crm.manifest, stage.settings)))]
        for fault in ("status_500", "html_502", "truncated_json", "throttled"):
            stage.strike(*[fault] * 12)
            said.append(await _said_in_anger(stage, stage.connect(tokens=line.tokens)))
        token = line.tokens.token
        hidden |= {token.access, token.refresh or token.access} if token else set()
        for text in map(str, said):
            if any(secret in text for secret in hidden):
                raise Failed(f"a secret is shown: {_masked(text, hidden)}")


async def _subscribed(line: Line) -> list[object]:
    """What a connection says when it is told where to ring."""
    said: list[object] = []
    if line.crm.capabilities.webhooks:
        said.append(repr(await line.crm.subscribe(f"https://kequn.test/webhooks/connection/{DOOR}", None)))
    return [*said, line.log.seen]


async def _said_in_anger(stage: Stage, line: Line) -> list[object]:
    """What a connection says when it fails."""
    said: list[object] = []
    try:
        await line.crm.open()
        await line.reading().round()
    except CrmError as error:
        said += [repr(error), str(error), vars(error), repr(error.__cause__), repr(error.__context__)]
    return [*said, line.log.seen]


def _secrets(manifest: Manifest, settings: Mapping[str, Any]) -> set[str]:
    marked = {setting.name for setting in manifest.settings if setting.secret}
    wrong = _spoiled(manifest, settings)
    return {str(given[name]) for given in (settings, wrong) for name in marked if given.get(name)}


def _spoiled(manifest: Manifest, settings: Mapping[str, Any]) -> dict[str, Any]:
    marked = {setting.name for setting in manifest.settings if setting.secret}
    return {name: f"{value}.wrong" if name in marked else value for name, value in settings.items()}


def _masked(text: str, hidden: set[str]) -> str:
    for secret in sorted(hidden, key=len, reverse=True):
        text = text.replace(secret, "<secret>")
    at = text.index("<secret>")
    return text[max(at - 60, 0) : at + 20]


@group.case("T04", "allowed hosts declared, a base URL outside them refused")
async def hosts_declared(subject: Subject) -> None:
    async with subject.stage(opened=False) as stage:
        line = stage.connect(hosts=())
        await refused(_reach(line), "a request to a host that is not allowed", ForbiddenHost)
        expect(not line.wire.sent, "a request leaves for a host that is not allowed")
        await _reach(stage.line)


async def _reach(line: Line) -> None:
    await line.crm.open()
    await line.crm.check()


@group.case("T05", "unknown settings refused")
async def unknown_settings(subject: Subject) -> None:
    async with subject.stage(opened=False) as stage:
        manifest = subject.crm.manifest
        given = {**stage.settings, UNGUESSED: 1}
        expect(UNGUESSED in _bad(manifest, given), "an unknown setting is not refused by name")
        for setting in manifest.settings:
            if setting.required:
                rest = {name: value for name, value in stage.settings.items() if name != setting.name}
                expect(setting.name in _bad(manifest, rest), f"{setting.name} is required and may be left out")


def _bad(manifest: Manifest, settings: Mapping[str, Any], version: int | None = None) -> str:
    try:
        validate(manifest, settings, version)
    except BadSettings as error:
        return error.message
    return ""


@group.case("T06", "settings of the version before still load")
async def older_settings(subject: Subject) -> None:
    async with subject.stage(opened=False) as stage:
        manifest = subject.crm.manifest
        for version in range(max(manifest.version - 1, 1), manifest.version + 1):
            wrong = _bad(manifest, stage.settings, version)
            expect(not wrong, f"settings of version {version} do not load: {wrong}")
        given = validate(manifest, stage.settings, max(manifest.version - 1, 1))
        shown = {name: value.reveal() if isinstance(value, Secret) else value for name, value in given.items()}
        expect(not _bad(manifest, shown), "settings that were upgraded do not load again")


@group.case("T07", "capability sheet complete and true to behaviour")
async def sheet_true(subject: Subject) -> None:
    async with subject.stage(records=20) as stage:
        sheet, crm = stage.line.crm.capabilities, stage.line.crm
        for name, object in sheet.objects.items():
            _check_object(name, object)
        unknown = sheet.lacks - LACKING.keys()
        expect(not unknown, f"the sheet lacks what nobody knows: {', '.join(sorted(unknown))}")
        expect(sheet.settle_seconds >= 0 and sheet.webhook_window_seconds > 0, "the sheet holds times below zero")
        feeds = crm.feeds()
        kinds = {kind for feed in feeds for kind in feed.kinds}
        silent = sorted(name for name, object in sheet.objects.items() if object.kind not in kinds)
        expect(not silent, f"no feed brings {', '.join(silent)}")
        strange = sorted({feed.object for feed in feeds if feed.object} - sheet.objects.keys())
        expect(not strange, f"feeds of objects that are not on the sheet: {', '.join(strange)}")
        walked = await stage.line.reading().round()
        for record in walked.records:
            known = sheet.objects.get(record.object)
            expect(known and known.kind is record.kind, f"{record.object} is not on the sheet as it is read")
            assert known is not None
            more = record.fields.keys() - known.fields
            expect(not more, f"{record.object} is read with {', '.join(sorted(more))}, which the sheet does not name")
        await _bells(stage, sheet)


def _check_object(name: str, object: ObjectCapability) -> None:
    strange = object.fields - FIELDS[object.kind].keys()
    expect(not strange, f"{name} has fields that {object.kind} has not: {', '.join(sorted(strange))}")
    expect(object.writable <= object.fields, f"{name} has writable fields that cannot be read")
    expect(object.batch >= 1, f"{name} takes batches of {object.batch}")
    writes = object.create or object.update
    expect(bool(object.writable) == writes, f"{name}: writable fields and the right to write do not fit")


async def _bells(stage: Stage, sheet: Capabilities) -> None:
    try:
        await stage.line.crm.subscribe("https://kequn.test/webhooks/t07", None)
    except CrmError as error:
        expect(not sheet.webhooks, f"the sheet promises webhooks and subscribe fails: {error.message}")
    else:
        expect(sheet.webhooks, "subscribe works and the sheet denies it")


@group.case("T08", "imports without network, under 300 ms, without global state")
async def import_quiet(subject: Subject) -> None:
    seconds = min([await _import_seconds(subject.module) for _ in range(3)])
    expect(seconds < IMPORT_SECONDS, f"the import takes {seconds * 1000:.0f} ms")
    async with subject.stage() as one, subject.stage(seed=7) as other:
        object = one.crowd.main
        one.crowd.add(object, 2)
        other.crowd.add(object, 5)
        readers = [one.line.reading(), other.line.reading()]
        seen = [await reader.round() for reader in readers]
        counts = [len(set(walked.ids(object))) for walked in seen]
        expect(counts == [2, 5], f"two connections in one process mix: they read {counts} records of 2 and 5")
        await _same_sheet(one, other)


async def _import_seconds(module: str) -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        IMPORT.format(path=[*sys.path, *_home_of(module)], module=module),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    if process.returncode:
        raise Failed(f"the import fails: {err.decode(errors='replace').strip().splitlines()[-1]}")
    return float(out.decode().split()[-1])


def _home_of(module: str) -> list[str]:
    """Where the module's package stands, should that not be on the path (any more)."""
    file = getattr(sys.modules.get(module.partition(".")[0]), "__file__", None)
    return [str(Path(file).parents[1])] if file else []


async def _same_sheet(one: Stage, other: Stage) -> None:
    """What one connection learns must not stand in the other."""
    before = orjson.dumps(asdict(other.line.crm.capabilities), default=list)
    await one.line.crm.describe()
    after = orjson.dumps(asdict(other.line.crm.capabilities), default=list)
    expect(before == after, "a connection's capabilities change when another one reads its CRM")
