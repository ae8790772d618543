"""What holds for all connections of a tenant: by which keys a customer is known again, and which connection owns which
field. Read from the tenant's rules (JSON) and checked here; decides nothing itself.

    {"identity": ["uscc", "phone", "email"], "authority": {"customer": {"phone": ["fxiaoke", "zoho", "kequn"]}}}"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from kequn.contracts.errors import BadSettings
from kequn.contracts.identity import IDENTITIES
from kequn.contracts.records import FIELDS, Kind
from kequn.store.journal import HERE

EVERY = "*"

Ranking = tuple[str, ...]
"""Names of connections, and HERE for what people enter in kequn: the first owns the field."""


@dataclass(frozen=True)
class Rules:
    """`identity`: the keys that count, the most telling first. `authority`: by kind and field (EVERY: all others)."""

    identity: tuple[str, ...] = IDENTITIES
    authority: Mapping[Kind, Mapping[str, Ranking]] = field(default_factory=dict)


def read(plain: Mapping[str, Any], names: Collection[str] | None = None) -> Rules:
    """`names`: of the connections; without them nobody asks whether those that are ranked exist. Raises BadSettings,
    naming what is wrong."""
    refuse_unknown("rules", plain, {"identity", "authority"})
    authority = plain.get("authority", {})
    refuse_unknown("authority", authority, set(Kind))
    ranked = {Kind(kind): _rankings(Kind(kind), fields, names) for kind, fields in authority.items()}
    return Rules(identity(plain.get("identity", list(IDENTITIES))), ranked)


def identity(plain: Any) -> tuple[str, ...]:
    """An order of identity keys. Raises BadSettings."""
    if not isinstance(plain, list) or len({str(one) for one in plain}) < len(plain):
        raise BadSettings(f"identity: a list is wanted, each key once; choose of {', '.join(IDENTITIES)}")
    unknown = [str(one) for one in plain if one not in IDENTITIES]
    if unknown:
        raise BadSettings(f"identity: {', '.join(unknown)} is no key; choose of {', '.join(IDENTITIES)}")
    return tuple(plain)


def _rankings(kind: Kind, plain: Any, names: Collection[str] | None) -> dict[str, Ranking]:
    where = f"authority of {kind}"
    refuse_unknown(where, plain, {*FIELDS[kind], EVERY})
    return {name: _ranking(f"{where}, {name}", ranking, names) for name, ranking in plain.items()}


def _ranking(where: str, plain: Any, names: Collection[str] | None) -> Ranking:
    if not isinstance(plain, list) or not plain or len({str(one) for one in plain}) < len(plain):
        raise BadSettings(f'{where}: a list of connections is wanted, the owner first, such as ["zoho", "{HERE}"]')
    unknown = [str(one) for one in plain if names is not None and one not in {*names, HERE}]
    if unknown:
        there = ", ".join([*sorted(names or ()), HERE])
        raise BadSettings(f"{where}: {', '.join(unknown)} is no connection; there are {there}")
    return tuple(str(one) for one in plain)


def refuse_unknown(where: str, plain: Any, known: Collection[str]) -> None:
    """Raises BadSettings unless it is an object with these names alone."""
    if not isinstance(plain, Mapping):
        raise BadSettings(f"{where}: a JSON object is wanted")
    unknown = set(plain) - set(known)
    if unknown:
        raise BadSettings(f"{where}: {', '.join(sorted(unknown))} is unknown; choose {', '.join(sorted(known))}")
