"""Connections to CRMs, and what is known of each of their records."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from kequn.store.tables.base import Owned
from kequn.store.types import Json, UtcDateTime


class Connection(Owned, table=True):
    """A tenant's account at one CRM. `settings` are plain, `secrets` and `token` are sealed. `policy`: see
    kequn.sync.policy. `mapping`: a digest of plugin version and mapping settings; when it changes, bases are stale.
    `schedule`: when it is synced though nothing asks for it, see kequn.store.schedules. `failures`: of runs, one after
    the other; `rests_until`: meanwhile no worker begins one by itself. `subscribing_until`: meanwhile somebody asks
    for webhooks, and nobody else does."""

    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: str
    plugin: str
    state: str = "active"  # active, paused, removed
    manifest_version: int = 1
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    secrets: bytes | None = Field(default=None, sa_type=LargeBinary)
    policy: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    mapping: str = ""
    token: bytes | None = Field(default=None, sa_type=LargeBinary)
    token_holder: str | None = None
    token_held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    door: str = ""
    subscription: bytes | None = Field(default=None, sa_type=LargeBinary)
    subscription_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    subscribing_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    schedule: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    failures: int = 0
    rests_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


def of_connection() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id", "connection_id"], ["connection.tenant_id", "connection.id"])


class External(SQLModel):
    """A record of a CRM, by its key there. The tenant is the connection's (`of_connection`)."""

    tenant_id: UUID = Field(primary_key=True)
    connection_id: UUID = Field(primary_key=True)
    object: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    kind: str


class Link(External, table=True):
    """(connection, object, external id) <-> row. `base`: what that CRM and we last agreed on, sealed; `stale`: the
    mapping has changed since. `in_scope`: what is pulled; else nothing is taken from the record and nothing written to
    it. `parted`: nothing is deleted there: the row was, where deletes are not followed, or the record is a double that
    people made. `version`: the CRM's, as last seen or written. A secondary link is read, never written. `owner`: the
    external id of the record that carries this one. `seen`: the last scan that met it. `seen_at`: when it was last
    read, `pushed_at`: when we last wrote it, both on our clock."""

    __table_args__ = (
        of_connection(),
        Index(None, "tenant_id", "row_id"),
        Index(None, "tenant_id", "connection_id", "object", "owner"),
        Index(
            "uq_link_primary",
            "tenant_id",
            "connection_id",
            "object",
            "row_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
    )

    row_id: UUID
    is_primary: bool = True
    in_scope: bool = True
    parted: bool = False
    version: int = Field(default=0, sa_type=BigInteger)
    base: bytes = Field(sa_type=LargeBinary)
    stale: bool = False
    owner: str | None = None
    seen: str | None = None
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    pushed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Tombstone(External, table=True):
    """A dead external id, kept so that late news about it do nothing, and so that a restored record finds its row.
    `again`: the row lives on and is to be created there once more."""

    __table_args__ = (of_connection(), Index(None, "tenant_id", "row_id"))

    row_id: UUID
    version: int = Field(default=0, sa_type=BigInteger)
    into: str | None = None
    again: bool = False
    base: bytes = Field(sa_type=LargeBinary)
    died_at: datetime = Field(sa_type=UtcDateTime)


class Hint(External, table=True):
    """A record to look at again: named by a webhook, waiting for another record, or not readable the last time.
    `cause` says why, in words for people; `field` which field."""

    __table_args__ = (of_connection(),)

    code: str = "WEBHOOK"
    cause: str = ""
    field: str | None = None
    attempts: int = 0
    noted_at: datetime = Field(sa_type=UtcDateTime)
    next_try_at: datetime = Field(sa_type=UtcDateTime)


class Heard(SQLModel, table=True):
    """A webhook that was taken: a digest of what only its repeats share, kept until a repeat would be too old."""

    __table_args__ = (of_connection(), Index(None, "tenant_id", "until"))

    tenant_id: UUID = Field(primary_key=True)
    connection_id: UUID = Field(primary_key=True)
    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    until: datetime = Field(sa_type=UtcDateTime)


class Cursor(SQLModel, table=True):
    """Where a feed of a connection stands. `scan`: the id of the walk under way; `walked_at`: when the last one ended;
    `size`: how many records it met."""

    __table_args__ = (of_connection(),)

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    connection_id: UUID = Field(primary_key=True)
    feed: str = Field(primary_key=True)
    position: dict[str, Any] | None = Field(default=None, sa_type=Json)
    scan: str | None = None
    met: int = 0
    size: int = 0
    walked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Note(SQLModel, table=True):
    """What a plugin has found out about its CRM (contracts/host.py, Notebook)."""

    __table_args__ = (of_connection(),)

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    connection_id: UUID = Field(primary_key=True)
    name: str = Field(primary_key=True)
    value: dict[str, Any] = Field(sa_type=Json)


class Budget(SQLModel, table=True):
    """What a connection has spent of a limit in the cell that began at `began_at`. `met_at`: when somebody first saw it
    whose clock had not come to its beginning; every spending empties it."""

    __table_args__ = (of_connection(),)

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenant.id")
    connection_id: UUID = Field(primary_key=True)
    name: str = Field(primary_key=True)
    began_at: datetime = Field(sa_type=UtcDateTime)
    spent: int = 0
    met_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
