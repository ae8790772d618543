"""What the sync writes down: runs, the change log, conflicts, the outbox and intents."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from kequn.store.tables.base import Owned
from kequn.store.tables.connection import of_connection
from kequn.store.types import Json, UtcDateTime


class Run(Owned, table=True):
    """One sync of one connection. `generation` rises whenever somebody takes the run over; whoever holds an older one
    may write nothing any more. `state`: queued, running, done, stopped (a brake, a pause), failed. Who asks for the
    open ones (queued, running) says that they have not finished: that is what their index holds."""

    __table_args__ = (
        of_connection(),
        Index(None, "tenant_id", "connection_id", "started_at"),
        Index(None, "tenant_id", "finished_at"),
        Index(
            "ix_run_open",
            "tenant_id",
            "connection_id",
            "id",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index(
            "uq_run_running",
            "tenant_id",
            "connection_id",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
    )

    connection_id: UUID
    state: str = "queued"
    starter: str = "command"
    worker: str | None = None
    generation: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    code: str | None = None
    message: str | None = None


class Change(Owned, table=True):
    """One entry of the change log, never altered. `fields`: the names that changed; `values`: {name: [old, new]},
    sealed. `op`: create, update, delete, restore, merge, unmerge. `source`: sync, person or rule."""

    __table_args__ = (Index(None, "tenant_id", "row_id", "id"), Index(None, "tenant_id", "run_id"))

    kind: str
    row_id: UUID
    op: str
    at: datetime = Field(sa_type=UtcDateTime)
    source: str
    actor: str
    rule: str = ""
    run_id: UUID | None = None
    connection_id: UUID | None = None
    fields: list[Any] = Field(default_factory=list, sa_type=Json)
    values: bytes = Field(sa_type=LargeBinary)


class Conflict(Owned, table=True):
    """Something that a person must choose. `type`: field (both sides moved it), delete (one side deleted), match (two
    rows could be this record), merge (two records became one in a CRM). `field` is empty unless type is field.
    `values` (sealed): base, ours, theirs; for match: the candidates. `unique open`: one per record and field."""

    __table_args__ = (
        of_connection(),
        Index(None, "tenant_id", "row_id"),
        Index(None, "tenant_id", "state", "id"),
        Index(
            "uq_conflict_open",
            "tenant_id",
            "connection_id",
            "object",
            "external_id",
            "type",
            "field",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    connection_id: UUID
    object: str
    external_id: str
    kind: str
    row_id: UUID | None = None
    type: str = "field"
    field: str = ""
    state: str = "open"
    values: bytes = Field(sa_type=LargeBinary)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_by: str | None = None
    choice: str | None = None


class Outbox(SQLModel, table=True):
    """Row R may differ from connection C. What to write is worked out when it is pushed. `generation` rises with every
    change of the row. A row that cannot go out waits here with its cause. `urgent`: somebody has changed it here, and
    looks for it there; what was heard from another CRM may wait."""

    __table_args__ = (of_connection(), Index(None, "tenant_id", "connection_id", "next_try_at"))

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    connection_id: UUID = Field(primary_key=True)
    row_id: UUID = Field(primary_key=True)
    kind: str
    generation: int = 1
    urgent: bool = False
    attempts: int = 0
    code: str | None = None
    cause: str | None = None
    field: str | None = None
    queued_at: datetime = Field(sa_type=UtcDateTime)
    next_try_at: datetime = Field(sa_type=UtcDateTime)


class Intent(Owned, table=True):
    """A write that may be out there: it was sent, its answer was not seen. `values`: exactly what was sent, sealed."""

    __table_args__ = (
        of_connection(),
        Index(None, "tenant_id", "connection_id", "object", "external_id"),
        Index(None, "tenant_id", "row_id"),
    )

    connection_id: UUID
    batch: str
    kind: str
    row_id: UUID
    object: str
    external_id: str | None = None
    op: str
    reference: str
    values: bytes = Field(sa_type=LargeBinary)
    sent_at: datetime = Field(sa_type=UtcDateTime)
