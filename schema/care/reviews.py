"""Reviews of rules 规则复查: when what the business goes by is looked at again, by whom, and what came of it."""

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry

from kequn.domain.care import reviewing
from kequn.domain.editing import Desk
from schema import filters
from schema.community.acting import Given, act, which
from schema.community.asking import asked, said
from schema.lists import linked
from schema.node import Node

one = strawberry.enum_value


@strawberry.enum(description="What kind of rule is looked at again 规则类型")
class RuleSubject(Enum):
    STANDARD = one("standard", description="The standard of classes and tiers 客户分类标准")
    CONTACT_POLICY = one("contact_policy", description="How often customers are told something 触达规则")
    SEGMENT = one("segment", description="A segment 客户细分")
    INCENTIVE = one("incentive", description="An incentive 激励规则")
    SERVICE_STANDARD = one("service_standard", description="A service standard 服务标准")
    CRISIS_PLAN = one("crisis_plan", description="What is done in a crisis 危机管理预案")
    FLOW = one("flow", description="A service process 服务流程")
    GROUP_RULES = one("group_rules", description="The rules of a group; `subjectId` is the group's 群规")
    SURVEY = one("survey", description="A survey 调查")
    TEMPLATE = one("template", description="A template that was applied 模板")


@strawberry.enum(description="How far a review of a rule is 规则复查状态")
class RuleReviewState(Enum):
    PLANNED = one("planned", description="To be done 待复查")
    DONE = one("done", description="Done 已复查")
    DROPPED = one("dropped", description="Not needed any more 已取消")


@strawberry.enum(description="What is done with a review of a rule 规则复查操作")
class RuleReviewEvent(Enum):
    FINISH = one("finish", description="It was done; `outcome` says what came of it 完成")
    POSTPONE = one("postpone", description="Later: at `dueAt` 推迟")
    DROP = one("drop", description="It is not needed; `outcome` says why 取消")


@strawberry.type(description="Somebody is to look at a rule again 规则复查")
class RuleReview(Node):
    noun = "rule_review"

    subject: RuleSubject = said("What kind of rule 规则类型")
    about: str = said("What it is called 名称")
    state: RuleReviewState = said("How far it is 状态")
    due_at: datetime = said("When 复查时间")
    every_days: int | None = said("After how many days the next one follows 复查周期（天）")
    reminded_at: datetime | None = said("When its owner was reminded 提醒时间")
    outcome: str = said("What came of it 结果")
    made_at: datetime = said("When it was planned 创建时间")
    made_by: str = said("Who planned it 创建人")
    ended_at: datetime | None = said("When it was done or dropped 结束时间")
    ended_by: str | None = said("By whom 结束人")
    owner = linked("Staff", "owner_id", words="Who is to do it; empty: the group's owner, or nobody yet 负责人")
    group = linked("Group", "group_id", words="The group whose rule it is 客户群")


RuleReviewWhere, RuleReviewOrderField, RuleReviewOrder = asked(RuleReview, "a review of a rule 规则复查")
_MAYBE_ID = strawberry.ID | None
_NOUNS = {"template": "template_use", "group_rules": "group"}
"""What `subjectId` is the id of, where it has another name."""


async def _plan(desk: Desk, subject: str, subject_id: str | None = None, **given: Any) -> UUID:
    """What the id is one of depends on the subject."""
    which = filters.uuid(subject_id, _NOUNS.get(subject, subject), "subject_id") if subject_id else None
    return await reviewing.plan(desk, subject, subject_id=which, **given)


@strawberry.type
class ReviewMutation:
    """What may be done with reviews of rules."""

    plan_rule_review = act(
        "RuleReview",
        "Plan that a rule is looked at again; its owner is reminded when it is time 安排规则复查",
        _plan,
        Given("subject", "What kind of rule 规则类型", RuleSubject),
        Given("due_at", "When 复查时间", datetime),
        Given("subject_id", "Which one, where there are several 规则编号", _MAYBE_ID, usual=None),
        Given("owner_id", "Who is to do it 负责人", _MAYBE_ID, "staff", None),
        Given("every_days", "After how many days the next one follows 复查周期（天）", int | None, usual=None),
    )
    handle_rule_review = act(
        "RuleReview",
        "Say what became of a review: finished, postponed, dropped 处理规则复查",
        reviewing.step,
        which("rule_review", "The review 规则复查"),
        Given("event", "What is done 操作", RuleReviewEvent),
        Given("outcome", "What came of it, or why it is dropped 结果", str, usual=""),
        Given("due_at", "With POSTPONE until when 推迟至", datetime | None, usual=None),
        Given("owner_id", "With POSTPONE who is to do it then 负责人", _MAYBE_ID, "staff", None),
    )
