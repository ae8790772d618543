"""Finding rows by what stands somewhere in their texts: which fields can be searched, how texts become pairs of
letters, and the index that is kept of them in the transaction of the row. Only narrows down: whether a text does hold
what was asked is for the filter itself to say, so that a row too many is no harm."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from operator import itemgetter
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store.scope import Scope
from kequn.store.tables import SearchText
from kequn.store.upsert import insert_many, insert_or_renew
from kequn.store.values import Fact
from kequn.store.where import fold

if TYPE_CHECKING:
    from kequn.store.rows import Row

FIELDS: Mapping[Kind, frozenset[str]] = {
    Kind.CUSTOMER: frozenset({"name", "first_name", "last_name", "phone"}),
    Kind.STAFF: frozenset({"name"}),
    Kind.TIER: frozenset({"name"}),
    Kind.GROUP: frozenset({"name", "purpose", "description"}),
    Kind.PURCHASE: frozenset({"name"}),
    Kind.INTERACTION: frozenset({"subject", "content"}),
    Kind.FEEDBACK: frozenset({"subject", "content", "solution"}),
}
LONGEST = 2000  # letters of a row that are looked at; one with more of them is always among those found
LONG = "long"  # no pair: those are hexadecimal
_texts: Table = SearchText.__table__  # type: ignore[attr-defined]


def covers(kind: str, field: str, part: str) -> bool:
    """Whether the index knows which rows may contain this part."""
    return len(part) > 1 and any(field in fields for known, fields in FIELDS.items() if known == kind)


def grams(texts: Iterable[str]) -> str:
    """The pairs of letters of the texts, each once, in an order that depends on nothing else."""
    left, found = LONGEST, set[str]()
    for text in texts:
        found |= _pairs(text[:left])
        if len(text) > left:
            return " ".join([*sorted(found), LONG])
        left -= len(text)
    return " ".join(sorted(found))


def sought(part: str) -> str:
    """The pairs that all must be there. Only the first ones: more make it no faster."""
    return " ".join(sorted(_pairs(part[:32])))


def _pairs(text: str) -> set[str]:
    """In hexadecimal digits, four for each letter: no letter of theirs means anything to an index."""
    digits = fold(text).encode("utf-16-be", errors="surrogatepass").hex()
    return {digits[place : place + 8] for place in range(0, len(digits) - 4, 4)}


async def index(session: AsyncSession, scope: Scope, rows: Sequence["Row"]) -> None:
    """Note what can be found of these rows."""
    values = [
        {
            "number": _number(scope, row.id),
            "tenant_id": scope.tenant,
            "row_id": row.id,
            "grams": grams(_found(row.facts, FIELDS[row.kind])),
        }
        for row in rows
        if row.kind in FIELDS
    ]
    if values:
        in_order = sorted(values, key=itemgetter("number"))  # else FTS5 writes each by itself
        await insert_many(session, insert_or_renew(session, _texts, "grams"), in_order)


def _found(facts: Mapping[str, Fact], fields: Iterable[str]) -> list[str]:
    return [fact for name in sorted(fields) if isinstance(fact := facts.get(name), str)]


def _number(scope: Scope, row: UUID) -> int:
    """The same for a row at any time: FTS5 knows its rows by a number. Two rows of a tenant with one number are less
    likely than any failure of a disk."""
    return int.from_bytes(blake2b(scope.tenant.bytes + row.bytes, digest_size=8).digest(), "big") >> 1
