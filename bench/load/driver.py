"""The driver: sends calls to kequn, each when its time has come whether or not those before were answered. It is a
process of its own: in one with the emulators it would measure how long those hold Python's interpreter. Judges nothing
but whether an answer says what it must."""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson

READY = 3.0
"""Seconds until the driver has started and knows its calls."""
PATIENCE = 60.0


@dataclass(frozen=True)
class Call:
    """A POST, so many seconds after the beginning. `holds`: what its answer must have."""

    at: float
    path: str
    body: str
    holds: str = "HTTP/1.1 200 "


@dataclass(frozen=True)
class Answer:
    """Milliseconds from when the call was due until its answer was here."""

    at: float
    wait: float
    well: bool


async def drive(url: str, calls: Sequence[Call], began: float) -> list[Answer]:
    """`began`: by this machine's monotonic clock, and at least READY from now."""
    driver = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.load.driver", stdin=PIPE, stdout=PIPE)
    told, _ = await driver.communicate(orjson.dumps([url, began, calls]))
    return [Answer(**one) for one in orjson.loads(told)]


def main() -> None:
    url, began, calls = orjson.loads(sys.stdin.buffer.read())
    answers = asyncio.run(_send(url, began, [Call(**one) for one in calls]))
    sys.stdout.buffer.write(orjson.dumps(answers))


async def _send(url: str, began: float, calls: Sequence[Call]) -> list[Answer]:
    """As CRMs do, each over a connection of its own."""
    answers: list[Answer] = []
    server = urlsplit(url)

    async def send(call: Call, due: float) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                said = await _said(str(server.hostname), int(server.port or 80), call)
        except OSError:
            said = b""
        well = call.holds.encode() in said and b'"errors"' not in said
        answers.append(Answer(call.at, (time.monotonic() - due) * 1000, well))

    async with asyncio.TaskGroup() as group:
        for call in calls:
            due = began + call.at
            await asyncio.sleep(max(due - time.monotonic(), 0))
            group.create_task(send(call, due))
    return answers


async def _said(host: str, port: int, call: Call) -> bytes:
    """The whole answer, its head too."""
    body = call.body.encode()
    lines = [
        f"POST {call.path} HTTP/1.1",
        f"Host: {host}:{port}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        return await reader.read()
    finally:
        writer.close()


if __name__ == "__main__":
    main()
