"""What kequn gives to one connection of a plugin, which opens no socket, reads no clock and keeps no token itself."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import httpx

from kequn.clock import Clock, Random

__all__ = ["Budget", "Clock", "CrmHost", "HttpClient", "Log", "Notebook", "Random", "Slate", "Token", "TokenStore"]


@dataclass(frozen=True)
class Token:
    """An access token. `extra`: what the CRM said beside it, such as the base URL of its API. Never printed."""

    access: str = field(repr=False)
    expires_at: datetime
    refresh: str | None = field(default=None, repr=False)
    extra: Mapping[str, str] = field(default_factory=dict)


class HttpClient(Protocol):
    """HTTP to the allowed hosts of the plugin. Follows no redirect to another host.

    Raises ForbiddenHost before anything is sent; RetryLater when the host cannot be reached or does not answer in
    time (with `maybe_applied` when the request may have arrived)."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeout: float | None = None,
    ) -> httpx.Response: ...


class TokenStore(Protocol):
    """The connection's token: durable, and locked across processes."""

    async def load(self) -> Token | None: ...

    def lock(self) -> AbstractAsyncContextManager[None]:
        """Held while a token is renewed: load again inside, somebody else may have renewed it."""

    async def replace(self, token: Token) -> None:
        """Durable when this returns. Call it before the token is used. Where the lock was lost and somebody else has
        stored a newer token, that one stays: load again."""


class Budget(Protocol):
    """The connection's share of the CRM's limits, shared by all workers."""

    async def acquire(self, cost: int = 1, *, of: str = "") -> None:
        """Wait until `cost` units may be spent. Raises RetryLater when that would be longer than a minute. `of`: the
        sort of the call, for limits that are not of all calls (hooks.py, Limit)."""


class Notebook(Protocol):
    """What a plugin has found out about its CRM and would ask for again in every process: descriptions of fields, when
    it last logged in. JSON by name; no records, no secrets. Durable, and shared by all workers; empty again when the
    settings of the connection change."""

    async def read(self, name: str) -> Mapping[str, Any] | None:
        """What was noted last under this name."""

    async def write(self, name: str, value: Mapping[str, Any]) -> None: ...


class Slate:
    """A Notebook of this process."""

    def __init__(self) -> None:
        self._notes: dict[str, Mapping[str, Any]] = {}

    async def read(self, name: str) -> Mapping[str, Any] | None:
        return self._notes.get(name)

    async def write(self, name: str, value: Mapping[str, Any]) -> None:
        self._notes[name] = value


class Log(Protocol):
    """Events with facts: ids, names, counts. Never values of fields, bodies or secrets."""

    def info(self, event: str, **facts: Any) -> None: ...
    def warning(self, event: str, **facts: Any) -> None: ...


@dataclass(frozen=True)
class CrmHost:
    """Everything that one connection may touch."""

    connection: str
    http: HttpClient
    tokens: TokenStore
    budget: Budget
    clock: Clock
    random: Random
    log: Log
    notebook: Notebook = field(default_factory=Slate)
