"""What a connection may do, by kind and field: direction, scopes, deletes, who wins. Read from the connection's policy
(JSON) and checked here; decides nothing itself. What holds for all connections stands in rules.py.

    {"customer": {"direction": "both", "pull": {"city": {"eq": "上海"}}, "create": "linked-only", "delete": "ask",
                  "winner": "ask", "fields": {"phone": "remote", "notes": {"direction": "in"}}},
     "identity": ["phone"], "guard": {"least": 20, "share": 0.1}}"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from kequn.contracts import identity
from kequn.contracts.errors import BadSettings
from kequn.contracts.identity import IDENTITIES, Key
from kequn.contracts.records import FIELDS, OUTBOUND, Kind
from kequn.store import condition
from kequn.store.condition import BadCondition
from kequn.store.where import Every, Where
from kequn.sync import rules as shared
from kequn.sync.rules import EVERY, Ranking, Rules, refuse_unknown

T = TypeVar("T", bound=StrEnum)
EVERYTHING: Where = Every()


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
    there themselves; those for which a condition holds; all."""

    NEVER = "never"
    LINKED_ONLY = "linked-only"
    WHERE = "where"
    ALWAYS = "always"


class Winner(StrEnum):
    """Who wins a field that both sides moved. The losing value stands in the conflict, whoever wins."""

    ASK = "ask"
    REMOTE = "remote"
    LOCAL = "local"
    NEWEST = "newest"


@dataclass(frozen=True)
class FieldPolicy:
    """Of one field. `winner`: None where that of the kind, or the tenant's ranking, decides."""

    direction: Direction = Direction.BOTH
    winner: Winner | None = None


@dataclass(frozen=True)
class KindPolicy:
    """Of one kind. `pull`: which records are taken in; `where`: which rows may be created, if `create` says so;
    `authority`: the tenant's rankings."""

    direction: Direction = Direction.BOTH
    delete: Delete = Delete.PROPAGATE
    create: Create = Create.LINKED_ONLY
    winner: Winner = Winner.ASK
    fields: Mapping[str, FieldPolicy] = field(default_factory=dict)
    pull: Where = EVERYTHING
    where: Where = EVERYTHING
    authority: Mapping[str, Ranking] = field(default_factory=dict)

    def ranking(self, name: str) -> Ranking:
        """Who owns the field; nobody, where the connection itself says who wins it."""
        if name in self.fields and self.fields[name].winner:
            return ()
        return self.authority.get(name, self.authority.get(EVERY, ()))

    def of(self, name: str, theirs: str = "", ours: str = "") -> Winner:
        """Who wins the field. `theirs`: the connection whose record clashes; `ours`: whose value the row shows."""
        if ranking := self.ranking(name):
            ranks = [ranking.index(one) if one in ranking else len(ranking) for one in (theirs, ours)]
            if ranks[0] != ranks[1]:
                return Winner.REMOTE if ranks[0] < ranks[1] else Winner.LOCAL
        return (self.fields[name].winner if name in self.fields else None) or self.winner

    def judge(self, name: str, theirs: str, ours: str, winner: Winner) -> str:
        """What settled a clash that nobody is asked about."""
        if name in self.ours_alone:
            return f"policy {Direction.OUT}"
        ranking = self.ranking(name)
        ranked = theirs != ours and {theirs, ours} & set(ranking)
        return f"authority {' > '.join(ranking)}" if ranked and self.writes else f"policy {winner}"

    @property
    def pulls(self) -> bool:
        return self.direction in {Direction.BOTH, Direction.IN}

    @property
    def writes(self) -> bool:
        return self.direction in {Direction.BOTH, Direction.OUT}

    @cached_property
    def is_scoped(self) -> bool:
        return self.pull != EVERYTHING

    @cached_property
    def follows(self) -> frozenset[str]:
        """The references that its scopes ask about."""
        return condition.relations(self.pull) | condition.relations(self.where)

    @cached_property
    def unread(self) -> frozenset[str]:
        return self.going(Direction.OFF)

    @cached_property
    def unwritten(self) -> frozenset[str]:
        return self.going(Direction.IN, Direction.OFF)

    @cached_property
    def ours_alone(self) -> frozenset[str]:
        return self.going(Direction.OUT)

    def going(self, *directions: Direction) -> frozenset[str]:
        """The fields with one of these directions."""
        return frozenset(name for name, one in self.fields.items() if one.direction in directions)


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
    """`identity`: the keys by which a customer of this connection is known again, the most telling first. `region`:
    where (ISO 3166) a phone number without country code is dialled."""

    kinds: Mapping[Kind, KindPolicy]
    limits: Limits = Limits()
    identity: tuple[str, ...] = IDENTITIES
    region: str = "CN"

    def of(self, kind: Kind) -> KindPolicy:
        return self.kinds[kind]

    def keys(self, kind: Kind, facts: Mapping[str, object]) -> tuple[Key, ...]:
        """The identity keys of a record that count here, the most telling first."""
        found = identity.keys(kind, facts, self.region)
        if kind is not Kind.CUSTOMER or self.identity == IDENTITIES:
            return found
        return tuple(key for type in self.identity for key in found if key.type == type)


# -- reading ----------------------------------------------------------------------------------------------------------


def _default(kind: Kind) -> KindPolicy:
    if kind is Kind.STAFF:
        return KindPolicy(direction=Direction.IN, delete=Delete.IGNORE, winner=Winner.REMOTE)
    if kind in OUTBOUND:
        return KindPolicy(direction=Direction.OUT)
    return KindPolicy(delete=Delete.ASK if kind is Kind.CUSTOMER else Delete.PROPAGATE)


def read(plain: Mapping[str, Any], rules: Rules | None = None) -> Policy:
    """The policy of a connection, under the tenant's rules. Raises BadSettings, naming what is wrong."""
    rules = rules or Rules()
    unknown = set(plain) - {kind.value for kind in Kind} - {"guard", "identity"}
    if unknown:
        choices = f"{', '.join(Kind)}, identity or guard"
        raise BadSettings(f"policy: {', '.join(sorted(unknown))} is no kind; choose {choices}")
    kinds = {kind: _kind(kind, plain.get(kind.value, {}), rules.authority.get(kind, {})) for kind in Kind}
    keys = shared.identity(plain["identity"]) if "identity" in plain else rules.identity
    return Policy(kinds, _limits(plain.get("guard", {})), keys)


def _kind(kind: Kind, plain: Any, authority: Mapping[str, Ranking]) -> KindPolicy:
    default, where = _default(kind), f"policy of {kind}"
    refuse_unknown(where, plain, {"direction", "pull", "create", "delete", "winner", "fields"})
    create = plain.get("create", default.create)
    scoped = isinstance(create, Mapping)
    if scoped:
        refuse_unknown(f"{where}, create", create, {"where"})
    elif create == Create.WHERE:
        raise BadSettings(f'{where}: create wants its condition, such as {{"where": {{"city": {{"eq": "上海"}}}}}}')
    policy = KindPolicy(
        _choice(where, "direction", Direction, plain.get("direction", default.direction)),
        _choice(where, "delete", Delete, plain.get("delete", default.delete)),
        Create.WHERE if scoped else _choice(where, "create", Create, create),
        _choice(where, "winner", Winner, plain.get("winner", default.winner)),
        _fields(kind, where, plain.get("fields", {})),
        _condition(kind, f"{where}, pull", plain.get("pull", {})),
        _condition(kind, f"{where}, create where", create.get("where", {}) if scoped else {}),
        authority,
    )
    if kind in OUTBOUND and policy.pulls:
        raise BadSettings(f"{where}: kequn alone decides what stands there; its direction is out or off")
    _refuse_nameless(kind, where, policy)
    return policy


def _fields(kind: Kind, where: str, plain: Any) -> dict[str, FieldPolicy]:
    refuse_unknown(f"{where}, fields", plain, FIELDS[kind])
    return {name: _field(f"{where}, {name}", one) for name, one in plain.items()}


def _field(where: str, plain: Any) -> FieldPolicy:
    """Who wins it, or an object that also says which way it goes."""
    if not isinstance(plain, Mapping):
        return FieldPolicy(winner=_choice(where, "winner", Winner, plain))
    refuse_unknown(where, plain, {"direction", "winner"})
    winner = _choice(where, "winner", Winner, plain["winner"]) if "winner" in plain else None
    return FieldPolicy(_choice(where, "direction", Direction, plain.get("direction", Direction.BOTH)), winner)


def _refuse_nameless(kind: Kind, where: str, policy: KindPolicy) -> None:
    """Without these there is no row, and no record: whoever pulls the kind must pull them, and write them to create."""
    needed = {name for name, field in FIELDS[kind].items() if field.required}
    missing = sorted(needed & policy.going(Direction.OUT, Direction.OFF))
    if missing and policy.pulls:
        raise BadSettings(f"{where}, {missing[0]}: there is no {kind} without it; its direction is in or both")
    unsaid = sorted(needed & policy.unwritten)
    if unsaid and policy.writes and policy.create in {Create.ALWAYS, Create.WHERE}:
        raise BadSettings(f"{where}, {unsaid[0]}: no {kind} is created without it; its direction is out or both")


def _condition(kind: Kind, where: str, plain: Any) -> Where:
    try:
        return condition.read(kind, plain)
    except BadCondition as error:
        raise BadSettings(f"{where}: {error}") from None


def _choice(where: str, name: str, choices: type[T], value: Any) -> T:
    try:
        return choices(value)
    except ValueError:
        raise BadSettings(f"{where}: {name} is {value!r}; choose {', '.join(choices)}") from None


def _limits(plain: Any) -> Limits:
    refuse_unknown("policy: guard", plain, {"least", "share"})
    least, share = plain.get("least", Limits.least), plain.get("share", Limits.share)
    if not isinstance(least, int) or least < 0 or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise BadSettings("policy: guard needs least (a whole number, 0 or more) and share (0 to 1)")
    return Limits(least, float(share))
