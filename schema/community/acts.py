"""The mutations of groups as they are run: each is one function of the domain. Conditions and templates, which need
more than their arguments, stand in conditions.py."""

from datetime import date, datetime
from enum import Enum

import strawberry

from kequn.domain.community import (
    charters,
    checking,
    draws,
    gatherings,
    joining,
    members,
    posts,
    reviews,
    rules,
    violations,
)
from kequn.domain.community import welcome as greeting
from kequn.domain.notices import settling
from schema.community.acting import CUSTOMER, GROUP, WHY, Given, act, which
from schema.community.content import GatheringKind, PostCategory
from schema.community.learning import LessonKind
from schema.community.members import RuleCategory
from schema.memberships import MemberRole
from schema.scalars import JSON

one = strawberry.enum_value


@strawberry.enum(description="What is done with an application or invitation 入群申请操作")
class ApplicationEvent(Enum):
    ADMIT = one("admit", description="Let them in; of one who was refused with a reason 批准")
    REFUSE = one("refuse", description="Refuse; `reason` says why 拒绝")
    ACCEPT = one("accept", description="They take the invitation 接受邀请")
    WITHDRAW = one("withdraw", description="They do not want to any more 撤回")


@strawberry.enum(description="What is done with a violation 违规操作")
class ViolationEvent(Enum):
    DISMISS = one("dismiss", description="It was none; `note` says why 驳回")
    DECIDE = one("decide", description="The sanction of the ladder follows 处罚")
    APPEAL = one("appeal", description="The member objects; `note` says what 申诉")
    UPHOLD = one("uphold", description="The decision stands; `note` says why 维持")
    OVERTURN = one("overturn", description="The decision is taken back; `note` says why 撤销")


@strawberry.enum(description="What is done with a suspicion 疑似违规操作")
class SuspicionEvent(Enum):
    REPORT = one("report", description="It is a violation, and is decided as one 转为违规")
    DISMISS = one("dismiss", description="It is none; `note` says why 排除")


@strawberry.enum(description="What is done with a post 内容操作")
class PostEvent(Enum):
    SCHEDULE = one("schedule", description="It goes out at `dueAt` 定时")
    UNSCHEDULE = one("unschedule", description="It is a draft again 取消定时")
    PUBLISH = one("publish", description="It goes out now 发布")
    WITHDRAW = one("withdraw", description="It is taken back 撤回")


@strawberry.enum(description="What a person says of a notice 通知处理")
class NoticeEvent(Enum):
    ARRIVED = one("arrived", description="It arrived, though it failed or nobody knew 已送达")
    RESEND = one("resend", description="It did not arrive, and goes out again, as the contact policy allows 重新发送")
    DROP = one("drop", description="It is not to go any more 取消")


@strawberry.enum(description="What is done with an event 活动操作")
class GatheringEvent(Enum):
    OPEN = one("open", description="Can be signed up for 开放报名")
    CLOSE = one("close", description="Nobody can sign up any more 截止报名")
    HOLD = one("hold", description="It is over; `outcome` says what came of it 举办完成")
    CANCEL = one("cancel", description="It does not take place 取消")


@strawberry.enum(description="What is done with a review 群评估操作")
class ReviewEvent(Enum):
    AGREE = one("agree", description="Findings and plan stand 确认")
    REOPEN = one("reopen", description="They are written anew 重新编辑")
    ANNOUNCE = one("announce", description="The members are told 公布")


def _text(name: str, words: str, *, maybe: bool = False) -> Given:
    return Given(name, words, str | None, usual=None) if maybe else Given(name, words, str)


def _number(name: str, words: str) -> Given:
    return Given(name, words, int | None, usual=None)


_NOTE = _text("note", "What is to be said about it 说明", maybe=True)
_RULES = which("rules_version", "The version of the rules 群规版本")


@strawberry.type
class CommunityActs:
    """What may be done with groups."""

    set_charter = act(
        "Charter",
        "Say what a group is run by; what is left out stays as it is 设置群章程",
        charters.write,
        GROUP,
        _text("goal", "Its goal 目标", maybe=True),
        Given("segment_id", "Whose members are admitted 自动入群细分", strawberry.ID | None, "segment", None),
        _text("welcome", "The welcome, with {name}, {group}, {goal}, {gift} 欢迎语", maybe=True),
        _text("gift", "The gift on joining 入群礼品", maybe=True),
        Given("introduction", "New members are to introduce themselves 需要自我介绍", bool | None, usual=None),
        _number("posts_a_week", "Posts a week, at least 每周最少内容数"),
        _number("variety", "Categories in four weeks, at least 内容类别数"),
        _number("silent_days", "Who is silent so long may be removed 沉默天数"),
        _number("low_share", "Activity is low below so many percent 活跃度下限（%）"),
        _number("mute_days", "For how many days somebody is muted 禁言天数"),
        _number("check_days", "It is checked for violations every so many days 违规检查周期（天）"),
        Given(
            "forbidden",
            "By category: the words that a check looks for; of a category that is left out the usual ones 违禁词",
            JSON | None,
            usual=None,
        ),
        Given("ladder", "By category: WARN, MUTE, REMOVE in small letters, in order 处罚阶梯", JSON | None, usual=None),
    )
    set_topic = act(
        "Charter",
        "Give a week its topic 设置每周主题",
        charters.topic,
        GROUP,
        Given("week", "A day of the week 周", date),
        Given("words", "The topic 主题", str),
    )

    draft_rules = act(
        "RulesVersion",
        "Write a new version of a group's rules 起草群规",
        rules.write,
        GROUP,
        Given("items", "The rules: [{category, text}] 条款", JSON),
        Given("note", "What is new in it 修改说明", str, usual=""),
    )
    publish_rules = act(
        "RulesVersion", "Put a version in force; every member is told, and is to agree 发布群规", rules.publish, _RULES
    )
    note_consent = act(
        "Consent",
        "Note what somebody says to the rules in force, and so to the use of their data 记录群规同意",
        rules.consent,
        GROUP,
        CUSTOMER,
        Given("agreed", "Agrees 是否同意", bool),
        _number("version", "To another version 群规版本"),
    )

    make_join_link = act(
        "JoinLink", "Make a link into a group 新建入群链接", joining.make_link, GROUP, _text("channel", "Channel 渠道")
    )
    close_join_link = act("JoinLink", "Close a link 关闭入群链接", joining.close_link, which("join_link", "It 链接"))
    open_join_link = act(
        "JoinLink", "Somebody followed a link 打开入群链接", joining.open_link, _text("code", "Its code 链接码")
    )
    apply_to_group = act(
        "Application",
        "Ask to come into a group; refused at once, with the facts, unless the condition holds 申请入群",
        joining.apply,
        GROUP,
        CUSTOMER,
        Given("agreed", "Agrees to the rules in force 同意群规", bool, usual=False),
        _text("code", "The code of the link they came by 链接码", maybe=True),
    )
    invite_to_group = act("Application", "Invite somebody into a group 邀请入群", joining.invite, GROUP, CUSTOMER)
    handle_application = act(
        "Application",
        "Decide an application, or answer an invitation 处理入群申请",
        joining.step,
        which("application", "It 申请"),
        Given("event", "What is done 操作", ApplicationEvent),
        WHY,
        Given("agreed", "Agrees to the rules in force 同意群规", bool | None, usual=None),
    )

    introduce_member = act(
        "MemberStanding",
        "A member has introduced themselves 记录自我介绍",
        greeting.introduce,
        GROUP,
        CUSTOMER,
        _text("words", "What they said 内容"),
    )
    give_joining_gift = act(
        "MemberStanding", "The gift on joining was given 发放入群礼品", greeting.give_gift, GROUP, CUSTOMER
    )
    note_activity = act(
        "ActivityDay",
        "Set what a member did on a day; told twice, it counts once 记录日活跃",
        members.active,
        GROUP,
        CUSTOMER,
        Given("day", "The day 日期", date),
        Given("messages", "Messages 发言数", int, usual=0),
        Given("interactions", "Likes, answers, clicks 互动数", int, usual=0),
    )
    exempt_member = act(
        "MemberStanding",
        "The sweep leaves a member alone, for a reason; without one no more 免清理",
        members.exempt,
        GROUP,
        CUSTOMER,
        WHY,
    )
    leave_group = act(
        "MemberStanding",
        "A member leaves, and why 成员退群",
        members.leave,
        GROUP,
        CUSTOMER,
        Given("reason", "Why 原因", str, usual=""),
    )
    report_violation = act(
        "Violation",
        "A member has broken a rule 举报违规",
        violations.report,
        GROUP,
        CUSTOMER,
        Given("category", "Which rule 类别", RuleCategory),
        _text("evidence", "What was seen 证据"),
    )
    handle_violation = act(
        "Violation",
        "Decide a violation, or an appeal 处理违规",
        violations.step,
        which("violation", "It 违规"),
        Given("event", "What is done 操作", ViolationEvent),
        _NOTE,
    )
    check_group = act(
        "ViolationCheck",
        "Look through what members said since the last check for words that are not allowed 违规检查",
        checking.check,
        GROUP,
        Given("note", "What is to be said about it; needed where no word is looked for 说明", str, usual=""),
    )
    handle_suspicion = act(
        "Suspicion",
        "Report a suspicion as a violation, or say that it is none 处理疑似违规",
        checking.step,
        which("suspicion", "It 疑似违规"),
        Given("event", "What is done 操作", SuspicionEvent),
        _NOTE,
    )

    draft_post = act(
        "Post",
        "Write a post 起草内容",
        posts.write,
        GROUP,
        Given("category", "What it is about 类别", PostCategory),
        _text("title", "Title 标题"),
        Given("body", "Text 正文", str, usual=""),
    )
    change_post = act(
        "Post",
        "Change a post that is not out yet 修改内容",
        posts.change,
        which("post", "It 内容"),
        Given("category", "What it is about 类别", PostCategory | None, usual=None),
        _text("title", "Title 标题", maybe=True),
        _text("body", "Text 正文", maybe=True),
    )
    handle_post = act(
        "Post",
        "Schedule, publish or withdraw a post 处理内容",
        posts.step,
        which("post", "It 内容"),
        Given("event", "What is done 操作", PostEvent),
        Given("due_at", "When it is to go out 计划发布时间", datetime | None, usual=None),
    )
    handle_notice = act(
        "Notice",
        "Say what becomes of a notice that failed, or of which nobody knows whether it arrived 处理通知",
        settling.step,
        which("notice", "It 通知"),
        Given("event", "What is done 操作", NoticeEvent),
    )
    count_post = act(
        "Post",
        "Say how well a post was liked, up to now 更新内容热度",
        posts.count,
        which("post", "It 内容"),
        _number("views", "Views 浏览数"),
        _number("likes", "Likes 点赞数"),
        _number("comments", "Comments 评论数"),
        _number("shares", "Shares 转发数"),
    )

    plan_gathering = act(
        "Gathering",
        "Plan an event 策划活动",
        gatherings.plan,
        GROUP,
        _text("name", "Name 名称"),
        Given("kind", "What kind 类型", GatheringKind),
        Given("starts_at", "When it begins 开始时间", datetime),
        Given("capacity", "How many seats; 0: any number 名额", int, usual=0),
        Given("place", "Where; offline events need it 地点", str, usual=""),
    )
    change_gathering = act(
        "Gathering",
        "Move an event, or give it other seats, before it is held; who signed up is told 修改活动",
        gatherings.change,
        which("gathering", "It 活动"),
        _text("name", "Name 名称", maybe=True),
        Given("starts_at", "When it begins 开始时间", datetime | None, usual=None),
        _number("capacity", "How many seats; 0: any number 名额"),
        _text("place", "Where; offline events need it 地点", maybe=True),
    )
    handle_gathering = act(
        "Gathering",
        "Open, close, hold or cancel an event; that it is cancelled is told to who signed up 处理活动",
        gatherings.step,
        which("gathering", "It 活动"),
        Given("event", "What is done 操作", GatheringEvent),
        _text("outcome", "What came of it 活动结果", maybe=True),
    )
    sign_up = act(
        "SignUp",
        "Sign up for an event: a seat, or a place among those who wait 活动报名",
        gatherings.sign_up,
        which("gathering", "The event 活动", "gathering_id"),
        CUSTOMER,
    )
    cancel_sign_up = act(
        "SignUp",
        "Give a seat back; who waits longest has it 取消报名",
        gatherings.cancel,
        which("gathering", "The event 活动", "gathering_id"),
        CUSTOMER,
    )
    note_attendance = act(
        "Gathering",
        "Say who of those with a seat was there 记录到场",
        gatherings.attended,
        which("gathering", "It 活动"),
        Given("customer_ids", "Who was there 到场客户", list[strawberry.ID], "customer"),
    )
    commit_draw = act(
        "Draw",
        "Choose the hidden seed of a draw and show its digest 发起抽奖",
        draws.commit,
        GROUP,
        _text("name", "Name 名称"),
        Given("prizes", "How many prizes 奖品数", int),
    )
    hold_draw = act(
        "Draw",
        "Show the seed, and who won 开奖",
        draws.hold,
        which("draw", "It 抽奖"),
        Given(
            "customer_ids", "Among these; left out: all members 参与者", list[strawberry.ID] | None, "customer", None
        ),
    )

    make_review = act(
        "Review",
        "Evaluate a group over a period 新建群评估",
        reviews.make,
        GROUP,
        Given("since", "From when 开始时间", datetime),
        Given("until", "Until when 结束时间", datetime),
        Given("findings", "In words 定性评估", str, usual=""),
    )
    handle_review = act(
        "Review",
        "Agree on a review, or tell the members 处理群评估",
        reviews.step,
        which("review", "It 评估"),
        Given("event", "What is done 操作", ReviewEvent),
        _text("findings", "In words 定性评估", maybe=True),
        _text("plan", "What is to become better 改进计划", maybe=True),
        _text("announcement", "What the members are told 公告", maybe=True),
    )
    note_lesson = act(
        "Lesson",
        "Note a case with its lesson, or news with its source 记录案例与经验",
        reviews.learn,
        Given("kind", "What it is about 类型", LessonKind),
        _text("title", "Title 标题"),
        _text("body", "What happened, or is known 内容"),
        Given("lesson", "What it teaches; a case needs it 经验教训", str, usual=""),
        Given("source", "Where it is known from; news need it 来源", str, usual=""),
        Given("group_id", "The group it is about 客户群", strawberry.ID | None, "group", None),
    )
    assign_duty = act(
        "Assignment",
        "Somebody of the team does this for a group 分配职责",
        reviews.assign,
        GROUP,
        which("staff", "Who 员工", "staff_id"),
        Given("role", "As what: owner, administrator or service 角色", MemberRole),
        _text("duty", "What they do 职责"),
    )
    relieve_duty = act(
        "Assignment", "Somebody does it no more 结束职责", reviews.relieve, which("assignment", "It 职责")
    )
