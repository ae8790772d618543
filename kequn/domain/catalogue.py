"""What can be asked about each noun: its table and its relations. Filters, segments and GraphQL all walk these."""

from kequn.store.tables import (
    Alert,
    CaseStep,
    Change,
    Conflict,
    Connection,
    Customer,
    CustomerGroup,
    Duplicate,
    Feedback,
    Identity,
    Interaction,
    Link,
    Membership,
    Offer,
    Purchase,
    PurchaseLine,
    Run,
    Segment,
    ServiceCase,
    ServiceFlow,
    Staff,
    Standing,
    Stay,
    Task,
    Tier,
    Trial,
)
from kequn.store.where import Catalogue, Noun, Relation, Through

CATALOGUE: Catalogue = {
    "customer": Noun(
        Customer,
        {
            "tier": Relation("tier", "tier_id", "id"),
            "parent": Relation("customer", "parent_id", "id"),
            "members": Relation("customer", "id", "parent_id"),
            "merged_from": Relation("customer", "id", "merged_into"),
            "owner": Relation("staff", "owner_id", "id"),
            "groups": Relation("group", "id", "id", Through(Membership, "customer_id", "group_id")),
            "memberships": Relation("membership", "id", "customer_id"),
            "purchases": Relation("purchase", "id", "customer_id"),
            "interactions": Relation("interaction", "id", "customer_id"),
            "feedbacks": Relation("feedback", "id", "customer_id"),
            "identities": Relation("identity", "id", "customer_id"),
            "links": Relation("link", "id", "row_id"),
            "history": Relation("change", "id", "row_id"),
            "conflicts": Relation("conflict", "id", "row_id"),
            "standing": Relation("standing", "id", "id"),
            "alerts": Relation("alert", "id", "customer_id"),
            "tasks": Relation("task", "id", "customer_id"),
            "stays": Relation("stay", "id", "customer_id"),
            "service_cases": Relation("service_case", "id", "customer_id"),
        },
    ),
    "group": Noun(
        CustomerGroup,
        {
            "owner": Relation("staff", "owner_id", "id"),
            "customers": Relation("customer", "id", "id", Through(Membership, "group_id", "customer_id")),
            "memberships": Relation("membership", "id", "group_id"),
            "links": Relation("link", "id", "row_id"),
            "history": Relation("change", "id", "row_id"),
            "conflicts": Relation("conflict", "id", "row_id"),
        },
    ),
    "membership": Noun(
        Membership,
        {
            "customer": Relation("customer", "customer_id", "id"),
            "group": Relation("group", "group_id", "id"),
            "links": Relation("link", "id", "row_id"),
            "history": Relation("change", "id", "row_id"),
            "conflicts": Relation("conflict", "id", "row_id"),
        },
    ),
    "tier": Noun(
        Tier,
        {
            "customers": Relation("customer", "id", "tier_id"),
            "links": Relation("link", "id", "row_id"),
            "history": Relation("change", "id", "row_id"),
            "conflicts": Relation("conflict", "id", "row_id"),
        },
    ),
    "staff": Noun(
        Staff,
        {
            "customers": Relation("customer", "id", "owner_id"),
            "groups": Relation("group", "id", "owner_id"),
            "purchases": Relation("purchase", "id", "owner_id"),
            "interactions": Relation("interaction", "id", "owner_id"),
            "feedbacks": Relation("feedback", "id", "owner_id"),
            "alerts": Relation("alert", "id", "owner_id"),
            "tasks": Relation("task", "id", "owner_id"),
            "case_steps": Relation("case_step", "id", "owner_id"),
            "offers": Relation("offer", "id", "owner_id"),
            "trials": Relation("trial", "id", "owner_id"),
            "links": Relation("link", "id", "row_id"),
            "history": Relation("change", "id", "row_id"),
            "conflicts": Relation("conflict", "id", "row_id"),
        },
    ),
    "purchase": Noun(
        Purchase,
        {
            "customer": Relation("customer", "customer_id", "id"),
            "owner": Relation("staff", "owner_id", "id"),
            "lines": Relation("line", "id", "purchase_id"),
            "links": Relation("link", "id", "row_id"),
            "history": Relation("change", "id", "row_id"),
            "conflicts": Relation("conflict", "id", "row_id"),
        },
    ),
    "line": Noun(PurchaseLine, {"purchase": Relation("purchase", "purchase_id", "id")}),
    "interaction": Noun(
        Interaction,
        {
            "customer": Relation("customer", "customer_id", "id"),
            "owner": Relation("staff", "owner_id", "id"),
            "links": Relation("link", "id", "row_id"),
            "history": Relation("change", "id", "row_id"),
            "conflicts": Relation("conflict", "id", "row_id"),
        },
    ),
    "feedback": Noun(
        Feedback,
        {
            "customer": Relation("customer", "customer_id", "id"),
            "owner": Relation("staff", "owner_id", "id"),
            "links": Relation("link", "id", "row_id"),
            "history": Relation("change", "id", "row_id"),
            "conflicts": Relation("conflict", "id", "row_id"),
        },
    ),
    "identity": Noun(Identity, {"customer": Relation("customer", "customer_id", "id")}),
    "link": Noun(Link, {"connection": Relation("connection", "connection_id", "id")}),
    "change": Noun(
        Change,
        {
            "connection": Relation("connection", "connection_id", "id"),
            "run": Relation("run", "run_id", "id"),
        },
    ),
    "connection": Noun(
        Connection,
        {
            "runs": Relation("run", "id", "connection_id"),
            "conflicts": Relation("conflict", "id", "connection_id"),
            "links": Relation("link", "id", "connection_id"),
            "changes": Relation("change", "id", "connection_id"),
        },
    ),
    "run": Noun(
        Run,
        {
            "connection": Relation("connection", "connection_id", "id"),
            "changes": Relation("change", "id", "run_id"),
        },
    ),
    "duplicate": Noun(
        Duplicate,
        {
            "customer": Relation("customer", "first_id", "id"),
            "other": Relation("customer", "second_id", "id"),
            "links": Relation("link", "first_id", "row_id"),
        },
    ),
    "conflict": Noun(Conflict, {"connection": Relation("connection", "connection_id", "id")}),
    "standing": Noun(Standing, {"customer": Relation("customer", "id", "id")}),
    "alert": Noun(
        Alert,
        {
            "customer": Relation("customer", "customer_id", "id"),
            "owner": Relation("staff", "owner_id", "id"),
            "tasks": Relation("task", "id", "alert_id"),
        },
    ),
    "segment": Noun(
        Segment,
        {
            "stays": Relation("stay", "id", "segment_id"),
            "offers": Relation("offer", "id", "segment_id"),
            "trials": Relation("trial", "id", "segment_id"),
        },
    ),
    "stay": Noun(
        Stay,
        {
            "segment": Relation("segment", "segment_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
        },
    ),
    "task": Noun(
        Task,
        {
            "customer": Relation("customer", "customer_id", "id"),
            "owner": Relation("staff", "owner_id", "id"),
            "alert": Relation("alert", "alert_id", "id"),
        },
    ),
    "flow": Noun(ServiceFlow, {"cases": Relation("service_case", "id", "flow_id")}),
    "service_case": Noun(
        ServiceCase,
        {
            "flow": Relation("flow", "flow_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
            "steps": Relation("case_step", "id", "case_id"),
        },
    ),
    "case_step": Noun(
        CaseStep,
        {
            "service_case": Relation("service_case", "case_id", "id"),
            "owner": Relation("staff", "owner_id", "id"),
        },
    ),
    "offer": Noun(
        Offer,
        {
            "segment": Relation("segment", "segment_id", "id"),
            "owner": Relation("staff", "owner_id", "id"),
        },
    ),
    "trial": Noun(
        Trial,
        {
            "segment": Relation("segment", "segment_id", "id"),
            "owner": Relation("staff", "owner_id", "id"),
        },
    ),
}
