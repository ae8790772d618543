"""The hooks of a plugin. A hook is a signature and one sentence; docs/writing-a-plugin.md shows each in use."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pluggy

from kequn.contracts.crm import Crm
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.host import CrmHost, Random
from kequn.contracts.oauth import Grant, Invitation
from kequn.contracts.version import FIRST

PROJECT = "kequn"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True)
class Setting:
    """One setting of a connection. `type`: string, integer, boolean, list, object (JSON) or pages (pages.py).
    `secret`: stored encrypted, never shown, given to `build` as a Secret (secrets.py). `choices`: the only values
    allowed, if any. `mapping`: it decides how records are translated; when it changes, everything is read and compared
    again."""

    name: str
    description: str
    type: str = "string"
    required: bool = False
    secret: bool = False
    default: Any = None
    choices: tuple[Any, ...] = ()
    mapping: bool = False


@dataclass(frozen=True)
class Manifest:
    """What a plugin says of itself. `hosts`: host names that its connections may talk to; `*.example.com` allows
    subdomains; the host of a setting that `host_settings` names is allowed too. `version`: of the settings;
    `upgrade(settings, from_version)` makes older ones current. `record_url(settings, object, id)`: where people find a
    record in a browser, from the settings that are no secrets; None where that cannot be said. Touches no network."""

    title: str
    version: int
    settings: tuple[Setting, ...]
    hosts: tuple[str, ...] = ()
    host_settings: tuple[str, ...] = ()
    upgrade: Callable[[Mapping[str, Any], int], Mapping[str, Any]] | None = None
    record_url: Callable[[Mapping[str, Any], str, str], str | None] | None = None


@dataclass(frozen=True)
class CrmLogin:
    """How a person lets kequn in, in a browser. `invite(settings, redirect_uri, random)`: where they go; touches no
    network. `exchange(settings, grant, host)`: trades what they came back with; returns the settings to be changed
    (None removes one). `advice`: in a line, what must be registered at the CRM before."""

    invite: Callable[[Mapping[str, Any], str, Random], Invitation] = field(repr=False)
    exchange: Callable[[Mapping[str, Any], Grant, CrmHost], Awaitable[Mapping[str, Any]]] = field(repr=False)
    advice: str = ""


EACH = "*"
"""Of a Limit: it holds for each sort of call by itself."""


@dataclass(frozen=True)
class Limit:
    """What a connection may spend of its CRM: at most `units` in any `seconds`, all workers together. `of`: for calls
    of this sort only, as `Budget.acquire(of=...)` names it (an interface, batch calls); EACH: for each sort by itself;
    empty: for all calls together."""

    name: str
    seconds: float
    units: int
    of: str = ""

    def account(self, of: str) -> str | None:
        """The name under which a call of this sort is counted; None: it is not."""
        if self.of == EACH:
            return f"{self.name} {of}"
        return self.name if self.of in {"", of} else None


def unlimited(settings: Mapping[str, Any]) -> Sequence[Limit]:
    """No numbers are known: the plugin paces itself by what the CRM answers."""
    return ()


@dataclass(frozen=True)
class CrmPlugin:
    """A CRM that kequn can connect. `build(settings, host)` makes one connection and touches no network.
    `contract`: the version of these contracts that the plugin was written for (version.py). `login`: for a CRM that
    people let kequn into with a browser. `limits(settings)`: what `CrmHost.budget` keeps to."""

    name: str
    manifest: Manifest
    build: Callable[[Mapping[str, Any], CrmHost], Crm] = field(repr=False)
    contract: str = FIRST
    login: CrmLogin | None = None
    limits: Callable[[Mapping[str, Any]], Sequence[Limit]] = field(default=unlimited, repr=False)


@dataclass(frozen=True)
class EmulatorPlugin:
    """The emulator of a CRM."""

    name: str
    build: Callable[[EmulatorOptions], Emulator] = field(repr=False)


@dataclass(frozen=True)
class SentNotice:
    """A notice on its way: to a customer, or to one of our own people (`staff`); the other is empty. `occasion`: why it
    is sent; the same is sent to somebody once."""

    id: str
    customer: str
    occasion: str
    subject: str
    body: str = field(repr=False)
    staff: str = ""


@dataclass(frozen=True)
class NoticeSender:
    """Takes notices to customers, by a channel of its own. `send(notice)`: True when it was taken; False when this is
    none of its notices; raises when it could not be sent, and is asked again later."""

    name: str
    send: Callable[[SentNotice], Awaitable[bool]] = field(repr=False)


@dataclass(frozen=True)
class AlertRaised:
    """Something about a customer that somebody should see to. `kind`: churn, satisfaction, service or product;
    `reasons`: the names of the rules that raised it. `customer`, `owner`: kequn's ids; nothing personal."""

    id: str
    kind: str
    reasons: Sequence[str]
    customer: str
    owner: str | None
    raised_at: datetime
    due_at: datetime


@dataclass(frozen=True)
class AlertNote:
    """What is to be noted with the customer about an alert; as an interaction, it reaches the CRMs. `alert`: its id."""

    alert: str
    subject: str
    content: str = field(default="", repr=False)


@dataclass(frozen=True)
class AlertListener:
    """Is told of new alerts, many at once, after they were written; each at least once. `hear(alerts)`: what is to be
    noted about them, perhaps nothing. It keeps nobody else waiting for long, and one that fails is not asked again."""

    name: str
    hear: Callable[[Sequence[AlertRaised]], Awaitable[Sequence[AlertNote]]] = field(repr=False)


@dataclass(frozen=True)
class FeedbackJudge:
    """Says how feedback is meant, many texts at once. `judge(texts)`: for each, in their order, negative, neutral or
    positive; None where it cannot tell. The texts are what customers wrote: they go nowhere that was not agreed on."""

    name: str
    judge: Callable[[Sequence[str]], Awaitable[Sequence[str | None]]] = field(repr=False)


@hookspec
def register_crm() -> CrmPlugin:  # type: ignore[empty-body]
    """Name the CRM that this plugin connects, its settings, and how a connection to it is built."""


@hookspec
def register_emulator() -> EmulatorPlugin:  # type: ignore[empty-body]
    """Name the emulator of the CRM and how it is built."""


@hookspec
def send_notice() -> NoticeSender:  # type: ignore[empty-body]
    """Name who takes notices to customers, and how one is sent."""


@hookspec
def on_alert() -> AlertListener:  # type: ignore[empty-body]
    """Name who is told of new alerts, and how."""


@hookspec
def classify_feedback() -> FeedbackJudge:  # type: ignore[empty-body]
    """Name who says how feedback is meant, and how it is asked."""
