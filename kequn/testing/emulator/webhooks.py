"""Webhooks on their way to whoever asked for them, with what may happen to them there: lost, doubled, out of order,
without proof of origin. What one says and when it is due is the emulator's business."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx
import orjson

from kequn.testing.emulator.faults import FaultBox


@dataclass(frozen=True)
class Webhook:
    """`unsigned`: the same webhook as a stranger would send it, without the proof of origin."""

    url: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    unsigned: "Webhook | None" = field(default=None, repr=False)

    @classmethod
    def of_json(cls, url: str, body: object, unsigned: object = None) -> "Webhook":
        """Both as JSON; `unsigned`: the body without its proof."""
        stranger = None if unsigned is None else cls(url, orjson.dumps(unsigned))
        return cls(url, orjson.dumps(body), unsigned=stranger)


class Webhooks:
    """Delivers each webhook once. `outcomes` keeps the status of each answer (0: none); `answered` is told of it, and
    may send again; so may `replied`, which gets the whole answer. `patience`: seconds that an answer may take.

    On a socket the front starts the delivery after each request; inside one process they wait for `settle`, so that a
    simulation decides when they arrive."""

    def __init__(self, faults: FaultBox, transport: httpx.AsyncBaseTransport | None, patience: float = 5.0) -> None:
        self.outcomes: list[int] = []
        self.answered: Callable[[Webhook, int], None] = lambda webhook, status: None
        self._patience = patience
        self.due: Callable[[], None] = lambda: None
        self.replied: Callable[[Webhook, httpx.Response | None], None] = lambda webhook, reply: None
        self._faults = faults
        self._transport = transport
        self._queue: deque[Webhook] = deque()
        self._late: deque[Webhook] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, webhook: Webhook) -> None:
        """Put it on its way."""
        self._queue.append(webhook)

    def start(self) -> None:
        """Deliver in the background."""
        self.due()
        if self._queue:
            task = asyncio.get_running_loop().create_task(self._deliver())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Deliver everything that is under way."""
        self.due()
        await self._deliver()

    async def _deliver(self) -> None:
        if not self._queue:
            return
        async with httpx.AsyncClient(transport=self._transport, timeout=self._patience) as client:
            while self._queue:
                await self._one(client, self._queue.popleft())
                if not self._queue:
                    self._queue, self._late = self._late, self._queue

    async def _one(self, client: httpx.AsyncClient, webhook: Webhook) -> None:
        fault = self._faults.draw_delivery()
        if fault == "webhook_lost":
            return
        if fault == "webhook_reordered" and self._queue:
            self._late.append(webhook)
            return
        if fault == "webhook_unsigned" and webhook.unsigned is not None:
            webhook = webhook.unsigned
        for _ in range(2 if fault == "webhook_duplicate" else 1):
            await self._post(client, webhook)

    async def _post(self, client: httpx.AsyncClient, webhook: Webhook) -> None:
        status, reply = 0, None
        try:
            reply = await client.post(webhook.url, content=webhook.body, headers=dict(webhook.headers))
            status = reply.status_code
        except httpx.HTTPError:
            pass
        self.outcomes.append(status)
        self.answered(webhook, status)
        self.replied(webhook, reply)
