"""What can be asked about groups as they are run, from charters to reviews: a part of the catalogue."""

from kequn.store.tables import (
    ActivityDay,
    Application,
    Assignment,
    Attendance,
    Charter,
    Consent,
    Draw,
    Gathering,
    GroupRules,
    JoinLink,
    Lesson,
    MemberEvent,
    Post,
    Review,
    SignUp,
    Suspicion,
    TemplateUse,
    Violation,
    ViolationCheck,
)
from kequn.store.where import Catalogue, Noun, Relation

NOUNS: Catalogue = {
    "charter": Noun(
        Charter,
        {
            "segment": Relation("segment", "segment_id", "id"),
            "group": Relation("group", "id", "id"),
        },
    ),
    "rules_version": Noun(
        GroupRules,
        {
            "group": Relation("group", "group_id", "id"),
        },
    ),
    "consent": Noun(
        Consent,
        {
            "group": Relation("group", "group_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
        },
    ),
    "join_link": Noun(
        JoinLink,
        {
            "group": Relation("group", "group_id", "id"),
            "applications": Relation("application", "id", "join_link_id"),
        },
    ),
    "application": Noun(
        Application,
        {
            "group": Relation("group", "group_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
            "join_link": Relation("join_link", "join_link_id", "id"),
        },
    ),
    "member_standing": Noun(
        Attendance,
        {
            "group": Relation("group", "group_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
            "membership": Relation("membership", "id", "id"),
        },
    ),
    "member_event": Noun(
        MemberEvent,
        {
            "group": Relation("group", "group_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
        },
    ),
    "activity_day": Noun(
        ActivityDay,
        {
            "group": Relation("group", "group_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
        },
    ),
    "violation": Noun(
        Violation,
        {
            "suspicions": Relation("suspicion", "id", "violation_id"),
            "group": Relation("group", "group_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
        },
    ),
    "violation_check": Noun(
        ViolationCheck,
        {
            "group": Relation("group", "group_id", "id"),
            "suspicions": Relation("suspicion", "id", "check_id"),
        },
    ),
    "suspicion": Noun(
        Suspicion,
        {
            "group": Relation("group", "group_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
            "check": Relation("violation_check", "check_id", "id"),
            "violation": Relation("violation", "violation_id", "id"),
        },
    ),
    "post": Noun(
        Post,
        {
            "group": Relation("group", "group_id", "id"),
        },
    ),
    "gathering": Noun(
        Gathering,
        {
            "group": Relation("group", "group_id", "id"),
            "sign_ups": Relation("sign_up", "id", "gathering_id"),
        },
    ),
    "sign_up": Noun(
        SignUp,
        {
            "gathering": Relation("gathering", "gathering_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
        },
    ),
    "draw": Noun(
        Draw,
        {
            "group": Relation("group", "group_id", "id"),
        },
    ),
    "review": Noun(
        Review,
        {
            "group": Relation("group", "group_id", "id"),
        },
    ),
    "lesson": Noun(
        Lesson,
        {
            "group": Relation("group", "group_id", "id"),
        },
    ),
    "assignment": Noun(
        Assignment,
        {
            "group": Relation("group", "group_id", "id"),
            "staff": Relation("staff", "staff_id", "id"),
        },
    ),
    "template_use": Noun(
        TemplateUse,
        {
            "group": Relation("group", "group_id", "id"),
        },
    ),
}
