"""A server that does not start says why, in one line, and not where."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette

from kequn.serving import listen, serve_on


@pytest.mark.anyio
async def test_what_kept_it_from_starting_is_raised(capsys: pytest.CaptureFixture[str]) -> None:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if app.routes == []:
            raise ConnectionError("row 17 of Anna")
        yield

    with listen(0) as listener, pytest.raises(ConnectionError):
        await serve_on(listener, Starlette(lifespan=lifespan))
    said = capsys.readouterr()
    assert "Anna" not in said.out + said.err
    assert "Traceback" not in said.err
