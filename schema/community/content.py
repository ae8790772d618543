"""What is posted and held in a group: posts, events and who signs up for them, and prize draws."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.community.asking import asked, said
from schema.lists import linked, listed
from schema.node import Node
from schema.scalars import JSON

one = strawberry.enum_value


@strawberry.enum(description="What a post is about 内容类别")
class PostCategory(Enum):
    PRODUCT = one("product", description="A product 产品信息")
    OFFER = one("offer", description="An offer 优惠活动")
    NEWS = one("news", description="News of the industry 行业资讯")
    TIP = one("tip", description="How to use something 使用技巧")
    STORY = one("story", description="A customer's story 客户故事")


@strawberry.enum(description="Where a post stands 内容状态")
class PostState(Enum):
    DRAFT = one("draft", description="Being written 草稿")
    SCHEDULED = one("scheduled", description="Goes out at its time 待发布")
    PUBLISHED = one("published", description="Is out 已发布")
    WITHDRAWN = one("withdrawn", description="Was taken back 已撤回")


@strawberry.enum(description="What kind of event 活动类型")
class GatheringKind(Enum):
    QUIZ = one("quiz", description="Quiz with prizes 有奖问答")
    DRAW = one("draw", description="Prize draw 抽奖")
    GAME = one("game", description="Game 互动游戏")
    LIVE = one("live", description="Live broadcast 直播")
    MEET_UP = one("meet_up", description="Meet-up 见面会")
    TRIAL = one("trial", description="Trial of products 体验活动")
    LAUNCH = one("launch", description="Launch of a product 新品发布会")
    SALON = one("salon", description="Salon 沙龙")
    LECTURE = one("lecture", description="Lecture 培训讲座")


@strawberry.enum(description="Where an event stands 活动状态")
class GatheringState(Enum):
    PLANNED = one("planned", description="Being planned 筹备中")
    OPEN = one("open", description="Can be signed up for 报名中")
    CLOSED = one("closed", description="Nobody can sign up any more 报名截止")
    HELD = one("held", description="Is over 已举办")
    CANCELLED = one("cancelled", description="Does not take place 已取消")


@strawberry.enum(description="Whether somebody comes to an event 报名状态")
class SignUpState(Enum):
    SEATED = one("seated", description="Has a seat 已报名")
    WAITING = one("waiting", description="Waits for a seat 候补")
    CANCELLED = one("cancelled", description="Does not come 已取消")
    ATTENDED = one("attended", description="Was there 已参加")
    ABSENT = one("absent", description="Was not there 未到场")


@strawberry.enum(description="Where a draw stands 抽奖状态")
class DrawState(Enum):
    COMMITTED = one("committed", description="The seed is chosen and hidden, its digest is known 已承诺")
    DRAWN = one("drawn", description="The seed is known, and who won 已开奖")


@strawberry.type(description="A piece of content for a group 群内容")
class Post(Node):
    noun = "post"

    category: PostCategory = said("What it is about 类别")
    title: str = said("Title 标题")
    body: str = said("Text 正文")
    state: PostState = said("Where it stands 状态")
    due_at: datetime | None = said("When it is to go out 计划发布时间")
    published_at: datetime | None = said("When it went out 发布时间")
    views: int = said("How often it was seen 浏览数")
    likes: int = said("How many liked it 点赞数")
    comments: int = said("How many answered 评论数")
    shares: int = said("How many passed it on 转发数")
    created_at: datetime = said("When it was written 创建时间")
    created_by: str = said("Who wrote it 创建人")
    group = linked("Group", "group_id", words="The group 客户群")


@strawberry.type(description="An event of a group 群活动")
class Gathering(Node):
    noun = "gathering"

    name: str = said("Name 名称")
    kind: GatheringKind = said("What kind 类型")
    online: bool = said("Online, or at a place 是否线上")
    place: str = said("Where 地点")
    starts_at: datetime = said("When it begins 开始时间")
    capacity: int = said("How many seats; 0: any number 名额")
    state: GatheringState = said("Where it stands 状态")
    outcome: str | None = said("What came of it 活动结果")
    created_at: datetime = said("When it was planned 创建时间")
    created_by: str = said("Who planned it 创建人")
    group = linked("Group", "group_id", words="The group 客户群")
    sign_ups = listed("SignUp", "sign_ups", words="Who comes, in the order of signing up 报名名单")


@strawberry.type(description="Somebody wants to come to an event 活动报名")
class SignUp(Node):
    noun = "sign_up"

    state: SignUpState = said("Whether they come 状态")
    made_at: datetime = said("When they signed up 报名时间")
    changed_at: datetime = said("When that last changed 更新时间")
    gathering = linked("Gathering", "gathering_id", words="The event 活动")
    customer = linked("Customer", "customer_id", words="Who 客户")


@strawberry.type(description="A prize draw that anybody can check 抽奖")
class Draw(Node):
    noun = "draw"

    name: str = said("Name 名称")
    prizes: int = said("How many prizes 奖品数")
    state: DrawState = said("Where it stands 状态")
    commitment: str = said("SHA-256 of the seed, known before the draw 种子摘要")
    seed: str | None = said("The seed, once it was drawn; its digest must be `commitment` 种子")
    entrants: JSON = said("Who takes part, by id in order 参与者")
    winners: JSON = said("Who won: the smallest digests of seed and id 中奖者")
    committed_at: datetime = said("When the seed was chosen 承诺时间")
    drawn_at: datetime | None = said("When it was drawn 开奖时间")
    made_by: str = said("Who holds it 主持人")
    group = linked("Group", "group_id", words="The group 客户群")


PostWhere, PostOrderField, PostOrder = asked(Post, "a post 群内容")
GatheringWhere, GatheringOrderField, GatheringOrder = asked(Gathering, "an event 群活动")
SignUpWhere, SignUpOrderField, SignUpOrder = asked(SignUp, "a sign-up 活动报名")
DrawWhere, DrawOrderField, DrawOrder = asked(Draw, "a draw 抽奖")
