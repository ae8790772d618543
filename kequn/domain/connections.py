"""What a person may do with a connection. Nothing here deletes anything anywhere."""

from uuid import UUID

from kequn.domain import rights, schedules
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import connections
from kequn.store.tables import Connection


async def find(desk: Desk, id: UUID) -> Connection:
    connection = await connections.by_id(desk.session, desk.scope, id)
    if connection is None:
        raise refuse(Code.NOT_FOUND, "connection_id")
    return connection


async def pause(desk: Desk, id: UUID) -> UUID:
    """Nothing is pulled or pushed any more; what changes meanwhile waits."""
    return (await connections.pause(desk.session, desk.scope, await _name(desk, id))).id


async def resume(desk: Desk, id: UUID) -> UUID:
    return (await connections.resume(desk.session, desk.scope, await _name(desk, id))).id


async def schedule(desk: Desk, id: UUID, every: float | None, cron: str | None, zone: str) -> UUID:
    """When it is synced though nothing asks for it. With neither of them: as often as the server says."""
    name = await _name(desk, id)
    if every is not None and cron is not None:
        raise refuse(Code.BAD_SCHEDULE, "cron", reason="either every so many seconds or a cron line")
    try:
        when = schedules.cron(cron, zone) if cron is not None else schedules.every(every) if every is not None else {}
    except schedules.BadSchedule as error:
        raise refuse(Code.BAD_SCHEDULE, "every_seconds" if cron is None else "cron", reason=str(error)) from None
    return (await connections.schedule(desk.session, desk.scope, name, when)).id


async def _name(desk: Desk, id: UUID) -> str:
    rights.require(desk.actor, rights.MANAGE)
    connection = await find(desk, id)
    if connection.state == "removed":
        raise refuse(Code.CONNECTION_NOT_ACTIVE, "connection_id", state=connection.state)
    return connection.name
