"""Media types: what a request may be written in, and what its answer is written in."""

from collections.abc import Iterator
from functools import lru_cache

from starlette.requests import Request

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"
OFFERED = (JSON, GRAPHQL, EVENTS)
PLAIN = ("", "charset=utf-8")  # parameters that change nothing
KEPT = 64  # headers that need not be read again; clients have few


def is_plain_json(request: Request) -> bool:
    """JSON in UTF-8, as it is: no other parameter, nothing compressed. A body that unpacks to more than it weighs
    would get past the limits."""
    headers = request.headers
    return _is_plain_json(headers.get("content-type", ""), headers.get("content-encoding", "identity"))


@lru_cache(KEPT)
def _is_plain_json(type: str, encoding: str) -> bool:
    kind, *parameters = [part.strip().lower() for part in type.split(";")]
    packed = encoding.strip().lower() != "identity"
    utf8 = all(one.replace('"', "") in PLAIN for one in parameters)
    return kind == JSON and utf8 and not packed


@lru_cache(KEPT)
def chosen(accept: str | None) -> str | None:
    """The one that the client likes best; of those it likes as much, the first of its list. None: it takes none of
    ours. Whoever says nothing gets JSON."""
    if not accept or not accept.strip():
        return JSON
    liked = sorted(_liked(accept), key=lambda entry: -entry[0])
    return liked[0][1] if liked else None


def _liked(accept: str) -> Iterator[tuple[float, str]]:
    for part in accept.split(","):
        kind, *parameters = [piece.strip().lower() for piece in part.split(";")]
        weight = _weight(parameters)
        found = {"*/*": JSON, "application/*": JSON}.get(kind, kind)
        if weight > 0 and found in OFFERED and all(one[:2] == "q=" or one in PLAIN for one in parameters):
            yield weight, found


def _weight(parameters: list[str]) -> float:
    try:
        return next((float(one[2:]) for one in parameters if one.startswith("q=")), 1.0)
    except ValueError:
        return 0.0
