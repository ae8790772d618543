"""The roots of groups as they are run: one row by its id, pages of all, the newest first."""

from typing import Any

import strawberry

from schema.lists import listed
from schema.paging import Key
from schema.single import single


def _all(title: str, words: str) -> Any:
    return listed(title, usual=(Key("id", descending=True),), words=words)


@strawberry.type
class CommunityRoots:
    """One by its id, and all."""

    charter = single("Charter", "A group's charter 群章程")
    charters = _all("Charter", "Charters of groups 群章程列表")
    rules_version = single("RulesVersion", "A version of rules 群规版本")
    rules_versions = _all("RulesVersion", "Rules of groups 群规版本列表")
    consent = single("Consent", "A consent 同意记录")
    consents = _all("Consent", "Who agreed to which rules 同意记录列表")
    join_link = single("JoinLink", "A link 入群链接")
    join_links = _all("JoinLink", "Links into groups 入群链接列表")
    application = single("Application", "An application 入群申请")
    applications = _all("Application", "Who asked to come into groups 入群申请列表")
    member_standing = single("MemberStanding", "How a member does 群成员情况")
    member_standings = _all("MemberStanding", "How members do 群成员情况列表")
    member_event = single("MemberEvent", "An event of a member 群成员事件")
    member_events = _all("MemberEvent", "What happened to members 群成员事件列表")
    activity_day = single("ActivityDay", "A day of a member 日活跃")
    activity_days = _all("ActivityDay", "What members did, by day 日活跃列表")
    violation = single("Violation", "A violation 违规记录")
    violations = _all("Violation", "Violations 违规记录列表")
    violation_check = single("ViolationCheck", "A check for violations 违规检查")
    violation_checks = _all("ViolationCheck", "Checks for violations 违规检查列表")
    suspicion = single("Suspicion", "A suspicion 疑似违规")
    suspicions = _all("Suspicion", "What checks came upon 疑似违规列表")
    post = single("Post", "A post 群内容")
    posts = _all("Post", "Posts 群内容列表")
    gathering = single("Gathering", "An event 群活动")
    gatherings = _all("Gathering", "Events of groups 群活动列表")
    sign_up = single("SignUp", "A sign-up 活动报名")
    sign_ups = _all("SignUp", "Who comes to events 活动报名列表")
    draw = single("Draw", "A prize draw 抽奖")
    draws = _all("Draw", "Prize draws 抽奖列表")
    notice = single("Notice", "A notice 通知")
    notices = _all("Notice", "Notices 通知列表")
    review = single("Review", "A review 群评估")
    reviews = _all("Review", "Reviews of groups 群评估列表")
    lesson = single("Lesson", "A lesson 案例与经验")
    lessons = _all("Lesson", "Cases and notes 案例与经验列表")
    assignment = single("Assignment", "A duty 群职责")
    assignments = _all("Assignment", "Who does what for groups 群职责列表")
    template_use = single("TemplateUse", "A use of a template 模板使用记录")
    template_uses = _all("TemplateUse", "Templates that were applied 模板使用记录列表")
