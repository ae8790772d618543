"""Daily counts of messages and interactions from a sheet: group by name, member by phone."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import batches, rights
from kequn.domain.batches import Done
from kequn.domain.checks import Entered
from kequn.domain.community import belonging, members
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Refused, refuse
from kequn.domain.sheets import columns
from kequn.domain.sheets.columns import Columns
from kequn.domain.sheets.importing import Cells, Plan, Wrong

FIELDS = ("group", "member", "day", "messages", "interactions")


async def bring_in(desk: Desk, mapping: Columns, sheet: Sequence[Cells]) -> Plan:
    """Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    headers = {field: header for header, field in mapping.fields.items()}
    if not {"group", "member", "day"} <= set(headers):
        raise refuse(Code.REQUIRED, "map")
    plan = Plan()
    for place, cells in enumerate(sheet, 1):
        said = {name: cells.get(header, "").strip() for name, header in headers.items()}
        try:
            await _active(desk, said)
            plan.counts[Done.UPDATED.value] += 1
        except Refused as refused:
            plan.counts[Done.REFUSED.value] += 1
            plan.wrong += [Wrong(place, headers.get(str((one.path or ("",))[0]), ""), one) for one in refused.problems]
    return plan


async def _active(desk: Desk, said: Mapping[str, str]) -> None:
    group = await _one(desk, Kind.GROUP, {"name": said["group"]}, "group")
    customer = await _one(desk, Kind.CUSTOMER, {"phone": said["member"]}, "member")
    day = columns.day(said["day"])
    if day is None:
        raise refuse(Code.BAD_DATE, "day")
    if await belonging.membership(desk, group, customer) is None:
        raise refuse(Code.NOT_A_MEMBER, "member")
    counts: dict[str, Any] = {}
    for name in ("messages", "interactions"):
        if not (text := said.get(name) or "0").isdecimal():
            raise refuse(Code.BAD_NUMBER, name)
        counts[name] = int(text)
    await members.active(desk, group, customer, day, **counts)


async def _one(desk: Desk, kind: Kind, known: Mapping[str, Entered], field: str) -> UUID:
    """The only row that has this. Raises Refused."""
    [by] = known
    [item] = await batches.matched(desk, kind, [known], by)
    if item.wrong or item.id is None:
        raise refuse(item.wrong[0].code if item.wrong else Code.NOT_FOUND, field)
    return item.id
