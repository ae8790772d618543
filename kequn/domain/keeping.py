"""How rows that are kequn's own are found, added and changed: of one tenant, locked, with their texts checked. Knows no
rule of any of them; rows that CRMs have too take another road (editing.py, batches.py)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, Table, bindparam, insert, select, update

from kequn.contracts.records import Kind
from kequn.domain import editing, rights
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import rows
from kequn.store.where import live

NAME, TEXT = 200, 20_000
Found = Mapping[Any, Any]


async def find(desk: Desk, table: Table, id: UUID, *path: str, version: int | None = None) -> Found:
    """The row, locked. `version`: the one that a person read and edits. Raises Refused."""
    query = select(table).where(table.c.tenant_id == desk.scope.tenant, table.c.id == id).with_for_update()
    row = (await desk.session.execute(query)).mappings().first()
    if row is None:
        raise refuse(Code.NOT_FOUND, *(path or ("id",)))
    if version is not None and row["version"] != version:
        raise refuse(Code.STALE_VERSION, "version", version=row["version"])
    return row


async def find_within(desk: Desk, table: Table, id: UUID, owner: Column[Any], owners: Table) -> tuple[Found, Found]:
    """The row and the one that it belongs to, which `owner` names. That is locked first: who locks it and then its rows
    is not waited for while he waits. Raises Refused."""
    query = select(owner).where(table.c.tenant_id == desk.scope.tenant, table.c.id == id)
    above = (await desk.session.execute(query)).scalar()
    if above is None:
        raise refuse(Code.NOT_FOUND, "id")
    held = await find(desk, owners, above)
    return await find(desk, table, id), held


async def add(desk: Desk, table: Table, **values: Any) -> UUID:
    id: UUID = values.pop("id", None) or desk.ledger.new_id()
    await desk.session.execute(insert(table).values(tenant_id=desk.scope.tenant, id=id, **values))
    return id


async def change(desk: Desk, table: Table, id: UUID, **values: Any) -> UUID:
    mine = (table.c.tenant_id == desk.scope.tenant, table.c.id == id)
    await desk.session.execute(update(table).where(*mine).values(**values))
    return id


async def change_each(desk: Desk, table: Table, changed: Sequence[Mapping[str, Any]]) -> None:
    """Many rows at once, each by its `id`: all of them in the same columns."""
    if not changed:
        return
    settings: dict[str, Any] = {name: bindparam(name) for name in changed[0] if name != "id"}
    mine = (table.c.tenant_id == desk.scope.tenant, table.c.id == bindparam("at_id"))
    connection = await desk.session.connection()
    at = [{"at_id": one["id"], **{name: one[name] for name in settings}} for one in changed]
    await connection.execute(update(table).where(*mine).values(settings), at)


async def edit(desk: Desk, table: Table, known: Found, **values: Any) -> UUID:
    """What a person changes: counted, so that whoever read the row before is told. What changes nothing is no edit."""
    id: UUID = known["id"]
    changed = {name: value for name, value in values.items() if value != known[name]}
    if not changed:
        return id
    return await change(desk, table, id, **changed, version=known["version"] + 1, **edited(desk))


def edited(desk: Desk) -> dict[str, Any]:
    return {"changed_at": now(desk), "changed_by": desk.actor.name}


def text(entered: str | None, field: str, limit: int = TEXT, *, required: bool = False) -> str:
    """Without blanks around. Raises Refused."""
    bare = (entered or "").strip()
    if required and not bare:
        raise refuse(Code.REQUIRED, field)
    if len(bare) > limit:
        raise refuse(Code.TOO_LONG, field, limit=limit)
    if "\x00" in bare:
        raise refuse(Code.BAD_TEXT, field)
    return bare


def number(entered: int, field: str, least: int, most: int) -> int:
    if not least <= entered <= most:
        raise refuse(Code.BAD_NUMBER, field)
    return entered


def now(desk: Desk) -> datetime:
    return desk.ledger.clock.now()


async def group(desk: Desk, id: UUID) -> UUID:
    """The live group, locked: what is counted in it is counted by one at a time. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    row = await editing.survivor(desk, Kind.GROUP, id)
    if row is None:
        raise refuse(Code.UNKNOWN_GROUP, "group_id")
    return row.id


async def customer(desk: Desk, id: UUID) -> UUID:
    """The live customer, locked. Raises Refused."""
    row = await editing.survivor(desk, Kind.CUSTOMER, id)
    if row is None:
        raise refuse(Code.UNKNOWN_CUSTOMER, "customer_id")
    return row.id


def living(desk: Desk) -> Select[tuple[UUID]]:
    """The ids of the customers who are still there, to stand in `IN`."""
    customers = rows.table(Kind.CUSTOMER)
    return select(customers.c.id).where(customers.c.tenant_id == desk.scope.tenant, live(customers))


async def staff(desk: Desk, id: UUID, field: str = "staff_id") -> UUID:
    row = await editing.survivor(desk, Kind.STAFF, id)
    if row is None:
        raise refuse(Code.UNKNOWN_STAFF, field)
    return row.id
