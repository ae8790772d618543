"""What the types that were there before have of processes, offers, trials, reviews of rules and privacy."""

import strawberry

from schema.lists import listed
from schema.paging import Key
from schema.relations import asks_about

_NEWEST = (Key("id", descending=True),)
_GIVEN, _ASSIGNED = (Key("given_at", descending=True),), (Key("assigned_at", descending=True),)


@strawberry.type
class CustomerCare:
    """How a customer is being served."""

    service_cases = listed("ServiceCase", "service_cases", usual=_NEWEST, words="How they are being served 服务单")
    offer_recipients = listed(
        "OfferRecipient", "offer_recipients", usual=_GIVEN, words="The offers they were given 获得的优惠"
    )
    trial_subjects = listed("TrialSubject", "trial_subjects", usual=_ASSIGNED, words="What is tried on them 参与的试验")
    purpose_consents = listed(
        "PurposeConsent", "purpose_consents", usual=_NEWEST, words="What their data may be used for 个人信息使用同意"
    )
    privacy_acts = listed(
        "PrivacyAct",
        "privacy_acts",
        usual=_NEWEST,
        words="When their data were shown or erased 个人信息处理",
    )


@strawberry.input
@asks_about(CustomerCare)
class CustomerCareWhere:
    """What can be asked about how a customer is being served."""


@strawberry.type
class StaffCare:
    """What a member of staff is to do in the service process, and is in charge of."""

    case_steps = listed("CaseStep", "case_steps", usual=(Key("due_at"),), words="Their steps of cases 负责的服务步骤")
    offers = listed("Offer", "offers", usual=_NEWEST, words="The offers they are in charge of 负责的优惠")
    trials = listed("Trial", "trials", usual=_NEWEST, words="The trials they are in charge of 负责的试验")
    rule_reviews = listed(
        "RuleReview", "rule_reviews", usual=(Key("due_at"),), words="The rules they are to look at again 负责的规则复查"
    )
    notices = listed("Notice", "notices", usual=_NEWEST, words="What they were told 通知")


@strawberry.input
@asks_about(StaffCare)
class StaffCareWhere:
    """What can be asked about that."""


@strawberry.type
class SegmentCare:
    """What the customers of a segment are given."""

    offers = listed("Offer", "offers", usual=_NEWEST, words="What its customers were offered 优惠")
    trials = listed("Trial", "trials", usual=_NEWEST, words="What was tried on its customers 试验")


@strawberry.input
@asks_about(SegmentCare)
class SegmentCareWhere:
    """What can be asked about that."""
