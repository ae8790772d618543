"""Whose data, and who asks. Every query takes a `Scope`; every change by a person takes an `Actor`."""

from dataclasses import dataclass
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
class Scope:
    """One tenant's rows."""

    tenant: UUID


@dataclass(frozen=True)
class Actor:
    """Somebody who reads or changes data: a token's holder, or the system itself (`name` = "system").
    `batch`: may have large pages."""

    tenant: UUID
    role: Role
    name: str
    batch: bool = False

    @property
    def scope(self) -> Scope:
        return Scope(self.tenant)

    def may(self, role: Role) -> bool:
        return self.role >= role
