"""What the connection offers, read off the tenant: capabilities, feeds, schemas, and where a record belongs. Pure."""

from collections.abc import Mapping

from kequn.contracts.crm import (
    Capabilities,
    Conditional,
    Feed,
    ObjectCapability,
    ObjectSchema,
    Problem,
    Walk,
)
from kequn.contracts.records import Kind, Ref, Value
from plugins.fxiaoke.adapter.tenant import Tenant
from plugins.fxiaoke.mapping.choices import TIERS
from plugins.fxiaoke.mapping.tables import Table
from plugins.fxiaoke.mapping.tailoring import schemas_of
from plugins.fxiaoke.mapping.values import USERS, Lookup

SETTLE_SECONDS = 2.0
"""Fxiaoke does not say how far its reads may lag behind writes."""

BATCH = 50
"""One request each, and at most 100 in 20 seconds: a larger batch would take long to answer."""

STAFF_SECONDS = 86400.0
STAFF_FIELDS = frozenset({"name", "email", "phone", "role", "active"})


def capabilities(tenant: Tenant) -> Capabilities:
    objects = {name: _of_table(one.table) for name, one in tenant.objects.items()}
    objects[USERS] = ObjectCapability(Kind.STAFF, STAFF_FIELDS)
    if has_tier_options(tenant):
        objects[TIERS] = ObjectCapability(Kind.TIER, frozenset({"name"}))
    chosen = tenant.chosen
    return Capabilities(
        objects,
        SETTLE_SECONDS,
        webhooks=chosen.event_key is not None,
        webhook_window_seconds=chosen.event_max_age or float("inf"),
    )


def has_tier_options(tenant: Tenant) -> bool:
    """Tiers are options, unless the settings give them an object of their own."""
    return all(one.table.kind is not Kind.TIER for one in tenant.objects.values())


def _of_table(table: Table) -> ObjectCapability:
    immutable = table.kind is Kind.MEMBERSHIP
    return ObjectCapability(
        table.kind,
        table.fields,
        table.writable,
        create=table.reference and bool(table.writable),
        update=bool(table.writable) and not immutable,
        delete=True,
        conditional=Conditional.NONE,
        batch=BATCH,
    )


def feeds(tenant: Tenant) -> list[Feed]:
    """What others refer to comes first. Most walks of an object tell only what is new (Page.partial)."""
    found = [Feed("users", frozenset({Kind.STAFF}), Walk.SCAN, USERS, STAFF_SECONDS)]
    if has_tier_options(tenant):
        found.append(Feed("tiers", frozenset({Kind.TIER}), Walk.SCAN, TIERS))
    objects = tenant.objects.items()
    return found + [Feed(name, frozenset({one.table.kind}), Walk.SCAN, name) for name, one in objects]


def schemas(tenant: Tenant) -> list[ObjectSchema]:
    found = [
        ObjectSchema(name, one.table.label, one.table.kind, schemas_of(one), _problems(tenant, name))
        for name, one in tenant.objects.items()
    ]
    labels = {USERS: "员工", TIERS: "级别"}
    for name, capability in capabilities(tenant).objects.items():
        if name not in tenant.objects:
            found.append(ObjectSchema.plain(name, labels[name], capability))
    return found


def _problems(tenant: Tenant, object: str) -> tuple[Problem, ...]:
    return tuple(problem for problem in tenant.problems if problem.object == object)


def place(tenant: Tenant, kind: Kind, fields: Mapping[str, Value]) -> str | None:
    """The object for a new record."""
    tables = [one.table for one in tenant.objects.values() if one.table.kind is kind]
    if kind is Kind.CUSTOMER:
        return _customer(tables, fields.get("type"))
    found = next(iter(tables), None)
    if found is None or (kind is Kind.MEMBERSHIP and not _joins(found, fields.get("customer"))):
        return None
    return found.object


def _customer(tables: list[Table], type: Value) -> str | None:
    """Where customers of that type are alone, else where they are told apart."""
    alone = next((table for table in tables if table.constants.get("type") == type), None)
    mixed = next((table for table in tables if table.column("type") is not None), None)
    found = alone or mixed
    return found.object if found is not None else None


def _joins(table: Table, customer: Value) -> bool:
    """Whether this customer can be a member: one of another object cannot."""
    column = table.column("customer")
    if not isinstance(customer, Ref) or column is None or not isinstance(column.codec, Lookup):
        return True
    return customer.object == column.codec.object
