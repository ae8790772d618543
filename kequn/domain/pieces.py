"""Work that may concern very many rows, done piece by piece: each is a transaction of its own, so that nobody waits for
all of it and whoever goes on after a crash does the rest. Knows nothing of the work."""

from collections.abc import Awaitable, Callable

from kequn.domain.editing import Desk
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor

Work = Callable[[Desk, int], Awaitable[int]]
"""Does so many at most of what is to be done, and finds less to do the next time; how many."""


async def all_of(
    database: Database, ledger: Ledger, actor: Actor, work: Work, piece: int, most: int | None = None
) -> int:
    """How many, until a piece is not full; `most`: what is left then is for the next time. Raises Refused."""
    done = 0
    while most is None or done < most:
        async with database.writing() as session:
            count = await work(Desk(session, actor, ledger), piece)
        done += count
        if count < piece:
            break
    return done
