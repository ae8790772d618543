"""Rows of any table, made from its columns alone: with a mark in every text, and with whatever they refer to."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Date, LargeBinary, Table, insert
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store.ledger import Ledger
from kequn.store.types import UtcDateTime

MARK, WORD = "Quillon Marsh", "anything"


@dataclass(frozen=True)
class Filling:
    """Where rows are made, and what stands in their texts. What they refer to has another word there."""

    session: AsyncSession
    tenant: UUID
    ledger: Ledger
    mark: str = MARK

    async def fill(self, table: Table, **given: Any) -> dict[str, Any]:
        """A row of the table, with `given`; and what it must refer to. The row."""
        values = dict(given)
        for column in table.columns:
            if column.name not in values:
                values[column.name] = await self._value(column)
        await self.session.execute(insert(table).values(values))
        return values

    async def _value(self, column: Column[Any]) -> Any:
        if column.name == "tenant_id":
            return self.tenant
        ends = [key.column.table for key in column.foreign_keys if key.column.name == "id"]
        if column.name in {"deleted_at", "merged_into"} or (ends and (column.nullable or ends[0] is column.table)):
            return None
        return (await replace(self, mark=WORD).fill(ends[0]))["id"] if ends else self._plain(column)

    def _plain(self, column: Column[Any]) -> Any:
        unlike = f"{self.mark} {self.ledger.new_id().hex}"
        match column.type:
            case JSON():
                return {"said": unlike}
            case LargeBinary():
                return unlike.encode()
            case Date():
                return self.ledger.clock.now().date()
            case UtcDateTime():
                return self.ledger.clock.now()
        kinds: dict[type, Any] = {UUID: self.ledger.new_id(), bool: False, int: 1, float: 1.0}
        return kinds.get(column.type.python_type, unlike)
