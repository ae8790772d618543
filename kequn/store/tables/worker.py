"""Workers: the processes that execute runs. They belong to no tenant."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from kequn.store.types import UtcDateTime


class Worker(SQLModel, table=True):
    """A process that is at work. `beat` rises while it lives; others tell by it, on clocks of their own, whether it is
    dead. `beat_at` is for people."""

    id: str = Field(primary_key=True)
    beat: int = 0
    started_at: datetime = Field(sa_type=UtcDateTime)
    beat_at: datetime = Field(sa_type=UtcDateTime)
