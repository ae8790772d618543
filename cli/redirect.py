"""The end of a login: one address of this machine, to which the CRM sends the browser back. Takes one answer, that of
the login it waits for, and shows a page; knows neither CRM nor codes."""

import asyncio
import hmac
from asyncio import Future, StreamReader, StreamWriter
from collections.abc import Mapping
from http import HTTPStatus
from socket import socket
from urllib.parse import parse_qsl, urlsplit

from kequn.terminal import Failure

PATH = "/login"
PATIENCE = 600.0  # seconds
Answer = Mapping[str, str]


async def answered(listener: socket, state: str) -> Answer:
    """The parameters with which the browser comes back. Others than those of this login (`state`) do not count: a page
    that somebody else made might send them. Raises Failure when nobody comes."""
    came: Future[Answer] = asyncio.get_running_loop().create_future()

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            await _answer(reader, writer, state, came)
        finally:
            writer.close()

    async with await asyncio.start_server(answer, sock=listener):
        try:
            async with asyncio.timeout(PATIENCE):
                return await came
        except TimeoutError:
            raise Failure(f"nobody logged in within {PATIENCE / 60:.0f} minutes; try again") from None


async def _answer(reader: StreamReader, writer: StreamWriter, state: str, came: "Future[Answer]") -> None:
    _, _, rest = (await reader.readline()).decode("latin-1").partition(" ")
    target = urlsplit(rest.partition(" ")[0])
    query = dict(parse_qsl(target.query))
    if target.path != PATH:
        await _say(writer, HTTPStatus.NOT_FOUND, "There is nothing here.")
    elif not hmac.compare_digest(query.get("state", "").encode(), state.encode()):
        await _say(writer, HTTPStatus.BAD_REQUEST, "This is not the login that kequn waits for.")
    else:
        await _say(writer, HTTPStatus.OK, "kequn has what it needs. You can close this page.")
        if not came.done():
            came.set_result(query)


async def _say(writer: StreamWriter, status: HTTPStatus, text: str) -> None:
    body = text.encode()
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
    writer.write(f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
    await writer.drain()
