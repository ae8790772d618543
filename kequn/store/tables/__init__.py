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
from kequn.store.tables.benefit import Benefit, BenefitClaim, BenefitDay, Incentive
from kequn.store.tables.checkup import RuleReview
from kequn.store.tables.community import (
    ActivityDay,
    Application,
    Assignment,
    Attendance,
    Charter,
    Consent,
    ContactPolicy,
    Draw,
    Gathering,
    GroupRules,
    JoinLink,
    Lesson,
    MemberEvent,
    Notice,
    Post,
    Review,
    SheetMapping,
    SignUp,
    TemplateUse,
    Violation,
)
from kequn.store.tables.connection import Budget, Connection, Cursor, External, Hint, Link, Note, Tombstone
from kequn.store.tables.contact import Feedback, Interaction
from kequn.store.tables.customer import Customer, Identity, Staff
from kequn.store.tables.duplicate import Duplicate, DuplicateScan
from kequn.store.tables.group import CustomerGroup, Membership, Tier
from kequn.store.tables.merge import Merge, MovedConflict, MovedLink, MovedReference
from kequn.store.tables.money import ExchangeRate
from kequn.store.tables.offer import Offer, OfferRecipient, Trial, TrialSubject
from kequn.store.tables.privacy import PrivacyAct, PurposeConsent, RetentionRule
from kequn.store.tables.process import CaseStep, FlowVersion, ServiceCase, ServiceFlow
from kequn.store.tables.purchase import Purchase, PurchaseLine
from kequn.store.tables.quality import Confirmation, Flaw
from kequn.store.tables.replay import Replay
from kequn.store.tables.request import EvaluationRequest
from kequn.store.tables.search import SearchText
from kequn.store.tables.segment import Segment, SegmentVersion, Stay
from kequn.store.tables.service import (
    CrisisPlan,
    CrisisRun,
    ServiceStandard,
    Ticket,
    TicketStep,
    Trainee,
    Training,
)
from kequn.store.tables.survey import Survey, SurveyAnswer, SurveyInvitation, SurveyVersion, SurveyWave
from kequn.store.tables.sync import Change, Conflict, Intent, Outbox, Run
from kequn.store.tables.tenant import CustomerKey, Tenant, Token
from kequn.store.tables.worker import Worker

__all__ = [
    "ActivityDay",
    "Alert",
    "Answer",
    "Application",
    "Assessment",
    "Assignment",
    "Attendance",
    "Benefit",
    "BenefitClaim",
    "BenefitDay",
    "Budget",
    "Business",
    "CaseStep",
    "Change",
    "Charter",
    "Confirmation",
    "Conflict",
    "Connection",
    "Consent",
    "ContactPolicy",
    "CrisisPlan",
    "CrisisRun",
    "Cursor",
    "Customer",
    "CustomerGroup",
    "CustomerKey",
    "Draw",
    "Duplicate",
    "DuplicateScan",
    "Evaluation",
    "EvaluationRequest",
    "ExchangeRate",
    "External",
    "Feedback",
    "Flaw",
    "FlowVersion",
    "Gathering",
    "GroupRules",
    "Hint",
    "Identity",
    "Incentive",
    "Intent",
    "Interaction",
    "JoinLink",
    "Lesson",
    "Link",
    "MemberEvent",
    "Membership",
    "Merge",
    "MovedConflict",
    "MovedLink",
    "MovedReference",
    "Note",
    "Notice",
    "Offer",
    "OfferRecipient",
    "Outbox",
    "Owned",
    "Pin",
    "PointEntry",
    "Post",
    "Prediction",
    "PrivacyAct",
    "Purchase",
    "PurchaseLine",
    "PurposeConsent",
    "Replay",
    "RetentionRule",
    "Review",
    "RuleReview",
    "Run",
    "SearchText",
    "Segment",
    "SegmentVersion",
    "ServiceCase",
    "ServiceFlow",
    "ServiceStandard",
    "SheetMapping",
    "SignUp",
    "Staff",
    "Standard",
    "Standing",
    "Stay",
    "Survey",
    "SurveyAnswer",
    "SurveyInvitation",
    "SurveyVersion",
    "SurveyWave",
    "Task",
    "TemplateUse",
    "Tenant",
    "Ticket",
    "TicketStep",
    "Tier",
    "Token",
    "Tombstone",
    "Trainee",
    "Training",
    "Trial",
    "TrialSubject",
    "Violation",
    "Worker",
    "metadata",
]
