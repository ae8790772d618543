"""Every table, each a SQLModel class."""

from kequn.store.tables.assessment import (
    Alert,
    Answer,
    Assessment,
    Evaluation,
    Pin,
    PointEntry,
    Prediction,
    Standard,
    Standing,
    Task,
)
from kequn.store.tables.base import Business, Owned, metadata
from kequn.store.tables.connection import Budget, Connection, Cursor, External, Hint, Link, Note, Tombstone
from kequn.store.tables.contact import Feedback, Interaction
from kequn.store.tables.customer import Customer, Identity, Staff
from kequn.store.tables.duplicate import Duplicate, DuplicateScan
from kequn.store.tables.group import CustomerGroup, Membership, Tier
from kequn.store.tables.merge import Merge, MovedConflict, MovedLink
from kequn.store.tables.offer import Offer, OfferRecipient, Trial, TrialSubject
from kequn.store.tables.process import CaseStep, FlowVersion, ServiceCase, ServiceFlow
from kequn.store.tables.purchase import Purchase, PurchaseLine
from kequn.store.tables.replay import Replay
from kequn.store.tables.search import SearchText
from kequn.store.tables.segment import Segment, SegmentVersion, Stay
from kequn.store.tables.sync import Change, Conflict, Intent, Outbox, Run
from kequn.store.tables.tenant import CustomerKey, Tenant, Token
from kequn.store.tables.worker import Worker

__all__ = [
    "Alert",
    "Answer",
    "Assessment",
    "Budget",
    "Business",
    "CaseStep",
    "Change",
    "Conflict",
    "Connection",
    "Cursor",
    "Customer",
    "CustomerGroup",
    "CustomerKey",
    "Duplicate",
    "DuplicateScan",
    "Evaluation",
    "External",
    "Feedback",
    "FlowVersion",
    "Hint",
    "Identity",
    "Intent",
    "Interaction",
    "Link",
    "Membership",
    "Merge",
    "MovedConflict",
    "MovedLink",
    "Note",
    "Offer",
    "OfferRecipient",
    "Outbox",
    "Owned",
    "Pin",
    "PointEntry",
    "Prediction",
    "Purchase",
    "PurchaseLine",
    "Replay",
    "Run",
    "SearchText",
    "Segment",
    "SegmentVersion",
    "ServiceCase",
    "ServiceFlow",
    "Staff",
    "Standard",
    "Standing",
    "Stay",
    "Task",
    "Tenant",
    "Tier",
    "Token",
    "Tombstone",
    "Trial",
    "TrialSubject",
    "Worker",
    "metadata",
]
