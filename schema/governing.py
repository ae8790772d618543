"""Changing what connections may do: a person's choice becomes a part of the policy or of the tenant's rules, is checked
as a whole, and what follows from it is queued. What policies mean is kequn/sync/policy.py."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kequn.contracts.errors import BadSettings
from kequn.contracts.records import Kind
from kequn.domain import connections as known
from kequn.domain import rights
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import connections, tenants
from kequn.sync import policy as policies
from kequn.sync import rules
from kequn.sync.revise import revise
from kequn.sync.rules import Rules


async def set_policy(desk: Desk, id: UUID, kind: Kind, chosen: Mapping[str, Any]) -> UUID:
    """`chosen`: as the policy has it; None takes a part away, so that it is as usual. Raises Refused."""
    rights.require(desk.actor, rights.MANAGE)
    connection = await known.find(desk, id)
    if connection.state == "removed":
        raise refuse(Code.CONNECTION_NOT_ACTIVE, "connection_id", state=connection.state)
    shared = rules.read(await tenants.rules_of(desk.session, desk.scope))
    before = policies.read(connection.policy, shared)
    plain = {**connection.policy, kind.value: _merged(connection.policy.get(kind.value, {}), chosen)}
    try:
        after = policies.read(plain, shared)
    except BadSettings as error:
        raise refuse(Code.BAD_POLICY, "input", reason=error.message) from None
    await connections.set_policy(desk.session, desk.scope, id, plain)
    await revise(desk.session, desk.scope, id, before, after, desk.ledger.clock)
    return id


def _merged(before: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    both = {**before, **chosen}
    if "fields" in chosen:
        fields = {**before.get("fields", {}), **(chosen["fields"] or {})}
        both["fields"] = {name: one for name, one in fields.items() if one} if chosen["fields"] else None
    return {name: part for name, part in both.items() if part is not None}


async def set_rules(desk: Desk, identity: list[str] | None, rankings: Mapping[tuple[Kind, str], list[str]]) -> Rules:
    """`identity`: None leaves it as it is. `rankings`: by kind and field; an empty one is taken away."""
    rights.require(desk.actor, rights.MANAGE)
    before = await tenants.rules_of(desk.session, desk.scope)
    authority = {kind: dict(fields) for kind, fields in before.get("authority", {}).items()}
    for (kind, field), ranking in rankings.items():
        authority.setdefault(kind.value, {})[field] = ranking
    kept = {kind: {name: one for name, one in fields.items() if one} for kind, fields in authority.items()}
    plain = {**before, "authority": {kind: fields for kind, fields in kept.items() if fields}}
    if identity is not None:
        plain["identity"] = identity
    names = [one.name for one in await connections.present(desk.session, desk.scope)]
    try:
        found = rules.read(plain, names)
    except BadSettings as error:
        raise refuse(Code.BAD_POLICY, "authority" if rankings else "identity", reason=error.message) from None
    await tenants.set_rules(desk.session, desk.scope, plain)
    return found
