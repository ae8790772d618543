"""Rows of alerts, tasks, processes, offers, trials, reviews and privacy for the composed operations."""

from kequn.domain.process import flows
from kequn.store import tables
from tests.schema.compiler.sprouting import Sprout

_DEPARTMENT = ["market", "sales", "service"]
_CAMPAIGN = ["draft", "running", "ended", "cancelled"]
CARE = [
    Sprout(
        tables.Alert, 8,
        {"kind": ["churn", "satisfaction", "service", "product"], "outcome": ["solved", "kept", "lost", "false_alarm"],
         "state": ["raised", "acknowledged", "handled", "closed"], "reasons": [["returns"], []], "inputs": [{}]},
        {"customer_id": tables.Customer, "owner_id": tables.Staff},
    ),
    Sprout(
        tables.Task, 12, {"state": ["open", "done", "dropped"], "department": _DEPARTMENT},
        {"customer_id": tables.Customer, "owner_id": tables.Staff, "alert_id": tables.Alert,
         "interaction_id": tables.Interaction},
    ),
    Sprout(
        tables.ServiceFlow, 3, {"state": ["archived"], "steps": [flows.show(flows.STANDARD), []]},
    ),
    Sprout(
        tables.ServiceCase, 8, {"state": ["open", "done", "dropped"]},
        {"flow_id": tables.ServiceFlow, "customer_id": tables.Customer},
    ),
    Sprout(
        tables.CaseStep, 8, {"state": ["waiting", "open", "done", "skipped"], "department": _DEPARTMENT},
        {"case_id": tables.ServiceCase, "owner_id": tables.Staff},
    ),
    Sprout(
        tables.Offer, 5, {"kind": ["promotion", "win_back", "retention"], "state": _CAMPAIGN},
        {"segment_id": tables.Segment, "owner_id": tables.Staff},
    ),
    Sprout(
        tables.OfferRecipient, 5,
        {"value_class": ["high", "medium", "low"], "frequency_class": ["high", "low", "at_risk", "none"],
         "lifecycle": ["none", "introduction", "growth", "maturity", "churn"]},
        {"offer_id": tables.Offer, "customer_id": tables.Customer},
    ),
    Sprout(
        tables.Trial, 4, {"measure": ["bought", "retained", "satisfied", "spend"], "state": _CAMPAIGN},
        {"segment_id": tables.Segment, "owner_id": tables.Staff},
    ),
    Sprout(
        tables.TrialSubject, 4, {"way": ["a", "b"]}, {"trial_id": tables.Trial, "customer_id": tables.Customer},
    ),
    Sprout(
        tables.RuleReview, 4,
        {"subject": ["standard", "segment", "contact_policy"], "subject_id": [None],
         "state": ["planned", "done", "dropped"]},
        {"owner_id": tables.Staff, "group_id": tables.CustomerGroup},
    ),
    Sprout(
        tables.PurposeConsent, 4, {"purpose": ["service", "marketing", "profiling", "sharing"]},
        {"customer_id": tables.Customer},
    ),
    Sprout(
        tables.PrivacyAct, 4,
        {"kind": ["exported", "erased"], "ground": ["request", "withdrawn", "needless"], "counts": [{}, {"task": 2}]},
        {"customer_id": tables.Customer},
    ),
    Sprout(tables.RetentionRule, 1, {"kind": ["customer", "notice"]}),
]  # fmt: skip
