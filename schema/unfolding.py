"""Segments in filters: before a list is read, the conditions that its filter refers to by `inSegment` are put in their
places, so that "in this segment" asks the very same as the condition itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain.segments import membership
from kequn.domain.segments.membership import Known
from kequn.store import kept
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from kequn.store.where import Where
from schema.loaders import Loaders
from schema.paging import Window


async def known(ask: Loaders) -> Known:
    found: Known = await ask.together("segments", _load, None)
    return found


async def _load(session: AsyncSession, scope: Scope, vault: Vault, keys: Sequence[Any]) -> dict[Any, Known]:
    return dict.fromkeys(keys, await membership.known(session, scope))


async def unfolded(where: Where, ask: Loaders, now: datetime) -> Where:
    """Raises Refused for a segment that is not there."""
    if next(kept.named(where), None) is None:
        return where
    return membership.unfold(where, await known(ask), now, "where")


async def apart(where: Where, database: Database, scope: Scope, now: datetime) -> Where:
    """The same, for who is told for hours: in a transaction of its own."""
    if next(kept.named(where), None) is None:
        return where
    async with database.reading() as session:
        return membership.unfold(where, await membership.known(session, scope), now, "where")


async def whole(window: Window, ask: Loaders, now: datetime) -> Window:
    """The window with a filter that refers to nothing."""
    where = await unfolded(window.where, ask, now)
    return window if where is window.where else replace(window, where=where)
