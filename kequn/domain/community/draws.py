"""Prize draws 抽奖 that anybody can check: the seed is chosen before it is known who takes part, and only its digest is
shown; when the draw is held the seed is shown too, and says who won. `winners` is the whole rule, and pure."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Table

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain import keeping, rights, states
from kequn.domain.community import rules
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.states import Step, Steps
from kequn.store import tables

_draws: Table = tables.Draw.__table__  # type: ignore[attr-defined]
SEED, MOST = 32, 1000
STATES = ("committed", "drawn")
STEPS: Steps = {("committed", "hold"): Step("drawn")}


def digest(seed: str) -> str:
    """The SHA-256 of a seed, in hexadecimal digits."""
    return hashlib.sha256(seed.encode()).hexdigest()


def winners(seed: str, entrants: Sequence[str], prizes: int) -> list[str]:
    """Those whose SHA-256 of "seed:id" is smallest; the order of the entrants does not matter."""
    return sorted(set(entrants), key=lambda one: digest(f"{seed}:{one}"))[:prizes]


async def commit(desk: Desk, group_id: UUID, name: str, prizes: int) -> UUID:
    """Choose the seed and show its digest. Raises Refused."""
    group = await keeping.group(desk, group_id)
    seed = desk.ledger.random.bytes(SEED).hex()
    said = {"name": keeping.text(name, "name", keeping.NAME, required=True), "state": "committed"}
    return await keeping.add(
        desk, _draws, group_id=group, prizes=keeping.number(prizes, "prizes", 1, MOST), hidden=seed,
        commitment=digest(seed), entrants=[], winners=[], committed_at=keeping.now(desk), made_by=desk.actor.name,
        **said,
    )  # fmt: skip


async def hold(desk: Desk, id: UUID, customer_ids: Sequence[UUID] | None = None) -> UUID:
    """Draw among these members, or among all. Held once. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    one = await keeping.find(desk, _draws, id)
    way = states.step(STEPS, one["state"], "hold", desk.actor)
    members = await rules.members(desk, one["group_id"])
    chosen = members if customer_ids is None else sorted(set(customer_ids))
    if not chosen or not set(chosen) <= set(members):
        raise refuse(Code.NOT_A_MEMBER, "customer_ids")
    entrants = [format_id(Kind.CUSTOMER, customer) for customer in chosen]
    won = winners(one["hidden"], entrants, one["prizes"])
    drawn = {"state": way.to, "seed": one["hidden"], "entrants": entrants, "winners": won}
    return await keeping.change(desk, _draws, id, **drawn, drawn_at=keeping.now(desk))
