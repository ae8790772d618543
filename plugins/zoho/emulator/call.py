"""One request as a handler sees it, after authentication, and the reply it gives. Handlers are plain functions from
Call to Reply: nothing is awaited in their middle, so each request is one step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from plugins.zoho.emulator.errors import (
    ApiError,
    Element,
    bad_module,
    bad_pattern,
    mandatory,
    param_missing,
    unparsable,
)
from plugins.zoho.emulator.org import Module, Org
from plugins.zoho.emulator.values import id_of

LAG_SECONDS = 2.0
"""How far a replica lags when the fault `stale_read` strikes."""


@dataclass(frozen=True)
class Reply:
    """`body` None: neither a body nor a Content-Type. Bytes are sent as `content_type`."""

    status: int
    body: Any = None
    content_type: str = "application/json;charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


EMPTY = Reply(204)
NOT_MODIFIED = Reply(304)


@dataclass
class Call:
    """`user`: the id of the token's user, set once the token is known. `mark`: the fault that the handler must play."""

    org: Org
    method: str
    path: Mapping[str, str]
    params: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    origin: str
    mark: str | None = None
    user: str = ""

    @property
    def lag(self) -> float:
        return LAG_SECONDS if self.mark == "stale_read" else 0.0

    @property
    def module(self) -> Module:
        """The module that the path names. Raises ApiError."""
        module = self.org.module(self.path["module"])
        if module is None:
            raise bad_module()
        return module

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object of the body. Raises ApiError."""
        try:
            body = orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            raise unparsable() from error
        if not isinstance(body, dict):
            raise unparsable()
        return body

    def items(self, key: str, most: int = 100) -> list[Any]:
        """The list that the body holds under `key`. Raises ApiError."""
        items = self.body.get(key)
        if items is None or items == []:
            raise _wrapped(key, mandatory(key, f"$.{key}"))
        if not isinstance(items, list):
            details = {"expected_data_type": "jsonarray", "api_name": key, "json_path": f"$.{key}"}
            raise ApiError("INVALID_DATA", "invalid data", details)
        if len(items) > most:
            message = "count of records in your request exceeds the limit"
            raise ApiError("LIMIT_EXCEEDED", message, {"maximum_length": most, "api_name": key})
        return items

    def ids(self, most: int = 100) -> list[str]:
        """The ids in the query. Raises ApiError."""
        text = self.params.get("ids")
        if not text:
            raise param_missing("ids")
        ids = [part.strip() for part in text.split(",")]
        if len(ids) > most:
            raise ApiError(
                "LIMIT_EXCEEDED", "count of ids exceeds the limit", {"limit": str(most), "param_name": "ids"}
            )
        if not all(id_of(id) for id in ids):
            raise ApiError("INVALID_DATA", "the id given seems to be invalid", {"param_name": "ids"})
        return ids

    def number(self, name: str, default: int, most: int | None = None) -> int:
        """A parameter that is a whole number from 1. Raises ApiError."""
        text = self.params.get(name)
        if text is None:
            return default
        if not text.isdecimal() or int(text) < 1 or (most is not None and int(text) > most):
            raise bad_pattern(name)
        return int(text)


def _wrapped(key: str, error: Element) -> ApiError:
    return ApiError(error["code"], error["message"], error["details"])


def several(elements: list[Element], key: str = "data", done: int = 200) -> Reply:
    """The reply to a batch: 207 when only some failed, 400 (412 when all are stale) when all did."""
    failed = [element for element in elements if element["status"] == "error"]
    if not failed:
        return Reply(done, {key: elements})
    if len(failed) < len(elements):
        return Reply(207, {key: elements})
    stale = all(element["code"] == "ALREADY_MODIFIED" for element in failed)
    return Reply(412 if stale else 400, {key: elements})
