"""Claims of benefits in a history: each of a benefit of its own, which bears its name. Made and cancelled by the
rules of the domain; CRMs are told."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from kequn.domain.benefits import claiming, offering
from kequn.domain.editing import Desk

OPEN = timedelta(days=365)


async def create(desk: Desk, entered: Mapping[str, Any]) -> None:
    now, name = desk.ledger.clock.now(), entered["name"]
    offered = {"name": name, "kind": "coupon", "usage": name, "starts_at": now, "ends_at": now + OPEN}
    benefit = await offering.make(desk, offered)
    await offering.step(desk, benefit, "publish")
    await claiming.claim(desk, benefit, entered["customer"])


async def change(desk: Desk, id: UUID, entered: Mapping[str, Any]) -> None:
    """Its state: all that becomes of a claim here is that it is cancelled."""
    await claiming.step(desk, id, "cancel", entered["state"])
