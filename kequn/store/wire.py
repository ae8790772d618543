"""One connection to PostgreSQL, spoken to in libpq's own words: a statement that is prepared goes out and its answer
comes in without psycopg's cursors, which cost more than all else that a small question needs. Values are still dumped
by psycopg, which opens and closes the connection, too."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import URL

from kequn.store.straight import GONE, PREPARED

PATIENCE = 5.0  # seconds in which the database is told that nobody waits any more
_OPTIONS = f"-c TimeZone=UTC -c default_transaction_read_only=on -c jit=off -c enable_mergejoin=off {GONE}"
"""Merge joins: in a plan that is kept, the size of a page is unknown, and PostgreSQL would walk all groups for each
customer to have ten of theirs in order."""
_GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class PostgreSQL:
    """One question at a time."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._wire = connection.pgconn
        self._dumper = Transformer(connection)
        self._names: dict[tuple[str, tuple[int, ...] | None], bytes] = {}
        self._loop = asyncio.get_running_loop()
        self._awaited: asyncio.Future[None] | None = None
        self._lost = False
        self._socket = self._wire.socket
        self._loop.add_reader(self._socket, self._on_data)

    @classmethod
    async def open(cls, url: URL) -> "PostgreSQL":
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return cls(await psycopg.AsyncConnection.connect(plain, autocommit=True, options=_OPTIONS))

    async def ask(self, text: str, values: Sequence[Any]) -> bytes:
        """Raises psycopg.Error."""
        given = self._dumper.dump_sequence(values, [PyFormat.AUTO] * len(values))
        known = (text, self._dumper.types)
        formats = self._dumper.formats
        try:
            if known not in self._names:
                name = str(len(self._names)).encode()
                self._wire.send_prepare(name, text.encode(), self._dumper.types)
                await self._answer()
                self._names[known] = name
            self._wire.send_query_prepared(self._names[known], given, formats)
            answer = await self._answer()
        except asyncio.CancelledError:
            self._lost = True
            with suppress(psycopg.Error):
                await self._connection.cancel_safe(timeout=PATIENCE)
            raise
        return (answer.get_value(0, 0) if answer.ntuples else None) or b"null"

    async def prepare(self, text: str, values: Sequence[Any]) -> None:
        """It takes every text that the guard admits."""

    async def close(self) -> None:
        self._loop.remove_reader(self._socket)
        await self._connection.close()

    @property
    def usable(self) -> bool:
        idle = self._wire.transaction_status == TransactionStatus.IDLE
        return idle and not self._lost and len(self._names) < PREPARED

    async def _answer(self) -> PGresult:
        """To what was sent. libpq has said all when it gives no more results; the last one counts."""
        while self._wire.flush():
            await self._writable()
        last: PGresult | None = None
        while (result := await self._result()) is not None:
            last = result
        if last is None or last.status not in _GOOD:
            raise _error(last)
        return last

    async def _result(self) -> PGresult | None:
        while self._wire.is_busy():
            await self._data()
        return self._wire.get_result()

    async def _data(self) -> None:
        """Until something came. Raises psycopg.Error when nothing will."""
        if self._lost:
            raise psycopg.OperationalError("the connection is lost")
        self._awaited = self._loop.create_future()
        await self._awaited

    async def _writable(self) -> None:
        """Until more can be sent, or something came: the database may want to be heard before it listens."""
        self._loop.add_writer(self._socket, self._wake)
        try:
            await self._data()
        finally:
            self._loop.remove_writer(self._socket)

    def _on_data(self) -> None:
        try:
            self._wire.consume_input()
        except psycopg.OperationalError:
            self._lost = True
            self._loop.remove_reader(self._socket)
        self._wake()

    def _wake(self) -> None:
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(None)


def _error(result: PGresult | None) -> psycopg.Error:
    state = result.error_field(DiagnosticField.SQLSTATE) if result else None
    try:
        return psycopg.errors.lookup((state or b"").decode())()
    except KeyError:
        return psycopg.OperationalError()
