"""State machines as tables: every event in every state, where what is not in the table is refused."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import select

from kequn.domain.problems import Refused
from kequn.domain.states import Steps
from tests.kequn.domain.market import Market

Make = Callable[[Market, str], Any]
"""Makes one in a state, and tells which."""


async def strays(
    market: Market, steps: Steps, states: Collection[str], make: Make, step: Any, key: Any, said: Mapping[str, Any]
) -> list[tuple[str, str, str | None]]:
    """The states and events after which one is where the table does not say (None: it was refused or taken against the
    table). `step`: takes a desk, the one, an event and what is `said`; `key`: the column that names the one, beside its
    state."""
    found: list[tuple[str, str, str | None]] = []
    for state in states:
        for event in (*sorted({event for _, event in steps}), "", "delete"):
            id = await make(market, state)
            way = steps.get((state, event))
            refused = await _refused(market, step, id, event, said)
            async with market.database.reading() as session:
                now = (await session.execute(select(key.table.c.state).where(key == id))).scalar_one()
            if refused is not (way is None):
                found.append((state, event, None))
            elif now != (way.to if way else state):
                found.append((state, event, now))
    return found


async def _refused(market: Market, step: Any, id: Any, event: str, said: Mapping[str, Any]) -> bool:
    try:
        await market.do(step, id, event, **said)
    except Refused as error:
        if "WRONG_STATE" not in str(error):
            raise
        return True
    return False
