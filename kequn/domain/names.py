"""Names that no two live rows of a kind may have: those of groups and tiers, where people enter them."""

from collections.abc import Sequence

from sqlalchemy import select

from kequn.domain.drafts import Draft
from kequn.domain.editing import Desk
from kequn.domain.problems import Code
from kequn.store import rows
from kequn.store.where import live


async def check(desk: Desk, drafts: Sequence[Draft]) -> None:
    """Of several that want the same name the first one gets it. One that is given up is free. Asked by one at a time:
    see Rules.named."""
    wanting = [draft for draft in drafts if draft.row.live and draft.moves("name")]
    if not wanting:
        return
    table = rows.table(wanting[0].row.kind)
    names = {draft.row.facts["name"] for draft in wanting}
    query = select(table.c.name, table.c.id).where(table.c.tenant_id == desk.scope.tenant, table.c.name.in_(names))
    found = (await desk.session.execute(query.where(live(table)))).all()
    given_up = {draft.row.id for draft in drafts if not draft.row.live or draft.moves("name")}
    taken = {name for name, id in found if id not in given_up}
    for draft in wanting:
        name = draft.row.facts["name"]
        if name in taken:
            draft.refuse(Code.NAME_TAKEN, "name")
        taken.add(name)
