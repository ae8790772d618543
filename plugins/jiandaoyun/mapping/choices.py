"""Tiers as options of a widget, where a company has no form for them. Pure. The API tells no options: the settings name
them, and what else stands in a record is one too. kequn adds and renames none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kequn.contracts.codecs import cannot_hold
from kequn.contracts.crm import FieldSchema, ObjectSchema
from kequn.contracts.records import Kind, Record, Ref, Value
from plugins.jiandaoyun.mapping.values import Text, Whole

TIERS = "tiers"
"""What kequn calls them."""

FIELDS = ("name",)


@dataclass(frozen=True)
class Choice(Whole):
    """A tier, by the text of its option."""

    def read(self, raw: Any) -> Ref | None:
        text = Text().read(raw)
        return None if text is None else Ref(Kind.TIER, TIERS, text)

    def write(self, value: Value) -> str | None:
        if not isinstance(value, Ref):
            return None
        if value.object != TIERS:
            raise cannot_hold(f"it takes an option, not a record of {value.object}")
        return Text().write(value.id)


def tier(text: str) -> Record:
    """Options have no history: their version is always 0."""
    return Record(Kind.TIER, TIERS, text, 0, {"name": text})


def others(records: Iterable[Record], named: Sequence[str]) -> list[Record]:
    """The tiers that these records are in and that the settings do not name."""
    held = {
        ref.id for record in records for ref in record.fields.values() if isinstance(ref, Ref) and ref.object == TIERS
    }
    return [tier(text) for text in sorted(held - set(named))]


def schema(options: Sequence[str]) -> ObjectSchema:
    name = FieldSchema("name", "等级", "combo", read_only=True, options=tuple(options), maps_to="name")
    return ObjectSchema(TIERS, "等级", Kind.TIER, (name,))
