"""A connection to the emulated Jiandaoyun in this process."""

from typing import Any

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.crm import Cursor
from kequn.contracts.records import Kind, Record, Value
from plugins.jiandaoyun import MANIFEST, limits
from plugins.jiandaoyun.adapter import JiandaoyunCrm
from plugins.jiandaoyun.emulator import JiandaoyunEmulator, build
from tests.plugins import rig

BASE = "http://jdy.test"


class Rig(rig.Rig[JiandaoyunEmulator, JiandaoyunCrm]):
    subject = rig.Subject("jiandaoyun", MANIFEST, build, JiandaoyunCrm, BASE, limits)

    def forms(self, **more: Any) -> dict[str, Any]:
        """The emulator's setting `forms`, with other words for some."""
        forms: dict[str, Any] = {name: dict(form) for name, form in self.base["forms"].items()}
        return {name: {**forms.get(name, {}), **more.get(name, {})} for name in {**forms, **more}}

    @property
    def faults(self) -> Any:
        return self.emulator.faults

    def calls(self, since: int = 0) -> list[str]:
        """The calls that were made, without what all begin with."""
        return [seen.path.removeprefix("/api/v5/app/entry/") for seen in self.emulator.requests[since:]]

    async def walk(self, feed: str = "customer", cursor: Cursor | None = None) -> rig.Walked:
        return await super().walk(feed, cursor)

    async def created(self, kind: Kind, reference: str, /, **fields: Value) -> Receipt:
        change = creation(kind, reference, **fields)
        return await self.create(change.kind, change.object, reference, **change.fields)


def creation(kind: Kind, reference: str, /, **fields: Value) -> Change:
    more: dict[str, Value] = {"type": "person", **fields} if kind is Kind.CUSTOMER else dict(fields)
    return Change(Op.CREATE, kind, kind.value, reference, fields=more)


def update(record: Record, **fields: Value) -> Change:
    return Change(
        Op.UPDATE, record.kind, record.object, record.reference or "none", record.id, record.version, fields
    )  # fmt: skip


def deletion(record: Record) -> Change:
    return Change(Op.DELETE, record.kind, record.object, record.reference or "none", record.id, record.version)


async def opened(**parts: Any) -> Rig:
    rig = Rig(**parts)
    await rig.crm.open()
    return rig
