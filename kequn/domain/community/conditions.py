"""Whether somebody may join a group: every part of the condition is asked of them alone, and the answer names the parts
that do not hold, with what was wanted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from kequn.contracts.records import Kind
from kequn.domain import keeping
from kequn.domain.community import charters
from kequn.domain.editing import Desk
from kequn.domain.segments import membership
from kequn.store.measures import truth
from kequn.store.rows import table
from kequn.store.where import Every, Where


@dataclass(frozen=True)
class Answer:
    """`held`: of each fact whether it is so; `missing`: what is not, as {fact, wanted}."""

    held: Mapping[str, bool]
    missing: tuple[Mapping[str, Any], ...]

    @property
    def fits(self) -> bool:
        return not self.missing


async def judge(desk: Desk, charter: Mapping[str, Any], customer: UUID) -> Answer:
    """Raises Refused when the condition refers to a segment that is gone."""
    parts = list(_parts(charters.tree(charter), charter["asked"]))
    if not parts:
        return Answer({}, ())
    known = await membership.known(desk.session, desk.scope)
    whole = [membership.unfold(tree, known, keeping.now(desk)) for tree, _ in parts]
    people = table(Kind.CUSTOMER)
    asked = [truth(membership.said(tree, people, desk.scope)).label(f"part_{n}") for n, tree in enumerate(whole)]
    query = select(*asked).where(people.c.tenant_id == desk.scope.tenant, people.c.id == customer)
    found = [bool(value) for value in (await desk.session.execute(query)).one()]
    facts = [_fact(wanted) for _, wanted in parts]
    missing = [
        {"fact": fact, "wanted": wanted}
        for fact, (_, wanted), holds in zip(facts, parts, found, strict=True)
        if not holds
    ]
    return Answer(
        {f"{n} {fact}": held for n, (fact, held) in enumerate(zip(facts, found, strict=True), 1)}, (*missing,)
    )


def _parts(tree: Where, asked: Mapping[str, Any]) -> Iterator[tuple[Where, Mapping[str, Any]]]:
    """What must all hold, each with the words in which it was asked; a list under `and` is taken apart as well."""
    if not isinstance(tree, Every) or len(tree.parts) != len(asked):
        if asked:
            yield tree, asked
        return
    for part, (name, wanted) in zip(tree.parts, asked.items(), strict=True):
        if name == "and" and isinstance(part, Every) and isinstance(wanted, list):
            for inner, words in zip(part.parts, wanted, strict=True):
                yield from _parts(inner, words)
        else:
            yield part, {name: wanted}


def _fact(wanted: Mapping[str, Any]) -> str:
    """What is asked about: the names down to the operator."""
    names = []
    inner: Any = wanted
    while isinstance(inner, Mapping) and len(inner) == 1:
        [(name, inner)] = inner.items()
        names.append(name)
    return ".".join(names)
