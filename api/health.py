"""/healthz: the process answers. /readyz: it can do its work, the database is in reach and has every column."""

from sqlalchemy import false, select, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from api.answers import Json
from api.parts import Parts
from kequn.store import trouble
from kequn.store.database import Database
from kequn.store.tables import metadata


async def healthz(request: Request) -> Response:
    return Json({"status": "ok"})


async def readyz(request: Request) -> Response:
    """A database that was found migrated is only asked whether it answers."""
    state = request.app.state
    try:
        await _look(Parts.of(request).database, deep=not getattr(state, "migrated", False))
    except (SQLAlchemyError, OSError) as error:
        Parts.of(request).log.warning("not ready", type=trouble.name(error))
        return Json({"status": "unavailable", "message": "the database is out of reach or not migrated"}, 503)
    state.migrated = True
    return Json({"status": "ready"})


async def _look(database: Database, *, deep: bool) -> None:
    async with database.reading() as session:
        await session.execute(text("SELECT 1"))
        for table in metadata.sorted_tables if deep else ():
            await session.execute(select(table).where(false()))
