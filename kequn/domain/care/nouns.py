"""What can be asked about processes, offers, trials and reviews of rules: a part of the catalogue."""

from kequn.store.tables import (
    CaseStep,
    Offer,
    OfferRecipient,
    RuleReview,
    ServiceCase,
    ServiceFlow,
    Trial,
    TrialSubject,
)
from kequn.store.where import Catalogue, Noun, Relation

NOUNS: Catalogue = {
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
    "offer_recipient": Noun(
        OfferRecipient,
        {
            "offer": Relation("offer", "offer_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
        },
    ),
    "trial_subject": Noun(
        TrialSubject,
        {
            "trial": Relation("trial", "trial_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
        },
    ),
    "offer": Noun(
        Offer,
        {
            "recipients": Relation("offer_recipient", "id", "offer_id"),
            "segment": Relation("segment", "segment_id", "id"),
            "owner": Relation("staff", "owner_id", "id"),
        },
    ),
    "rule_review": Noun(
        RuleReview,
        {"owner": Relation("staff", "owner_id", "id"), "group": Relation("group", "group_id", "id")},
    ),
    "trial": Noun(
        Trial,
        {
            "subjects": Relation("trial_subject", "id", "trial_id"),
            "segment": Relation("segment", "segment_id", "id"),
            "owner": Relation("staff", "owner_id", "id"),
        },
    ),
}
