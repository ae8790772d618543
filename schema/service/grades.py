"""The grades that feedback is given, and the states that it goes through, in both languages."""

from enum import Enum

import strawberry


@strawberry.enum(description="How far a ticket is 处理状态")
class TicketState(Enum):
    OPEN = strawberry.enum_value("open", description="Nobody has answered yet 待处理")
    ANSWERED = strawberry.enum_value("answered", description="Was answered 已响应")
    ESCALATED = strawberry.enum_value("escalated", description="Is with those above 已升级")
    SOLVED = strawberry.enum_value("solved", description="Has a solution 已解决")
    CLOSED = strawberry.enum_value("closed", description="Is over 已关闭")


@strawberry.enum(description="What a feedback is about 反馈分类")
class Category(Enum):
    PRODUCT = strawberry.enum_value("product", description="Product 产品")
    PRICE = strawberry.enum_value("price", description="Price 价格")
    DELIVERY = strawberry.enum_value("delivery", description="Delivery 物流")
    SERVICE = strawberry.enum_value("service", description="Service 服务")
    BENEFIT = strawberry.enum_value("benefit", description="Benefits and events 福利活动")
    OTHER = strawberry.enum_value("other", description="Anything else 其他")


@strawberry.enum(description="How grave it is 严重程度")
class Severity(Enum):
    LOW = strawberry.enum_value("low", description="Low 低")
    MEDIUM = strawberry.enum_value("medium", description="Medium 中")
    HIGH = strawberry.enum_value("high", description="High 高")
    CRITICAL = strawberry.enum_value("critical", description="Critical 紧急")


@strawberry.enum(description="How it is meant 情感倾向")
class Sentiment(Enum):
    NEGATIVE = strawberry.enum_value("negative", description="Negative 负面")
    NEUTRAL = strawberry.enum_value("neutral", description="Neutral 中性")
    POSITIVE = strawberry.enum_value("positive", description="Positive 正面")


@strawberry.enum(description="Where a feedback is answered 处理场合")
class Setting(Enum):
    GROUP = strawberry.enum_value("group", description="In the group, for all to read 群内")
    PRIVATE = strawberry.enum_value("private", description="In private, with the customer alone 私聊")
