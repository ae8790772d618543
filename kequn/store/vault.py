"""Personal values at rest: sealed under a key per customer, so that destroying one key erases one person.
Decides whose key a value takes; the cipher itself is contracts/secrets.py. A destroyed key leaves an empty one: nobody
makes a new key for an erased person, and what is sealed for them is lost at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.contracts.secrets import Cipher, Keyring
from kequn.store import expressions
from kequn.store.pairs import one_of_those, ordered
from kequn.store.scope import Scope
from kequn.store.tables import CustomerKey
from kequn.store.upsert import insert_many, insert_new, insert_or_update
from kequn.store.values import Fact

_keys = CustomerKey.__table__  # type: ignore[attr-defined]
WRAPPED = "wrapped"
_OPENED = "opened keys"
_WRAPPED = select(_keys.c.subject_id, _keys.c.wrapped).where(
    _keys.c.tenant_id == bindparam("tenant"), one_of_those(_keys.c.subject_id, "subjects")
)
_SUBJECT = 16  # bytes of the subject's id in front of what is sealed


class Erased(LookupError):
    """The key of this value was destroyed, or the value itself was: it is to be known no more."""


def subject(scope: Scope, kind: Kind, row_id: UUID, facts: Mapping[str, Fact]) -> UUID:
    """Whose key covers the values of this row: its customer's, or the tenant's where there is none."""
    if kind is Kind.CUSTOMER:
        return row_id
    customer = facts.get("customer")
    return customer if isinstance(customer, UUID) else scope.tenant


def subject_of(sealed: bytes) -> UUID:
    return UUID(bytes=sealed[:_SUBJECT])


def key_of(scope: Scope, sealed: ColumnElement[Any]) -> Select[Any]:
    """The key that covers what a column holds, still wrapped; none when it was destroyed."""
    key = _keys.alias()
    return select(key.c.wrapped).where(
        key.c.tenant_id == scope.tenant, key.c.subject_id == expressions.subject_of(sealed)
    )


def wrapped(scope: Scope, sealed: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same beside the column; null when it was destroyed."""
    return key_of(scope, sealed).scalar_subquery().label(WRAPPED)


def forgotten(whose: UUID) -> bytes:
    """What stands in a sealed column whose values were destroyed: whose they were, and nothing else."""
    return whose.bytes


def only_whose(sealed: ColumnElement[Any]) -> ColumnElement[bytes]:
    """The same of what a column holds: whose it was stays."""
    return func.substr(sealed, 1, _SUBJECT, type_=sealed.type)


class Keys:
    """The keys of some subjects, opened. `destroyed`: those of them who were erased."""

    def __init__(self, ciphers: Mapping[UUID, Cipher], destroyed: Set[UUID] = frozenset()) -> None:
        self._ciphers = ciphers
        self._destroyed = destroyed

    @property
    def subjects(self) -> Set[UUID]:
        return self._ciphers.keys() | self._destroyed

    def and_those(self, others: "Keys") -> "Keys":
        return Keys({**self._ciphers, **others._ciphers}, self._destroyed | others._destroyed)

    def seal(self, whose: UUID, plain: bytes, bind: str) -> bytes:
        """For who was erased nothing is kept."""
        if whose in self._destroyed:
            return forgotten(whose)
        return whose.bytes + self._ciphers[whose].seal(plain, bind)

    def open(self, sealed: bytes, bind: str) -> bytes:
        """Raises Erased when the subject's key is gone, or the values are."""
        cipher = self._ciphers.get(subject_of(sealed))
        if cipher is None or len(sealed) == _SUBJECT:
            raise Erased("these values were erased")
        return cipher.open(sealed[_SUBJECT:], bind)


class Vault:
    """Opens and makes the keys of subjects."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def keys(self, session: AsyncSession, scope: Scope, subjects: Collection[UUID]) -> Keys:
        """The keys of these subjects that exist, or existed."""
        found = await self._wrapped(session, scope, set(subjects))
        return self._opened(found, {})

    async def _wrapped(self, session: AsyncSession, scope: Scope, subjects: Set[UUID]) -> dict[UUID, bytes]:
        if not subjects:
            return {}
        asked = {"tenant": scope.tenant, "subjects": ordered(subjects)}
        return {row[0]: row[1] for row in (await session.execute(_WRAPPED, asked)).all()}

    def opened(self, found: Iterable[Mapping[Any, Any]], sealed: str) -> Keys:
        """The keys of rows that came with them (`wrapped`)."""
        beside = {subject_of(columns[sealed]): columns[WRAPPED] for columns in found}
        return Keys({whose: self._open(whose, key) for whose, key in beside.items() if key})

    async def keys_for_writing(self, session: AsyncSession, scope: Scope, subjects: Iterable[UUID]) -> Keys:
        """The keys of these subjects; those that are missing are made. A transaction that writes about somebody does so
        in several places: it opens a key once."""
        known: Keys = session.info.get((_OPENED, scope.tenant), Keys({}))
        wanted = set(subjects) - known.subjects
        keys = known.and_those(await self.keys(session, scope, wanted)) if wanted else known
        if missing := sorted(wanted - keys.subjects):
            keys = keys.and_those(await self._made(session, scope, missing))
        if not session.in_nested_transaction():  # what is made there may not stay
            session.info[_OPENED, scope.tenant] = keys
        return keys

    async def _made(self, session: AsyncSession, scope: Scope, missing: Sequence[UUID]) -> Keys:
        made = {whose: self._keyring.new_cipher(place(whose)) for whose in missing}
        rows = [{"tenant_id": scope.tenant, "subject_id": whose, "wrapped": made[whose][0]} for whose in missing]
        await insert_many(session, insert_new(session, _keys), rows)
        kept = await self._wrapped(session, scope, made.keys())  # somebody else may have made one meanwhile
        return self._opened(kept, made)

    def _opened(self, wrapped: Mapping[UUID, bytes], made: Mapping[UUID, tuple[bytes, Cipher]]) -> Keys:
        """`made`: those that need not be opened, since they were made just now."""
        ciphers = {
            whose: made[whose][1] if whose in made and made[whose][0] == key else self._open(whose, key)
            for whose, key in wrapped.items()
            if key
        }
        return Keys(ciphers, wrapped.keys() - ciphers.keys())

    async def destroy(self, session: AsyncSession, scope: Scope, subjects: Iterable[UUID]) -> None:
        """Whatever was sealed for these subjects is lost, and so is whatever will be."""
        rows = [{"tenant_id": scope.tenant, "subject_id": whose, "wrapped": b""} for whose in sorted(set(subjects))]
        if rows:
            await session.execute(insert_or_update(session, _keys, "wrapped"), rows)
        session.info.pop((_OPENED, scope.tenant), None)

    def _open(self, whose: UUID, wrapped: bytes) -> Cipher:
        return self._keyring.open_cipher(wrapped, place(whose))


def place(whose: UUID) -> str:
    """What the key of a subject is bound to."""
    return f"customer_key/{whose.hex}"
