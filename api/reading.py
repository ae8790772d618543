"""What a request asks, read off its JSON: the same over HTTP and over a WebSocket. Decides what is no GraphQL request;
whether it may be asked is decided later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from schema.scalars import WHOLE

SHA256 = "sha256:"


class Unreadable(ValueError):
    """This is no GraphQL request."""


class TooMany(Unreadable):
    """It holds more values than may be looked at."""


@dataclass(frozen=True)
class Asked:
    """One operation. `query` is empty where the document is named by its hash alone."""

    query: str = ""
    hash: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation: str | None = None


def from_body(plain: bytes, depth: int, values: int) -> Asked:
    """Raises Unreadable. `depth`: how deep the JSON may be nested; `values`: how many it may hold."""
    try:
        content = orjson.loads(plain)
    except ValueError:
        raise Unreadable("the body is no JSON") from None
    return from_json(content, depth, values)


def from_json(content: object, depth: int, values: int) -> Asked:
    """Raises Unreadable."""
    if not isinstance(content, dict):
        raise Unreadable("the body is no object")
    measure(content, depth, values)
    query, variables, operation = (content.get(name) for name in ("query", "variables", "operationName"))
    if not (isinstance(query, str | None) and isinstance(operation, str | None)):
        raise Unreadable("the document and the name of its operation are texts")
    if not isinstance(variables, dict | None):
        raise Unreadable("the variables are no object")
    asked = Asked(query or "", _hash(content), variables or {}, operation or None)
    if not asked.query and not asked.hash:
        raise Unreadable("there is no document")
    return asked


def _hash(content: dict[str, Any]) -> str:
    """As documentId, or in the way of Apollo's clients."""
    extensions = content.get("extensions")
    if not isinstance(extensions, dict | None):
        raise Unreadable("the extensions are no object")
    found = content.get("documentId")
    match (extensions or {}).get("persistedQuery"):
        case {"version": 1, "sha256Hash": str() as found}:
            pass
        case None:
            pass
        case _:
            raise Unreadable("this is no persisted query")
    if not isinstance(found, str | None):
        raise Unreadable("the document's id is no text")
    return (found or "").removeprefix(SHA256).lower()


def measure(content: dict[str, Any], depth: int, most: int) -> None:
    """Hold JSON to a depth and a number of values, and its numbers to 64 bits. Raises Unreadable."""
    nested: list[Any] = [content]
    for _ in range(depth):
        most -= sum(map(len, nested))
        if most < 0:
            raise TooMany("the JSON holds too many values")
        values = (value for one in nested for value in (one.values() if isinstance(one, dict) else one))
        nested = [value for value in values if _is_nested(value)]
        if not nested:
            return
    raise Unreadable(f"the JSON is nested deeper than {depth} levels")


def _is_nested(value: object) -> bool:
    if isinstance(value, float) and abs(value) >= WHOLE:
        raise Unreadable("a number has more than 64 bits")
    return isinstance(value, dict | list)
