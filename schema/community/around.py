"""What the types that were there before have of a group's life: of a group everything, of customers and staff their
own; and the roots with all of it."""

from typing import Any

import strawberry

from schema.lists import linked, listed
from schema.paging import Key
from schema.relations import asks_about

_NEWEST = (Key("id", descending=True),)


def _some(title: str, relation: str, words: str) -> Any:
    return listed(title, relation, usual=_NEWEST, words=words)


@strawberry.type
class GroupLife:
    """What a group has beside its row."""

    charter = linked("Charter", "id", words="What it is run by; empty: as usual 群章程")
    rules_versions = _some("RulesVersion", "rules_versions", "Its rules, the newest version first 群规版本")
    consents = _some("Consent", "consents", "Who agreed to which rules 同意记录")
    join_links = _some("JoinLink", "join_links", "Links that lead into it 入群链接")
    applications = _some("Application", "applications", "Who asked to come in 入群申请")
    member_standings = _some("MemberStanding", "member_standings", "How members came and do 群成员情况")
    member_events = _some("MemberEvent", "member_events", "What happened to its members 群成员事件")
    activity_days = _some("ActivityDay", "activity_days", "What its members did, by day 日活跃")
    violations = _some("Violation", "violations", "Rules that were broken 违规记录")
    violation_checks = _some("ViolationCheck", "violation_checks", "When it was checked for violations 违规检查")
    suspicions = _some("Suspicion", "suspicions", "What checks came upon 疑似违规")
    posts = _some("Post", "posts", "Its content 群内容")
    gatherings = _some("Gathering", "gatherings", "Its events 群活动")
    draws = _some("Draw", "draws", "Its prize draws 抽奖")
    notices = _some("Notice", "notices", "What members were told because of it 通知")
    reviews = _some("Review", "reviews", "Its evaluations 群评估")
    lessons = _some("Lesson", "lessons", "What was learned in it 案例与经验")
    assignments = _some("Assignment", "assignments", "Who does what for it 群职责")
    template_uses = _some("TemplateUse", "template_uses", "Templates that were applied to it 模板使用记录")
    rule_reviews = _some("RuleReview", "rule_reviews", "When its rules are looked at again 规则复查")


@strawberry.input
@asks_about(GroupLife)
class GroupLifeWhere:
    """What can be asked about a group beside its row."""


@strawberry.type
class CustomerLife:
    """What a customer has in groups."""

    consents = _some("Consent", "consents", "Which rules they agreed to 同意记录")
    applications = _some("Application", "applications", "Which groups they asked to come into 入群申请")
    member_standings = _some("MemberStanding", "member_standings", "How they do in groups 群成员情况")
    member_events = _some("MemberEvent", "member_events", "What happened to them in groups 群成员事件")
    activity_days = _some("ActivityDay", "activity_days", "What they did in groups, by day 日活跃")
    violations = _some("Violation", "violations", "Rules that they broke 违规记录")
    suspicions = _some("Suspicion", "suspicions", "What may have broken rules 疑似违规")
    sign_ups = _some("SignUp", "sign_ups", "Events they signed up for 活动报名")
    notices = _some("Notice", "notices", "What they were told 通知")


@strawberry.input
@asks_about(CustomerLife)
class CustomerLifeWhere:
    """What can be asked about a customer in groups."""


@strawberry.type
class StaffLife:
    """What a member of staff does for groups."""

    assignments = _some("Assignment", "assignments", "What they do for groups 群职责")


@strawberry.input
@asks_about(StaffLife)
class StaffLifeWhere:
    """What can be asked about that."""


@strawberry.type
class MembershipLife:
    """What a membership has beside its row."""

    standing = linked("MemberStanding", "id", words="How they came and do 群成员情况")


@strawberry.input
@asks_about(MembershipLife)
class MembershipLifeWhere:
    """What can be asked about a membership beside its row."""


@strawberry.type
class SegmentLife:
    """What hangs on a segment."""

    charters = _some("Charter", "charters", "Groups whose members it admits 自动入群的群章程")


@strawberry.input
@asks_about(SegmentLife)
class SegmentLifeWhere:
    """What can be asked about that."""
