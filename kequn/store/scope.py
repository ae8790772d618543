"""Whose data, and who asks. Every query takes a `Scope`; every change by a person takes an `Actor`."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import IntEnum
from uuid import UUID


class Role(IntEnum):
    """What a token may do; each role may do all that the one before may."""

    VIEWER = 1
    OPERATOR = 2
    DEVELOPER = 3
    ADMIN = 4

    @classmethod
    def named(cls, name: str) -> "Role":
        try:
            return cls[name.upper()]
        except KeyError:
            raise ValueError(f"there is no role {name}; choose viewer, operator, developer or admin") from None


@dataclass(frozen=True)
class Sight:
    """What somebody sees of a tenant. `staff`: only the customers whose owner this is, and what hangs on them; with
    `department` those of everybody in the same department. `personal`: also what tells who or where a person is."""

    staff: UUID | None = None
    department: bool = False
    personal: bool = True

    @property
    def whole(self) -> bool:
        return self.staff is None and self.personal


@dataclass(frozen=True)
class Scope:
    """One tenant's rows, or those of them that somebody sees."""

    tenant: UUID
    sight: Sight = Sight()


@dataclass(frozen=True)
class Actor:
    """Somebody who reads or changes data: a token's holder, or the system itself (`name` = "system").
    `batch`: may have large pages. `until`: when the token runs out. `sight`: only a viewer's is not the whole.
    `zone`: where days begin and end for who asks with a token; the tenant's."""

    tenant: UUID
    role: Role
    name: str
    batch: bool = False
    until: datetime | None = None
    sight: Sight = Sight()
    zone: tzinfo = UTC

    @property
    def scope(self) -> Scope:
        return Scope(self.tenant, self.sight)

    def may(self, role: Role) -> bool:
        return self.role >= role
