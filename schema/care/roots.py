"""The roots of care: processes, offers, trials, reviews, key figures, privacy; and what may be done with them."""

import strawberry

from schema.care.planning import CareMutation
from schema.care.reviews import ReviewMutation
from schema.kpi.page import KeyFigureQuery
from schema.lists import listed
from schema.offers.offers import OfferMutation
from schema.offers.trials import TrialMutation
from schema.paging import Key
from schema.privacy.acting import PrivacyMutation
from schema.privacy.roots import PrivacyQuery
from schema.process.cases import CaseMutation
from schema.process.flows import FlowMutation
from schema.process.views import ProcessQuery
from schema.single import single
from schema.tasks import TaskMutation

_NEWEST = (Key("id", descending=True),)


@strawberry.type
class CareRoots(ProcessQuery, KeyFigureQuery, PrivacyQuery):
    """What can be asked."""

    service_flow = single("ServiceFlow", "A service process 服务流程")
    service_flows = listed("ServiceFlow", usual=(Key("name"),), words="Service processes 服务流程列表")
    service_case = single("ServiceCase", "A case 服务单")
    service_cases = listed("ServiceCase", usual=_NEWEST, words="Cases, the newest first 服务单列表")
    case_step = single("CaseStep", "A step of a case 服务步骤")
    case_steps = listed("CaseStep", usual=(Key("due_at"),), words="Steps of cases, the most urgent first 服务步骤列表")
    offer = single("Offer", "An offer 优惠")
    offers = listed("Offer", usual=_NEWEST, words="Offers, the newest first 优惠列表")
    offer_recipients = listed(
        "OfferRecipient", usual=(Key("given_at", descending=True),), words="Who was given which offer 优惠对象列表"
    )
    rule_review = single("RuleReview", "A review of a rule 规则复查")
    rule_reviews = listed(
        "RuleReview", usual=(Key("due_at"),), words="Reviews of rules, the most urgent first 规则复查列表"
    )
    trial = single("Trial", "A trial A/B测试")
    trials = listed("Trial", usual=_NEWEST, words="Trials, the newest first A/B测试列表")
    trial_subjects = listed(
        "TrialSubject", usual=(Key("assigned_at", descending=True),), words="What is tried on whom 试验对象列表"
    )


@strawberry.type
class CareMutations(
    CareMutation,
    TaskMutation,
    ReviewMutation,
    FlowMutation,
    CaseMutation,
    OfferMutation,
    TrialMutation,
    PrivacyMutation,
):
    """What can be done."""
