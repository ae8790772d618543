"""What is kept about the handling of personal information: consents, what was shown or erased, periods of retention."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.community.asking import asked, said
from schema.lists import linked
from schema.node import Node
from schema.scalars import JSON

one = strawberry.enum_value


@strawberry.enum(description="What a customer's data are used for 个人信息使用目的")
class Purpose(Enum):
    SERVICE = one("service", description="To serve them 提供服务")
    MARKETING = one("marketing", description="To tell them of offers 营销")
    PROFILING = one("profiling", description="To judge them by rules 画像与自动化决策")
    SHARING = one("sharing", description="To hand their data to others 向他人提供")


@strawberry.enum(description="What was done with what stands about a person 个人信息处理类型")
class PrivacyActKind(Enum):
    EXPORTED = one("exported", description="It was shown to them 查阅、复制")
    ERASED = one("erased", description="It was erased 删除")


@strawberry.enum(description="Why what stands about a person is erased 删除理由")
class ErasureGround(Enum):
    REQUEST = one("request", description="They asked for it 个人请求")
    WITHDRAWN = one("withdrawn", description="They withdrew their consent 撤回同意")
    NEEDLESS = one("needless", description="It is not needed any more, or its time is over 目的已实现或保存期限届满")
    UNLAWFUL = one("unlawful", description="It should not have been kept 违法或违约处理")


@strawberry.enum(description="What is kept only so long 保存期限类型")
class RetentionKind(Enum):
    CUSTOMER = one("customer", description="Customers without an order or a word since: they are erased 客户")
    INTERACTION = one("interaction", description="Interactions 互动记录")
    FEEDBACK = one("feedback", description="Feedback 反馈")
    NOTICE = one("notice", description="Notices 通知")


@strawberry.type(description="A customer agreed that their data are used for a purpose 个人信息使用同意")
class PurposeConsent(Node):
    noun = "purpose_consent"

    purpose: Purpose = said("What for 目的")
    evidence: str = said("How it is known 依据")
    given_at: datetime = said("Since when 同意时间")
    noted_by: str = said("Who noted it 记录人")
    withdrawn_at: datetime | None = said("When it was withdrawn; empty: it stands 撤回时间")
    withdrawn_by: str | None = said("Who noted that 撤回记录人")
    customer = linked("Customer", "customer_id", words="Who agreed 客户")


@strawberry.type(description="What stands about a person was shown to them or erased 个人信息处理记录")
class PrivacyAct(Node):
    noun = "privacy_act"

    kind: PrivacyActKind = said("What was done 类型")
    ground: ErasureGround = said("Why 理由")
    at: datetime = said("When 时间")
    actor: str = said("Who did it 操作人")
    counts: JSON = said("How many rows of which table 记录数")
    customer = linked("Customer", "customer_id", words="Whose; empty once they are erased 客户")


@strawberry.type(description="How long things of a kind are kept 保存期限")
class RetentionRule(Node):
    noun = "retention_rule"

    kind: RetentionKind = said("Of what 类型")
    days: int = said("So many days 天数")
    changed_at: datetime = said("Since when the rule holds 修改时间")
    changed_by: str = said("Who made it 修改人")


PurposeConsentWhere, PurposeConsentOrderField, PurposeConsentOrder = asked(PurposeConsent, "a consent 个人信息使用同意")
PrivacyActWhere, PrivacyActOrderField, PrivacyActOrder = asked(PrivacyAct, "a privacy act 个人信息处理记录")
RetentionRuleWhere, RetentionRuleOrderField, RetentionRuleOrder = asked(RetentionRule, "a period 保存期限")
