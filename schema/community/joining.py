"""How customers come into a group: its charter, its rules and who agreed to them, links that lead into it, and who
asked to come in."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.community.asking import asked, said
from schema.lists import linked, listed
from schema.node import Node
from schema.scalars import JSON

one = strawberry.enum_value


@strawberry.enum(description="Where a version of the rules stands 群规状态")
class RulesState(Enum):
    DRAFT = one("draft", description="Being written 草稿")
    PUBLISHED = one("published", description="In force 已发布")
    RETIRED = one("retired", description="Was in force before 已停用")


@strawberry.enum(description="How somebody comes into a group 入群方式")
class JoinWay(Enum):
    APPLICATION = one("application", description="Asked to come in 申请")
    INVITATION = one("invitation", description="Was invited 邀请")
    SEGMENT = one("segment", description="Was admitted with a segment 细分自动入群")


@strawberry.enum(description="How far somebody is on the way into a group 入群申请状态")
class ApplicationState(Enum):
    ASKED = one("asked", description="Waits for an answer 待审核")
    INVITED = one("invited", description="Has been invited 已邀请")
    ADMITTED = one("admitted", description="Is in 已入群")
    REFUSED = one("refused", description="Was refused; `missing` says why 已拒绝")
    WITHDRAWN = one("withdrawn", description="Did not want to any more 已撤回")


@strawberry.enum(description="Whether a link can be used 链接状态")
class LinkOpen(Enum):
    OPEN = one("open", description="Leads into the group 有效")
    CLOSED = one("closed", description="Leads nowhere 已关闭")


@strawberry.type(description="What a group is run by 群章程")
class Charter(Node):
    noun = "charter"

    goal: str = said("Its goal 目标")
    asked: JSON = said("Who may join, as `where` of customers takes it; empty: anybody 入群条件")
    welcome: str = said("The welcome; {name}, {group}, {goal} and {gift} are filled in 欢迎语")
    gift: str = said("The gift on joining 入群礼品")
    introduction: bool = said("New members are to introduce themselves 需要自我介绍")
    posts_a_week: int = said("Posts a week, at least 每周最少内容数")
    variety: int = said("Categories of content in four weeks, at least 内容类别数")
    silent_days: int = said("Who is silent for so many days may be removed 沉默天数")
    low_share: int = said("Activity is low when fewer percent of the members take part 活跃度下限（%）")
    mute_days: int = said("For how many days somebody is muted 禁言天数")
    check_days: int = said("It is checked for violations every so many days 违规检查周期（天）")
    forbidden: JSON = said("By category of violation the words that a check looks for; elsewhere the usual ones 违禁词")
    checked_until: datetime = said("Up to when it was checked 已检查至")
    check_at: datetime = said("When the next check is due 下次检查时间")
    ladder: JSON = said("By category of violation the sanctions, one after the other 处罚阶梯")
    topics: JSON = said("The topic of a week, by its Monday 每周主题")
    changed_at: datetime = said("When it was last changed 修改时间")
    changed_by: str = said("Who changed it 修改人")
    group = linked("Group", "id", words="The group 客户群")
    segment = linked("Segment", "segment_id", words="Whose members are admitted without asking 自动入群细分")


@strawberry.type(description="A version of a group's rules 群规版本")
class RulesVersion(Node):
    noun = "rules_version"

    version: int = said("Its number 版本号")
    state: RulesState = said("Where it stands 状态")
    items: JSON = said("The rules: category and text 条款")
    note: str = said("What is new in it 修改说明")
    created_at: datetime = said("When it was written 创建时间")
    created_by: str = said("Who wrote it 创建人")
    published_at: datetime | None = said("Since when it is in force 发布时间")
    published_by: str | None = said("Who put it in force 发布人")
    group = linked("Group", "group_id", words="The group 客户群")


@strawberry.type(description="What somebody said to a version of the rules and the use of their data 群规同意记录")
class Consent(Node):
    noun = "consent"

    rules_version: int = said("To which version 群规版本")
    agreed: bool = said("Agreed 是否同意")
    given_at: datetime = said("When 时间")
    noted_by: str = said("Who noted it 记录人")
    group = linked("Group", "group_id", words="The group 客户群")
    customer = linked("Customer", "customer_id", words="Who 客户")


@strawberry.type(description="A link that leads into a group 入群链接")
class JoinLink(Node):
    noun = "join_link"

    channel: str = said("Where it stands: website 官网, social media 社交媒体, … 渠道")
    code: str = said("What it ends with 链接码")
    state: LinkOpen = said("Whether it can be used 状态")
    opened: int = said("How often it was opened 打开次数")
    joined: int = said("How many came in by it 入群人数")
    created_at: datetime = said("When it was made 创建时间")
    created_by: str = said("Who made it 创建人")
    group = linked("Group", "group_id", words="The group 客户群")
    applications = listed("Application", "applications", words="Who came by it 申请记录")


@strawberry.type(description="Somebody's way into a group 入群申请")
class Application(Node):
    noun = "application"

    way: JoinWay = said("How 方式")
    state: ApplicationState = said("How far 状态")
    held: JSON = said("Of every fact that is asked about whether it is so 各条件是否满足")
    missing: JSON = said("The facts that are not so, and what is wanted 未满足的条件")
    agreed_version: int | None = said("To which version of the rules they agreed 同意的群规版本")
    made_at: datetime = said("When 申请时间")
    made_by: str = said("Who entered it 录入人")
    decided_at: datetime | None = said("When it was decided 处理时间")
    decided_by: str | None = said("Who decided 处理人")
    reason: str | None = said("Why 原因")
    group = linked("Group", "group_id", words="The group 客户群")
    customer = linked("Customer", "customer_id", words="Who 客户")
    join_link = linked("JoinLink", "join_link_id", words="The link they came by 入群链接")


CharterWhere, CharterOrderField, CharterOrder = asked(Charter, "a charter 群章程")
RulesVersionWhere, RulesVersionOrderField, RulesVersionOrder = asked(RulesVersion, "a version of rules 群规版本")
ConsentWhere, ConsentOrderField, ConsentOrder = asked(Consent, "a consent 同意记录")
JoinLinkWhere, JoinLinkOrderField, JoinLinkOrder = asked(JoinLink, "a link 入群链接")
ApplicationWhere, ApplicationOrderField, ApplicationOrder = asked(Application, "an application 入群申请")
