"""Work that is too long for a request, and is left to a worker."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from kequn.store.tables.base import Owned
from kequn.store.types import UtcDateTime


class EvaluationRequest(Owned, table=True):
    """Somebody wants the customers evaluated, at `as_of` or at the end of the day. One waits at most."""

    __tablename__ = "evaluation_request"
    __table_args__ = (
        Index(
            "uq_evaluation_request_waiting",
            "tenant_id",
            unique=True,
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    as_of: datetime | None = Field(default=None, sa_type=UtcDateTime)
    whole: bool = True
    asked_at: datetime = Field(sa_type=UtcDateTime)
    asked_by: str
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
