"""Personal values at rest: sealed under a key per customer, so that destroying one key erases one person.
Decides whose key a value takes; the cipher itself is contracts/secrets.py."""

from collections.abc import Collection, Iterable, Mapping, Set
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.contracts.secrets import Cipher, Keyring
from kequn.store import expressions
from kequn.store.scope import Scope
from kequn.store.tables import CustomerKey
from kequn.store.upsert import insert_new
from kequn.store.values import Fact

_keys = CustomerKey.__table__  # type: ignore[attr-defined]
WRAPPED = "wrapped"
_SUBJECT = 16  # bytes of the subject's id in front of what is sealed


class Erased(LookupError):
    """The key of this value was destroyed: the person was erased."""


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


class Keys:
    """The keys of some subjects, opened."""

    def __init__(self, ciphers: Mapping[UUID, Cipher]) -> None:
        self._ciphers = ciphers

    @property
    def subjects(self) -> Set[UUID]:
        return self._ciphers.keys()

    def seal(self, whose: UUID, plain: bytes, bind: str) -> bytes:
        return whose.bytes + self._ciphers[whose].seal(plain, bind)

    def open(self, sealed: bytes, bind: str) -> bytes:
        """Raises Erased when the subject's key is gone."""
        cipher = self._ciphers.get(subject_of(sealed))
        if cipher is None:
            raise Erased("these values were erased with their customer")
        return cipher.open(sealed[_SUBJECT:], bind)


class Vault:
    """Opens and makes the keys of subjects."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def keys(self, session: AsyncSession, scope: Scope, subjects: Collection[UUID]) -> Keys:
        """The keys of these subjects that exist."""
        wanted = set(subjects)
        query = select(_keys.c.subject_id, _keys.c.wrapped).where(
            _keys.c.tenant_id == scope.tenant, _keys.c.subject_id.in_(wanted)
        )
        found = (await session.execute(query)).all() if wanted else []
        return Keys({whose: self._open(whose, wrapped) for whose, wrapped in found})

    def opened(self, found: Iterable[Mapping[Any, Any]], sealed: str) -> Keys:
        """The keys of rows that came with them (`wrapped`)."""
        beside = {subject_of(columns[sealed]): columns[WRAPPED] for columns in found}
        return Keys({whose: self._open(whose, key) for whose, key in beside.items() if key is not None})

    async def keys_for_writing(self, session: AsyncSession, scope: Scope, subjects: Iterable[UUID]) -> Keys:
        """The keys of these subjects; those that are missing are made."""
        wanted = set(subjects)
        keys = await self.keys(session, scope, wanted)
        missing = sorted(wanted - keys.subjects)
        if not missing:
            return keys
        rows = [
            {"tenant_id": scope.tenant, "subject_id": whose, "wrapped": self._keyring.new_cipher(_bind(whose))[0]}
            for whose in missing
        ]
        await session.execute(insert_new(session, _keys), rows)  # somebody else may have made one meanwhile
        return await self.keys(session, scope, wanted)

    def _open(self, whose: UUID, wrapped: bytes) -> Cipher:
        return self._keyring.open_cipher(wrapped, _bind(whose))


def _bind(whose: UUID) -> str:
    return f"customer_key/{whose.hex}"
