"""Answers that are no GraphQL: one JSON shape for all that is refused, and bodies that are not read without end."""

from enum import StrEnum
from functools import lru_cache
from typing import Any

import orjson
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from kequn.domain.problems import Problem
from schema.problems import Language, language_of, message

_language_of = lru_cache(64)(language_of)  # clients have few of these headers


class TooBig(Exception):
    """The body is larger than this server takes."""


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """What is bytes is JSON already."""
        return content if isinstance(content, bytes) else orjson.dumps(content)


def language(request: HTTPConnection) -> Language:
    return _language_of(request.headers.get("accept-language", ""))


def refusal(request: Request, status: int, code: StrEnum, headers: dict[str, str] | None = None, **facts: Any) -> Json:
    """`{"errors": [{"message", "extensions": {"code"}}]}`, in the language of the request."""
    text = message(Problem(code, facts=facts), language(request))
    return Json({"errors": [{"message": text, "extensions": {"code": code.value}}]}, status, headers)


async def body(request: Request, limit: int) -> bytes:
    """Raises TooBig as soon as that is known."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise TooBig
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooBig
        chunks.append(chunk)
    return b"".join(chunks)
