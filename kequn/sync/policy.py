"""What a connection may do, by kind and field: direction, deletes, creates, who wins. Read from the connection's policy
(JSON) and checked here; decides nothing itself.

    {"customer": {"direction": "both", "delete": "ask", "create": "linked-only", "fields": {"phone": "remote"}},
     "guard": {"least": 20, "share": 0.1}}"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from kequn.contracts.errors import BadSettings
from kequn.contracts.records import FIELDS, Kind

T = TypeVar("T", bound=StrEnum)


class Direction(StrEnum):
    BOTH = "both"
    IN = "in"  # pulled, never written
    OUT = "out"  # written, never pulled
    OFF = "off"


class Delete(StrEnum):
    PROPAGATE = "propagate"
    IGNORE = "ignore"
    ASK = "ask"


class Create(StrEnum):
    """Which rows may be created at the connection: none; those whose customer is linked there, or that were linked
    there themselves; all."""

    NEVER = "never"
    LINKED_ONLY = "linked-only"
    ALWAYS = "always"


class Winner(StrEnum):
    """Who wins a field that both sides moved. The losing value stands in the conflict, whoever wins."""

    ASK = "ask"
    REMOTE = "remote"
    LOCAL = "local"
    NEWEST = "newest"


@dataclass(frozen=True)
class KindPolicy:
    direction: Direction = Direction.BOTH
    delete: Delete = Delete.PROPAGATE
    create: Create = Create.LINKED_ONLY
    winner: Winner = Winner.ASK
    fields: Mapping[str, Winner] = field(default_factory=dict)

    def of(self, name: str) -> Winner:
        return self.fields.get(name, self.winner)

    @property
    def pulls(self) -> bool:
        return self.direction in {Direction.BOTH, Direction.IN}

    @property
    def writes(self) -> bool:
        return self.direction in {Direction.BOTH, Direction.OUT}


@dataclass(frozen=True)
class Limits:
    """The brakes of one run: it may delete or blank `least` records, or `share` of those linked if that is more.
    `allow_deletes`: somebody has looked at the deletes of this run and wants them all."""

    least: int = 20
    share: float = 0.1
    allow_deletes: bool = False

    def allowed(self, linked: int) -> int:
        return max(self.least, int(linked * self.share))


@dataclass(frozen=True)
class Policy:
    kinds: Mapping[Kind, KindPolicy]
    limits: Limits = Limits()

    def of(self, kind: Kind) -> KindPolicy:
        return self.kinds[kind]


def _default(kind: Kind) -> KindPolicy:
    if kind is Kind.STAFF:
        return KindPolicy(direction=Direction.IN, delete=Delete.IGNORE, winner=Winner.REMOTE)
    return KindPolicy(delete=Delete.ASK if kind is Kind.CUSTOMER else Delete.PROPAGATE)


def read(plain: Mapping[str, Any]) -> Policy:
    """The policy of a connection. Raises BadSettings, naming what is wrong."""
    unknown = set(plain) - {kind.value for kind in Kind} - {"guard"}
    if unknown:
        raise BadSettings(f"policy: {', '.join(sorted(unknown))} is no kind; choose {', '.join(Kind)} or guard")
    kinds = {kind: _kind(kind, plain.get(kind.value, {})) for kind in Kind}
    return Policy(kinds, _limits(plain.get("guard", {})))


def _kind(kind: Kind, plain: Mapping[str, Any]) -> KindPolicy:
    default = _default(kind)
    _refuse_unknown(f"policy of {kind}", plain, {"direction", "delete", "create", "winner", "fields"})
    fields = plain.get("fields", {})
    _refuse_unknown(f"policy of {kind}, fields", fields, set(FIELDS[kind]))
    return KindPolicy(
        _choice(kind, "direction", Direction, plain.get("direction", default.direction)),
        _choice(kind, "delete", Delete, plain.get("delete", default.delete)),
        _choice(kind, "create", Create, plain.get("create", default.create)),
        _choice(kind, "winner", Winner, plain.get("winner", default.winner)),
        {name: _choice(kind, name, Winner, winner) for name, winner in fields.items()},
    )


def _choice(kind: Kind, name: str, choices: type[T], value: str) -> T:
    try:
        return choices(value)
    except ValueError:
        raise BadSettings(f"policy of {kind}: {name} is {value!r}; choose {', '.join(choices)}") from None


def _limits(plain: Mapping[str, Any]) -> Limits:
    _refuse_unknown("policy: guard", plain, {"least", "share"})
    least, share = plain.get("least", Limits.least), plain.get("share", Limits.share)
    if not isinstance(least, int) or least < 0 or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise BadSettings("policy: guard needs least (a whole number, 0 or more) and share (0 to 1)")
    return Limits(least, float(share))


def _refuse_unknown(where: str, plain: Mapping[str, Any], known: set[str]) -> None:
    unknown = set(plain) - known
    if unknown:
        raise BadSettings(f"{where}: {', '.join(sorted(unknown))} is unknown; choose {', '.join(sorted(known))}")
