"""Which field of ours stands in which field of which object, unless the settings say otherwise. Data alone."""

from collections.abc import Mapping

from kequn.contracts.records import Kind

FIELD_NAMES: Mapping[str, Mapping[str, str]] = {
    "AccountObj": {
        "name": "name", "phone": "tel", "email": "email", "website": "url", "street": "address",
        "industry": "industry_level1", "source": "account_source", "notes": "remark", "tier": "account_level",
        "owner": "owner",
    },
    "ContactObj": {
        "name": "name", "phone": "mobile1", "email": "email", "parent": "account_id", "owner": "owner",
    },
    "SalesOrderObj": {
        "name": "name", "customer": "account_id", "ordered_at": "order_time", "amount": "order_amount",
        "owner": "owner",
    },
    "MarketingEventObj": {"name": "name", "owner": "owner"},
}  # fmt: skip
"""Objects whose field names are known. For others, those of their kind."""

KIND_NAMES: Mapping[Kind, Mapping[str, str]] = {
    Kind.CUSTOMER: {"name": "name", "owner": "owner"},
    Kind.TIER: {"name": "name"},
    Kind.GROUP: {"name": "name", "owner": "owner"},
    Kind.MEMBERSHIP: {"customer": "kq_customer__c", "group": "kq_group__c"},
    Kind.PURCHASE: {"name": "name", "customer": "account_id", "owner": "owner"},
    Kind.INTERACTION: {"subject": "name", "customer": "account_id", "happened_at": "create_time", "owner": "owner"},
    Kind.FEEDBACK: {"subject": "name", "customer": "account_id", "happened_at": "create_time", "owner": "owner"},
    Kind.BENEFIT_CLAIM: {"name": "name", "customer": "kq_customer__c"},
    Kind.SURVEY_ANSWER: {"survey": "name", "customer": "kq_customer__c"},
}

OBJECTS: Mapping[Kind, str] = {
    Kind.GROUP: "object_kqgroup__c",
    Kind.PURCHASE: "SalesOrderObj",
    Kind.INTERACTION: "ActiveRecordObj",
    Kind.FEEDBACK: "CasesObj",
    Kind.MEMBERSHIP: "object_kqmember__c",
}
"""In which object a kind lives, beside customers; tiers live in an option field of customers. What is not
here has an object only where the settings name one."""

ORDER = (
    Kind.TIER,
    Kind.GROUP,
    Kind.CUSTOMER,
    Kind.PURCHASE,
    Kind.INTERACTION,
    Kind.FEEDBACK,
    Kind.MEMBERSHIP,
    Kind.BENEFIT_CLAIM,
    Kind.SURVEY_ANSWER,
)
"""What others refer to comes first."""

TARGETS: Mapping[str, str] = {"account_id": "AccountObj", "contact_id": "ContactObj"}
"""What the usual reference fields point at: `describe` does not tell it."""

ORDERS, LINES, PRODUCTS = "SalesOrderObj", "SalesOrderProductObj", "ProductObj"


def names_for(object: str, kind: Kind, chosen: Mapping[str, str | None]) -> dict[str, str]:
    """Fxiaoke's field for each field of ours. `chosen`: from the settings; an empty one takes a field off the map."""
    names: dict[str, str | None] = {**FIELD_NAMES.get(object, KIND_NAMES[kind]), **chosen}
    return {ours: theirs for ours, theirs in names.items() if theirs}
