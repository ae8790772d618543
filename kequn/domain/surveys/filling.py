"""What customers tell of themselves in a survey: answers that are written to their fields, with the survey as the
source. What they name of a set is added to what is known; what cannot stand in a field stays an answer."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from kequn.contracts.records import FIELDS, Kind, Type
from kequn.domain import checks, editing, keeping
from kequn.domain.checks import Entered, Unreadable
from kequn.domain.editing import Desk
from kequn.domain.quality import learning
from kequn.domain.quality.learning import Learned
from kequn.domain.surveys.questions import Question
from kequn.store import tenants
from kequn.store.values import Fact

_BETWEEN = re.compile(r"[、，,;；\n]")


async def fill(desk: Desk, customer: UUID, asked: Sequence[Question], given: Mapping[str, Any]) -> None:
    """Raises Refused."""
    telling = {one.fills: one for one in asked if one.fills is not None and one.key in given}
    row = await editing.survivor(desk, Kind.CUSTOMER, customer) if telling else None
    if row is None:
        return
    entered = {name: _entered(name, one, given[one.key], row.facts[name]) for name, one in telling.items()}
    here = await tenants.place(desk.session, desk.scope)
    good, _ = checks.clean(Kind.CUSTOMER, entered, here.today(keeping.now(desk)), here.region)
    if good:
        values = {name: entered[name] for name in good}
        await learning.learn(desk, row.id, Learned("survey", values), interaction=False)


def _entered(name: str, one: Question, answer: Any, known: Fact) -> Entered:
    if one.type == "text":
        texts = [str(answer)]
    else:
        texts = [one.options[place][0] for place in (answer if one.type == "multiple" else [answer])]
    match FIELDS[Kind.CUSTOMER][name].type:
        case Type.SET:
            named = {part.strip() for text in texts for part in _BETWEEN.split(text)}
            return sorted({*(known if isinstance(known, frozenset) else ()), *named} - {""})
        case Type.DATE:
            return _day(texts[0])
    return texts[0]


def _day(text: str) -> date | Unreadable:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return Unreadable(text)
