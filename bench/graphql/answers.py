"""Before anything is timed: all peers give the same rows. Names are compared, wherever they stand: shapes differ."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx

from bench.graphql.servers import Peer


def compare(peers: list[Peer]) -> None:
    """Raises SystemExit when an answer holds errors, nothing, or other names than the first peer's."""
    for name in peers[0].operations:
        expected = _names(peers[0], name)
        for peer in peers[1:]:
            found = _names(peer, name)
            if found != expected:
                raise SystemExit(
                    f"bench: {name} of {peer.name} differs from {peers[0].name}'s: "
                    f"{found - expected} / {expected - found}"
                )


def _names(peer: Peer, name: str) -> Counter[str]:
    operation = peer.operations[name]
    asked = {"query": operation.document, "variables": operation.variables[-1]}
    answer = httpx.post(peer.url, json=asked, headers=peer.headers, timeout=60).json()
    if answer.get("errors") or not answer.get("data"):
        raise SystemExit(f"bench: {peer.name} answers {name} with {str(answer)[:500]}")
    names = Counter(_leaves(answer["data"]))
    if not names:
        raise SystemExit(f"bench: {peer.name} answers {name} with nothing")
    return names


def _leaves(value: Any, key: str = "") -> Iterator[str]:
    """Names of rows, wherever they stand."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, key)
    elif isinstance(value, str) and key in ("name", "groups", "phone"):
        yield value
