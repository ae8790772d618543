"""Drives runs by DBOS, a durable engine: a run is a workflow, a step of it a page or a batch, and what a dead machine
has left goes on elsewhere. The only importer of dbos. Decides nothing about a run: what people see stands in kequn's
own run table, and whether a worker may still write is decided there too."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from dbos import DBOS, DBOSClient, DBOSConfig, SetEnqueueOptions, SetWorkflowID, WorkflowHandleAsync, WorkflowStatus
from sqlalchemy import Engine, create_engine, event, make_url

from jobs.chores import Errand
from jobs.due import AT_ONCE
from jobs.errands import Errands
from jobs.runner import Order, Runner, Said
from kequn.store.scope import Scope

RUNS, CHORES = "runs", "chores"
PROTOCOL = "1"  # of the workflows below: workers that share it take each other's work, whatever release they are
LOOK_SECONDS = 0.5
PAUSE = 2.0
KEPT = timedelta(days=2)  # longer than any slot of a chore: within it an errand must be known to be done
AT_A_TIME = 1000
A_FEW = 20  # among the errands that were sent last there is one of the shortest pace
OVER = {"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"}
_log = logging.getLogger("dbos")
_log.setLevel(logging.ERROR)


class Durable:
    """`async with Durable(...)`: it works while the block lasts. One in a process. `url`: kequn's database; on
    PostgreSQL the engine's tables stand in a schema of their own beside kequn's, on SQLite in a file of their own."""

    def __init__(self, runner: Runner, errands: Errands, url: str, worker: str) -> None:
        self._runner = runner
        self._errands = errands
        self._url = system_url(url)
        self._worker = worker
        self._run: Callable[[str, str, str, str], Awaitable[None]]
        self._chore: Callable[[int, str, int], Awaitable[None]]

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(DBOS.migrate, self._url)
        self._engine = _engine(self._url)
        config: DBOSConfig = {
            "name": "kequn",
            "system_database_url": self._url,
            "executor_id": self._worker,
            "application_version": PROTOCOL,
            "run_migrations": False,
            "use_listen_notify": False,
            "log_level": "ERROR",
        }
        if self._engine:
            config["system_database_engine"] = self._engine
        else:
            config["sys_db_pool_size"] = 4
        DBOS(config=config)
        self._declare()
        DBOS.launch()
        for queue in (RUNS, CHORES):
            await DBOS.register_queue_async(
                queue, partition_concurrency=1, worker_concurrency=AT_ONCE, polling_interval_sec=LOOK_SECONDS
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        """What is under way here goes on elsewhere, at once when there is anybody."""
        _log.setLevel(logging.CRITICAL)  # it would print the stack of each step that is cut off
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())  # the loop's is shut
        await self._runner.close()
        await asyncio.to_thread(self._give_back)
        if self._engine:
            self._engine.dispose()

    def _give_back(self) -> None:
        client = DBOSClient(system_database_url=self._url, system_database_engine=self._engine)
        try:
            left = client.list_workflows(executor_id=self._worker, status="PENDING", load_input=False)
            for queue, ids in _by_queue(left).items():
                client.resume_workflows(ids, queue_name=queue)
        finally:
            client.destroy()

    async def hand(self, order: Order) -> None:
        """A run is handed over once, whoever hands it over and however often. One that the engine takes for over, and
        kequn's table does not (somebody restored an old backup; the last words of a worker were lost), begins anew."""
        handle = await self._enqueue(RUNS, order.run.hex, order.connection, self._run, _words(order))
        if (await handle.get_status()).status in OVER:
            await DBOS.delete_workflow_async(order.run.hex)
            await self._enqueue(RUNS, order.run.hex, order.connection, self._run, _words(order))

    async def send(self, errand: Errand) -> None:
        words = (errand.every, errand.tenant.hex, errand.slot)
        await self._enqueue(CHORES, errand.id, errand.tenant, self._chore, words)

    async def reached(self, now: datetime) -> datetime | None:
        """Of the errands that were sent last, and last before now (our clock may have been set back since), the one
        that begins last."""
        known = [one for until in (None, now.isoformat()) for one in await self._sent_last(until)]
        return max((Errand.named(one.workflow_id).begins for one in known), default=None)

    async def _sent_last(self, until: str | None) -> list[WorkflowStatus]:
        return await DBOS.list_workflows_async(
            queue_name=CHORES, end_time=until, sort_desc=True, limit=A_FEW, load_input=False, load_output=False
        )

    async def adopt(self, worker: str) -> None:
        """What that worker has begun goes back into its queue."""
        left = await DBOS.list_workflows_async(executor_id=worker, status="PENDING", load_input=False)
        for queue, ids in _by_queue(left).items():
            await DBOS.resume_workflows_async(ids, queue_name=queue)

    async def tidy(self, now: datetime) -> None:
        """Forget what was over two days ago, some at a time."""
        old = await DBOS.list_workflows_async(
            completed_before=(now - KEPT).isoformat(),
            limit=AT_A_TIME,
            load_input=False,
            load_output=False,
            queue_name=[RUNS, CHORES],
        )
        if old:
            await DBOS.delete_workflows_async([one.workflow_id for one in old])

    async def _enqueue(
        self, queue: str, id: str, partition: UUID, workflow: Any, words: tuple[Any, ...]
    ) -> WorkflowHandleAsync[Any]:
        with SetWorkflowID(id), SetEnqueueOptions(queue_partition_key=partition.hex):
            return await DBOS.enqueue_workflow_async(queue, workflow, *words)

    def _declare(self) -> None:
        """The engine knows workflows by name, and looks for them when it is launched."""

        @DBOS.step(name="advance")
        async def advance(tenant: str, connection: str, name: str, run: str) -> str:
            return await self._runner.advance(Order(Scope(UUID(tenant)), UUID(connection), name, UUID(run)))

        @DBOS.workflow(name="run", max_recovery_attempts=1_000_000)
        async def run(tenant: str, connection: str, name: str, run: str) -> None:
            while (said := await advance(tenant, connection, name, run)) != Said.OVER:
                if said == Said.BUSY:
                    await DBOS.sleep_async(PAUSE)

        @DBOS.step(name="go")
        async def go(every: int, tenant: str, slot: int) -> None:
            await self._errands.go(Errand(every, UUID(tenant), slot))

        @DBOS.workflow(name="chore", max_recovery_attempts=1_000_000)
        async def chore(every: int, tenant: str, slot: int) -> None:
            await go(every, tenant, slot)

        self._run, self._chore = run, chore


def _by_queue(some: Iterable[WorkflowStatus]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for one in some:
        if one.queue_name in (RUNS, CHORES):
            grouped.setdefault(one.queue_name, []).append(one.workflow_id)
    return grouped


def _words(order: Order) -> tuple[str, str, str, str]:
    return order.scope.tenant.hex, order.connection.hex, order.name, order.run.hex


def system_url(url: str) -> str:
    """Where the engine keeps its own tables."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return f"sqlite:///{parsed.database}-jobs"
    return parsed.set(drivername="postgresql").render_as_string(hide_password=False)


def _engine(url: str) -> Engine | None:
    """On SQLite: write-ahead log, and every transaction takes its lock at once, so that two processes that take work
    out of one queue do not both take the same. On PostgreSQL its own engine does."""
    if not url.startswith("sqlite"):
        return None
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
