"""What members are told, who does what for a group, and what is learned: notices, reviews, lessons, duties,
templates."""

from datetime import date, datetime
from enum import Enum

import strawberry

from schema.community.asking import asked, said
from schema.lists import linked
from schema.node import Node
from schema.scalars import JSON

one = strawberry.enum_value


@strawberry.enum(description="How far a notice is 通知状态")
class NoticeState(Enum):
    WAITING = one("waiting", description="To be sent at its time 待发送")
    SENDING = one("sending", description="On its way; when that takes long, somebody should look 发送中")
    SENT = one("sent", description="Was sent 已发送")
    HELD = one("held", description="The contact policy does not allow it, or somebody dropped it 已拦截或取消")
    FAILED = one("failed", description="Could not be sent 发送失败")


@strawberry.enum(description="Where a review stands 评估状态")
class ReviewState(Enum):
    DRAFT = one("draft", description="Being written 草稿")
    AGREED = one("agreed", description="Findings and plan stand 已确认")
    ANNOUNCED = one("announced", description="The members were told 已公布")


@strawberry.enum(description="What a lesson is about 经验类型")
class LessonKind(Enum):
    CASE = one("case", description="A case 案例")
    INDUSTRY = one("industry", description="The industry 行业动态")
    COMPETITOR = one("competitor", description="A competitor 竞争对手")


@strawberry.type(description="Something to be told to a customer, or to one of our own people 通知")
class Notice(Node):
    noun = "notice"

    occasion: str = said("Why; the same is told once 事由")
    subject: str = said("Subject 主题")
    body: str = said("Text 正文")
    state: NoticeState = said("How far it is 状态")
    cause: str | None = said("Why it waits or was not sent 原因")
    due_at: datetime = said("When it is to be sent 计划发送时间")
    made_at: datetime = said("When it was made 创建时间")
    sent_at: datetime | None = said("When it was sent 发送时间")
    tries: int = said("How often it was tried 尝试次数")
    customer = linked("Customer", "customer_id", words="To whom 客户")
    staff = linked("Staff", "staff_id", words="To whom of our own people 员工")
    group = linked("Group", "group_id", words="The group it is about 客户群")


@strawberry.type(description="The evaluation of a group over a period 群评估")
class Review(Node):
    noun = "review"

    since: datetime = said("From when 开始时间")
    until: datetime = said("Until when 结束时间")
    state: ReviewState = said("Where it stands 状态")
    figures: JSON = said("In numbers 定量评估")
    findings: str = said("In words 定性评估")
    plan: str = said("What is to become better, and how 改进计划")
    announcement: str = said("What the members were told 公告")
    made_at: datetime = said("When it was made 创建时间")
    made_by: str = said("Who made it 创建人")
    announced_at: datetime | None = said("When the members were told 公布时间")
    group = linked("Group", "group_id", words="The group 客户群")


@strawberry.type(description="Something worth knowing 案例与经验")
class Lesson(Node):
    noun = "lesson"

    kind: LessonKind = said("What it is about 类型")
    title: str = said("Title 标题")
    body: str = said("What happened, or is known 内容")
    lesson: str = said("What it teaches 经验教训")
    source: str = said("Where it is known from 来源")
    noted_at: datetime = said("When it was noted 记录时间")
    noted_by: str = said("Who noted it 记录人")
    group = linked("Group", "group_id", words="The group it is about 客户群")


@strawberry.type(description="What a member of staff does for a group 群职责")
class Assignment(Node):
    noun = "assignment"

    role: str = said("As what: owner, administrator or service 角色")
    duty: str = said("What they do 职责")
    since: datetime = said("From when 开始时间")
    until: datetime | None = said("Until when 结束时间")
    group = linked("Group", "group_id", words="The group 客户群")
    staff = linked("Staff", "staff_id", words="Who 员工")


@strawberry.type(description="A template was applied 模板使用记录")
class TemplateUse(Node):
    noun = "template_use"

    template: str = said("Which one 模板")
    version: int = said("Its version 模板版本")
    made: JSON = said("What it made, by kind 生成内容")
    applied_at: datetime = said("When 使用时间")
    applied_by: str = said("Who applied it 操作人")
    review_on: date = said("When it is to be looked at again 复查日期")
    group = linked("Group", "group_id", words="The group 客户群")


NoticeWhere, NoticeOrderField, NoticeOrder = asked(Notice, "a notice 通知")
ReviewWhere, ReviewOrderField, ReviewOrder = asked(Review, "a review 群评估")
LessonWhere, LessonOrderField, LessonOrder = asked(Lesson, "a lesson 案例与经验")
AssignmentWhere, AssignmentOrderField, AssignmentOrder = asked(Assignment, "a duty 群职责")
TemplateUseWhere, TemplateUseOrderField, TemplateUseOrder = asked(TemplateUse, "a use of a template 模板使用记录")
