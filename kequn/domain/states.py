"""State machines as tables: which event leads from a state to which, who may cause it, and what they must say.

A noun declares its table as data and asks `step` before it writes; what does not stand in the table is refused."""

from collections.abc import Mapping
from dataclasses import dataclass

from kequn.domain import rights
from kequn.domain.problems import Code, refuse
from kequn.store.scope import Actor, Role


@dataclass(frozen=True)
class Step:
    """Where an event leads, who may cause it, and what must be said with it."""

    to: str
    role: Role = rights.EDIT
    needs: str | None = None


Steps = Mapping[tuple[str, str], Step]
"""(state, event) -> step."""


def step(
    steps: Steps, state: str, event: str, actor: Actor, said: Mapping[str, str] | None = None, *, named: str = "id"
) -> Step:
    """The step that an event takes. `named`: the argument that says whose state it is. Raises Refused: WRONG_STATE,
    FORBIDDEN, REQUIRED."""
    way = steps.get((state, event))
    if way is None:
        raise refuse(Code.WRONG_STATE, named, state=state)
    rights.require(actor, way.role)
    if way.needs is not None and not (said or {}).get(way.needs):
        raise refuse(Code.REQUIRED, way.needs)
    return way
