"""When a connection is synced though nothing asks for it, as people read it. What a schedule may be is
kequn/domain/schedules.py; it is changed beside the policies (regulating.py)."""

from collections.abc import Mapping
from typing import Any

import strawberry

from schema.declared import Worked, said
from schema.words import shown


@strawberry.type(description="When a connection is synced though nothing asks for it 同步计划")
class SyncSchedule:
    every_seconds: float | None = strawberry.field(description="Every so many seconds 间隔秒数")
    cron: str | None = strawberry.field(description="At the times of a cron line: minute hour day month weekday 定时")
    time_zone: str | None = strawberry.field(description="The zone of its hours 时区")


def _schedule(plain: Mapping[str, Any]) -> SyncSchedule | None:
    if not plain:
        return None
    return SyncSchedule(every_seconds=plain.get("every"), cron=plain.get("cron"), time_zone=plain.get("zone"))


@strawberry.type
class Scheduled:
    """A connection as its schedule has it."""

    @shown(
        "When it is synced though nothing asks for it; empty: as often as the server says 同步计划",
        said(Worked(lambda found: _schedule(found.here["schedule"]), ("schedule",))),
    )
    async def schedule(self) -> SyncSchedule | None:
        return _schedule(self.schedule)  # type: ignore[arg-type]
