"""Members as they are in a group: how they came and how they do, what happened to them, what they did each day, and
which rules they are said to have broken."""

from datetime import date, datetime
from enum import Enum

import strawberry

from schema.community.asking import asked, said
from schema.lists import linked, listed
from schema.node import Node

one = strawberry.enum_value


@strawberry.enum(description="Whether a member has introduced themselves 自我介绍状态")
class Introduction(Enum):
    WANTED = one("wanted", description="Not yet 待介绍")
    GIVEN = one("given", description="Has done so 已介绍")
    WAIVED = one("waived", description="Need not 无需介绍")


@strawberry.enum(description="Whether a member has the gift on joining 入群礼品状态")
class GiftState(Enum):
    NONE = one("none", description="There is none 无")
    PROMISED = one("promised", description="To be given 待发放")
    GIVEN = one("given", description="Was given 已发放")


@strawberry.enum(description="Which rule was broken 违规类别")
class RuleCategory(Enum):
    SPEECH = one("speech", description="Conduct of talk 发言规范")
    ADVERTISING = one("advertising", description="Advertising 广告限制")
    PRIVACY = one("privacy", description="Privacy 隐私保护")
    COMPLAINTS = one("complaints", description="How complaints are made 投诉处理")
    PROHIBITED = one("prohibited", description="Untrue, abusive, sensitive 不实信息、辱骂、敏感话题、恶意言论")


@strawberry.enum(description="What follows on a violation 处罚")
class Sanction(Enum):
    WARN = one("warn", description="A warning 警告")
    MUTE = one("mute", description="Muted for a time 禁言")
    REMOVE = one("remove", description="Removed from the group 移除群聊")


@strawberry.enum(description="How far a violation is dealt with 违规处理状态")
class ViolationState(Enum):
    REPORTED = one("reported", description="Nobody has decided yet 待处理")
    DISMISSED = one("dismissed", description="It was none 不成立")
    DECIDED = one("decided", description="A sanction was decided 已处罚")
    APPEALED = one("appealed", description="The member objects 申诉中")
    UPHELD = one("upheld", description="The decision stands 维持")
    OVERTURNED = one("overturned", description="The decision was taken back 撤销")


@strawberry.type(description="How a member came into a group and is doing there 群成员情况")
class MemberStanding(Node):
    noun = "member_standing"

    way: str = said("How they came: application, invitation, segment or added 入群方式")
    joined_by: str = said("Who let them in 操作人")
    welcomed_at: datetime | None = said("When they were welcomed 欢迎时间")
    introduction: Introduction = said("Whether they introduced themselves 自我介绍")
    gift: GiftState = said("The gift on joining 入群礼品")
    warnings: int = said("How many warnings they have 警告次数")
    muted_until: datetime | None = said("Until when they are muted 禁言截止时间")
    last_seen_at: datetime | None = said("When they were last active 最近活跃时间")
    exempt: str | None = said("Why the sweep of silent members leaves them alone 免清理原因")
    ended: str | None = said("How they left: left, removed or swept 离群方式")
    ended_at: datetime | None = said("When they left 离群时间")
    ended_reason: str | None = said("Why they left 离群原因")
    membership = linked("Membership", "id", words="The membership 群成员")
    group = linked("Group", "group_id", words="The group 客户群")
    customer = linked("Customer", "customer_id", words="Who 客户")


@strawberry.type(description="Something that happened to a member of a group 群成员事件")
class MemberEvent(Node):
    noun = "member_event"

    place: int = said("The order in which things happened in the group 次序")
    kind: str = said("What: joined, welcomed, introduced, agreed, warned, muted, removed, … 事件")
    happened_at: datetime = said("When 时间")
    actor: str = said("Who did it 操作人")
    reason: str | None = said("Why 原因")
    group = linked("Group", "group_id", words="The group 客户群")
    customer = linked("Customer", "customer_id", words="Who 客户")


@strawberry.type(description="What a member did in a group on a day 群成员日活跃")
class ActivityDay(Node):
    noun = "activity_day"

    day: date = said("The day 日期")
    messages: int = said("How many messages 发言数")
    interactions: int = said("Likes, answers, clicks 互动数")
    group = linked("Group", "group_id", words="The group 客户群")
    customer = linked("Customer", "customer_id", words="Who 客户")


@strawberry.type(description="Somebody is said to have broken a rule 违规记录")
class Violation(Node):
    noun = "violation"

    category: RuleCategory = said("Which rule 类别")
    evidence: str = said("What was seen 证据")
    state: ViolationState = said("How far it is dealt with 状态")
    sanction: Sanction | None = said("What was decided 处罚")
    place: int = said("How often this was decided in the category, up to now 第几次")
    sanction_until: datetime | None = said("Until when it holds 处罚截止时间")
    reported_at: datetime = said("When it was reported 举报时间")
    reported_by: str = said("Who reported it 举报人")
    decided_at: datetime | None = said("When it was decided 处理时间")
    decided_by: str | None = said("Who decided 处理人")
    note: str | None = said("Why it was decided so 处理说明")
    appeal: str | None = said("What the member objects 申诉内容")
    group = linked("Group", "group_id", words="The group 客户群")
    customer = linked("Customer", "customer_id", words="Who 客户")
    suspicions = listed("Suspicion", "suspicions", words="What it was made of 疑似违规")


MemberStandingWhere, MemberStandingOrderField, MemberStandingOrder = asked(MemberStanding, "a member 群成员情况")
MemberEventWhere, MemberEventOrderField, MemberEventOrder = asked(MemberEvent, "an event 群成员事件")
ActivityDayWhere, ActivityDayOrderField, ActivityDayOrder = asked(ActivityDay, "a day 日活跃")
ViolationWhere, ViolationOrderField, ViolationOrder = asked(Violation, "a violation 违规记录")
