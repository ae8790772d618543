"""What the connection offers, read off the organisation: capabilities, feeds, schemas, and where a record belongs.
Pure."""

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
from plugins.zoho.adapter.organisation import Organisation
from plugins.zoho.mapping.tables import Table
from plugins.zoho.mapping.tailoring import describe
from plugins.zoho.webhook import WINDOW

SETTLE_SECONDS = 2.0
"""Zoho does not say how far its reads may lag; lists were seen to."""

STAFF_FIELDS = frozenset({"name", "email", "phone", "role", "active"})
CALL_CHANNELS = {"phone", "call"}
MEETING_CHANNELS = {"meeting", "visit", "event"}


def capabilities(organisation: Organisation) -> Capabilities:
    objects = {name: _of_module(module.table) for name, module in organisation.modules.items()}
    objects["Users"] = ObjectCapability(Kind.STAFF, STAFF_FIELDS)
    if "Contacts" in organisation.modules:
        objects |= _of_contacts(organisation)
    return Capabilities(objects, SETTLE_SECONDS, webhooks=True, webhook_window_seconds=WINDOW.total_seconds())


def _of_module(table: Table) -> ObjectCapability:
    return ObjectCapability(
        table.kind,
        frozenset(column.field for column in table.columns),
        table.writable,
        create=table.create,
        update=table.update,
        delete=table.delete,
        conditional=Conditional.SECONDS,
    )


def _of_contacts(organisation: Organisation) -> dict[str, ObjectCapability]:
    ends = frozenset({"customer", "group"})
    memberships = ObjectCapability(
        Kind.MEMBERSHIP, ends, ends, create=True, delete=True, owner="customer", carries_id=False
    )
    name, colour = frozenset({"name"}), frozenset({"name", "colour"})
    tiers = {"Tiers": ObjectCapability(Kind.TIER, frozenset({"name", "rank"}), name, create=True, carries_id=False)}
    if organisation.chosen.campaigns:
        return {**tiers, "Campaign_Members": memberships} if "Campaigns" in organisation.modules else tiers
    tags = ObjectCapability(Kind.GROUP, colour, colour, create=True, update=True, delete=True, carries_id=False)
    return {**tiers, "Tags": tags, "Taggings": memberships}


def feeds(organisation: Organisation) -> list[Feed]:
    """What others refer to comes first; and the tags of contacts right behind them, while it is known that a first load
    has brought them."""
    chosen, modules = organisation.chosen, organisation.modules
    found = [Feed("users", frozenset({Kind.STAFF}), Walk.SCAN, "Users")]
    if "Contacts" in modules:
        found.append(Feed("tiers", frozenset({Kind.TIER}), Walk.SCAN, "Tiers"))
    tagged = "Contacts" in modules and not chosen.campaigns
    if tagged:
        found.append(Feed("tags", frozenset({Kind.GROUP}), Walk.SCAN, "Tags"))
    memberships = frozenset({Kind.MEMBERSHIP})
    for name, module in modules.items():
        found.append(Feed(name.lower(), _kinds(name, module.table.kind, tagged)))
        if tagged and name == "Contacts":
            found.append(Feed("taggings", memberships, Walk.SCAN))
    if chosen.campaigns and "Campaigns" in modules:
        found.append(Feed("members", memberships, Walk.SCAN, "Campaign_Members", chosen.tag_sweep_seconds))
    return found


def _kinds(object: str, kind: Kind, tagged: bool) -> frozenset[Kind]:
    """Contacts carry their tags, and values of the tier field that are none of its options."""
    if object != "Contacts":
        return frozenset({kind})
    return frozenset({kind, Kind.TIER, Kind.MEMBERSHIP} if tagged else {kind, Kind.TIER})


def schemas(organisation: Organisation) -> list[ObjectSchema]:
    found = [
        ObjectSchema(name, module.label, module.table.kind, describe(module), _problems(organisation, name))
        for name, module in organisation.modules.items()
    ]
    labels = {"Users": "Users", "Tiers": organisation.chosen.tier_field, "Tags": "Tags", "Taggings": "Tags on contacts"}
    labels["Campaign_Members"] = "Members of campaigns"
    for name, capability in capabilities(organisation).objects.items():
        if name not in organisation.modules:
            unique = "name" if capability.kind in {Kind.TIER, Kind.GROUP} else None
            found.append(ObjectSchema.plain(name, labels[name], capability, unique=unique))
    return found


def _problems(organisation: Organisation, object: str) -> tuple[Problem, ...]:
    return tuple(problem for problem in organisation.problems if problem.object == object)


def place(organisation: Organisation, kind: Kind, fields: Mapping[str, Value]) -> str | None:
    """The object for a new record."""
    if kind is Kind.CUSTOMER:
        return "Accounts" if fields.get("type") == "organisation" else "Contacts"
    if kind is Kind.INTERACTION:
        return _activity(fields.get("channel"))
    if kind is Kind.MEMBERSHIP:
        return _membership(organisation, fields.get("customer"))
    groups = "Campaigns" if organisation.chosen.campaigns else "Tags"
    homes = {Kind.TIER: "Tiers", Kind.GROUP: groups, Kind.PURCHASE: "Deals", Kind.FEEDBACK: "Cases"}
    return homes.get(kind) or next((name for name, own in organisation.chosen.modules.items() if own is kind), None)


def _activity(channel: Value) -> str:
    if channel in CALL_CHANNELS:
        return "Calls"
    return "Events" if channel in MEETING_CHANNELS else "Tasks"


def _membership(organisation: Organisation, customer: Value) -> str | None:
    """Persons alone: a tag of Contacts is none of Accounts."""
    if isinstance(customer, Ref) and customer.object != "Contacts":
        return None
    return "Campaign_Members" if organisation.chosen.campaigns else "Taggings"
