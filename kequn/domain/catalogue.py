"""What can be asked about each noun: its table and its relations. Filters, segments and GraphQL all walk these."""

from kequn.domain.care.nouns import NOUNS as CARE
from kequn.domain.privacy.nouns import NOUNS as PRIVACY
from kequn.store import timeline
from kequn.store.duplicates import SIDES
from kequn.store.tables import (
    ActivityDay,
    Alert,
    Application,
    Assignment,
    Attendance,
    Benefit,
    BenefitClaim,
    BenefitDay,
    Change,
    Charter,
    Conflict,
    Connection,
    Consent,
    CrisisPlan,
    CrisisRun,
    Customer,
    CustomerGroup,
    Draw,
    Duplicate,
    Feedback,
    Flaw,
    Gathering,
    GroupRules,
    Identity,
    Incentive,
    Interaction,
    JoinLink,
    Lesson,
    Link,
    MemberEvent,
    Membership,
    Notice,
    Post,
    Purchase,
    PurchaseLine,
    Review,
    Run,
    Segment,
    ServiceStandard,
    SignUp,
    Staff,
    Standing,
    Stay,
    Survey,
    SurveyAnswer,
    SurveyInvitation,
    SurveyWave,
    Task,
    TemplateUse,
    Ticket,
    TicketStep,
    Tier,
    Trainee,
    Training,
    Violation,
)
from kequn.store.timeline import Moment
from kequn.store.where import Catalogue, Noun, Relation, Through

CATALOGUE: Catalogue = {
    "customer": Noun(
        Customer,
        {
            "consents": Relation("consent", "id", "customer_id"),
            "purpose_consents": Relation("purpose_consent", "id", "customer_id"),
            "privacy_acts": Relation("privacy_act", "id", "customer_id"),
            "applications": Relation("application", "id", "customer_id"),
            "member_standings": Relation("member_standing", "id", "customer_id"),
            "member_events": Relation("member_event", "id", "customer_id"),
            "activity_days": Relation("activity_day", "id", "customer_id"),
            "violations": Relation("violation", "id", "customer_id"),
            "sign_ups": Relation("sign_up", "id", "customer_id"),
            "notices": Relation("notice", "id", "customer_id"),
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
            "duplicates": Relation("duplicate", "id", "id", Through(SIDES, "customer_id", "duplicate_id")),
            "stays": Relation("stay", "id", "customer_id"),
            "timeline": Relation("moment", "id", "customer_id"),
            "flaws": Relation("flaw", "id", "customer_id"),
            "service_cases": Relation("service_case", "id", "customer_id"),
            "offer_recipients": Relation("offer_recipient", "id", "customer_id"),
            "trial_subjects": Relation("trial_subject", "id", "customer_id"),
            "benefit_claims": Relation("benefit_claim", "id", "customer_id"),
            "survey_invitations": Relation("survey_invitation", "id", "customer_id"),
            "survey_answers": Relation("survey_answer", "id", "customer_id"),
        },
    ),
    "group": Noun(
        CustomerGroup,
        {
            "rules_versions": Relation("rules_version", "id", "group_id"),
            "consents": Relation("consent", "id", "group_id"),
            "join_links": Relation("join_link", "id", "group_id"),
            "applications": Relation("application", "id", "group_id"),
            "member_standings": Relation("member_standing", "id", "group_id"),
            "member_events": Relation("member_event", "id", "group_id"),
            "activity_days": Relation("activity_day", "id", "group_id"),
            "violations": Relation("violation", "id", "group_id"),
            "posts": Relation("post", "id", "group_id"),
            "gatherings": Relation("gathering", "id", "group_id"),
            "draws": Relation("draw", "id", "group_id"),
            "notices": Relation("notice", "id", "group_id"),
            "reviews": Relation("review", "id", "group_id"),
            "lessons": Relation("lesson", "id", "group_id"),
            "assignments": Relation("assignment", "id", "group_id"),
            "template_uses": Relation("template_use", "id", "group_id"),
            "charter": Relation("charter", "id", "id"),
            "owner": Relation("staff", "owner_id", "id"),
            "customers": Relation("customer", "id", "id", Through(Membership, "group_id", "customer_id")),
            "memberships": Relation("membership", "id", "group_id"),
            "links": Relation("link", "id", "row_id"),
            "history": Relation("change", "id", "row_id"),
            "conflicts": Relation("conflict", "id", "row_id"),
            "benefits": Relation("benefit", "id", "group_id"),
        },
    ),
    "membership": Noun(
        Membership,
        {
            "standing": Relation("member_standing", "id", "id"),
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
            "benefits": Relation("benefit", "id", "tier_id"),
        },
    ),
    "staff": Noun(
        Staff,
        {
            "assignments": Relation("assignment", "id", "staff_id"),
            "rule_reviews": Relation("rule_review", "id", "owner_id"),
            "notices": Relation("notice", "id", "staff_id"),
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
            "tickets": Relation("ticket", "id", "owner_id"),
            "trainees": Relation("trainee", "id", "staff_id"),
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
            "tasks": Relation("task", "id", "interaction_id"),
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
            "tickets": Relation("ticket", "id", "feedback_id"),
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
            "charters": Relation("charter", "id", "segment_id"),
            "stays": Relation("stay", "id", "segment_id"),
            "offers": Relation("offer", "id", "segment_id"),
            "trials": Relation("trial", "id", "segment_id"),
            "benefits": Relation("benefit", "id", "segment_id"),
            "surveys": Relation("survey", "id", "segment_id"),
        },
    ),
    "flaw": Noun(Flaw, {"customer": Relation("customer", "customer_id", "id")}),
    "moment": Noun(Moment, {"customer": Relation("customer", "customer_id", "id")}, timeline.of),
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
            "interaction": Relation("interaction", "interaction_id", "id"),
        },
    ),
    **CARE,
    **PRIVACY,
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
            "group": Relation("group", "group_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
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
    "notice": Noun(
        Notice,
        {
            "staff": Relation("staff", "staff_id", "id"),
            "group": Relation("group", "group_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
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
    "benefit": Noun(
        Benefit,
        {
            "segment": Relation("segment", "segment_id", "id"),
            "tier": Relation("tier", "tier_id", "id"),
            "group": Relation("group", "group_id", "id"),
            "claims": Relation("benefit_claim", "id", "benefit_id"),
            "days": Relation("benefit_day", "id", "benefit_id"),
        },
    ),
    "benefit_claim": Noun(
        BenefitClaim,
        {
            "benefit": Relation("benefit", "benefit_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
            "links": Relation("link", "id", "row_id"),
            "history": Relation("change", "id", "row_id"),
            "conflicts": Relation("conflict", "id", "row_id"),
        },
    ),
    "benefit_day": Noun(BenefitDay, {"benefit": Relation("benefit", "benefit_id", "id")}),
    "incentive": Noun(Incentive),
    "service_standard": Noun(ServiceStandard, {"tickets": Relation("ticket", "id", "standard_id")}),
    "ticket": Noun(
        Ticket,
        {
            "feedback": Relation("feedback", "feedback_id", "id"),
            "owner": Relation("staff", "owner_id", "id"),
            "standard": Relation("service_standard", "standard_id", "id"),
            "steps": Relation("ticket_step", "id", "ticket_id"),
        },
    ),
    "ticket_step": Noun(TicketStep, {"ticket": Relation("ticket", "ticket_id", "id")}),
    "crisis_plan": Noun(CrisisPlan, {"runs": Relation("crisis_run", "id", "plan_id")}),
    "crisis_run": Noun(CrisisRun, {"plan": Relation("crisis_plan", "plan_id", "id")}),
    "training": Noun(Training, {"trainees": Relation("trainee", "id", "training_id")}),
    "trainee": Noun(
        Trainee,
        {
            "training": Relation("training", "training_id", "id"),
            "staff": Relation("staff", "staff_id", "id"),
        },
    ),
    "survey": Noun(
        Survey,
        {
            "segment": Relation("segment", "segment_id", "id"),
            "waves": Relation("survey_wave", "id", "survey_id"),
        },
    ),
    "survey_wave": Noun(
        SurveyWave,
        {
            "survey": Relation("survey", "survey_id", "id"),
            "invitations": Relation("survey_invitation", "id", "wave_id"),
        },
    ),
    "survey_invitation": Noun(
        SurveyInvitation,
        {
            "wave": Relation("survey_wave", "wave_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
            "scores": Relation("survey_answer", "id", "invitation_id"),
        },
    ),
    "survey_answer": Noun(
        SurveyAnswer,
        {
            "invitation": Relation("survey_invitation", "invitation_id", "id"),
            "customer": Relation("customer", "customer_id", "id"),
            "links": Relation("link", "id", "row_id"),
            "history": Relation("change", "id", "row_id"),
            "conflicts": Relation("conflict", "id", "row_id"),
        },
    ),
}
