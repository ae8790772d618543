"""What alembic runs: on the connection that `migrations` hands over, inside its transaction."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import types
from sqlmodel.sql.sqltypes import AutoString

from kequn.store.tables import metadata
from kequn.store.types import UtcDateTime
from migrations import ours


def plain(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Types of SQLAlchemy alone: a migration must run on, whatever becomes of the types of the tables."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    if kind == "type" and type(item) is types.JSON:
        return "sa.JSON()"
    return False


context.configure(
    include_name=ours,
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can, because Database says BEGIN itself
    render_as_batch=context.config.attributes.get("batch", False),
    render_item=plain,
)
with context.begin_transaction():
    context.run_migrations()
