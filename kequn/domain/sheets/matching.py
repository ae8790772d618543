"""Which row a row of a sheet is about: the one that has its identity; of kinds without identities the one that has the
same values in a few fields. Several such rows, or the same twice in the sheet, are told."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from kequn.contracts.records import FIELDS, Kind, Type
from kequn.domain import batches, rights
from kequn.domain.checks import Entered
from kequn.domain.drafts import Item
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem
from kequn.store.pairs import one_of
from kequn.store.rows import table
from kequn.store.where import live

SAME: Mapping[Kind, tuple[str, ...]] = {
    Kind.MEMBERSHIP: ("customer", "group"),
    Kind.PURCHASE: ("name",),
    Kind.INTERACTION: ("customer", "subject", "happened_at"),
    Kind.FEEDBACK: ("customer", "subject"),
}
"""By what rows of a kind are known that has no identities. The first field finds them."""

Values = tuple[object, ...]


async def items(desk: Desk, kind: Kind, entered: Sequence[Mapping[str, Entered]], by: Sequence[str]) -> list[Item]:
    """For each of these the item that changes the row which it is about, or makes a new one."""
    if kind not in SAME:
        return await batches.matched(desk, kind, entered, by[0])
    rights.require(desk.actor, rights.EDIT)
    sought = [tuple(fields.get(name) for name in by) for fields in entered]
    found = await _having(desk, kind, by, set(sought))
    return [_item(fields, sought, place, found, by) for place, fields in enumerate(entered)]


def _item(
    fields: Mapping[str, Entered], sought: Sequence[Values], place: int,
    found: Mapping[Values, Sequence[UUID]], by: Sequence[str],
) -> Item:  # fmt: skip
    values = sought[place]
    same = found.get(values, ())
    wrong = [Problem(Code.REQUIRED, (name,)) for name, value in zip(by, values, strict=True) if value is None]
    if len(same) > 1:
        wrong.append(Problem(Code.AMBIGUOUS, (by[0],), {"count": len(same)}))
    if values in sought[:place]:
        wrong.append(Problem(Code.REPEATED, (by[0],)))
    return Item(same[0] if len(same) == 1 else None, fields, wrong=tuple(wrong))


async def _having(desk: Desk, kind: Kind, by: Sequence[str], sought: set[Values]) -> dict[Values, list[UUID]]:
    here = table(kind)
    columns = [here.c[f"{name}_id" if FIELDS[kind][name].type is Type.REF else name] for name in by]
    firsts = {values[0] for values in sought if values[0] is not None}
    query = select(here.c.id, *columns).where(here.c.tenant_id == desk.scope.tenant, live(here))
    found: dict[Values, list[UUID]] = {}
    for id, *values in await desk.session.execute(query.where(one_of(columns[0], firsts)).order_by(here.c.id)):
        found.setdefault(tuple(values), []).append(id)
    return found
