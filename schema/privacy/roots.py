"""The roots of privacy: consents, acts and periods, and what the periods let go now."""

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.domain.privacy import retention
from kequn.store.scope import Scope
from schema.context import Context
from schema.lists import listed
from schema.paging import Key
from schema.privacy.records import RetentionKind
from schema.single import single
from schema.words import shown

_NEWEST = (Key("id", descending=True),)


@strawberry.type(description="What a rule of retention lets go now 到期数据预览")
class RetentionDue:
    kind: RetentionKind = strawberry.field(description="Of what 类型")
    days: int = strawberry.field(description="Kept for so many days 天数")
    count: int = strawberry.field(description="How many rows 数量")
    oldest: datetime | None = strawberry.field(description="Since when the oldest is here 最早时间")


@strawberry.type
class PrivacyQuery:
    """What can be asked."""

    purpose_consent = single("PurposeConsent", "A consent 个人信息使用同意")
    purpose_consents = listed("PurposeConsent", usual=_NEWEST, words="Who agreed to what use 个人信息使用同意列表")
    privacy_act = single("PrivacyAct", "An act 个人信息处理记录")
    privacy_acts = listed("PrivacyAct", usual=_NEWEST, words="What was shown or erased 个人信息处理记录列表")
    retention_rule = single("RetentionRule", "A period 保存期限")
    retention_rules = listed("RetentionRule", usual=(Key("kind"),), words="How long things are kept 保存期限列表")

    @shown("What the periods of retention let go now; changes nothing 到期数据预览")
    async def retention_preview(self, info: Info[Context]) -> list[RetentionDue]:
        now = info.context.now

        async def load(session: AsyncSession, scope: Scope, vault: Any, keys: list[Any]) -> dict[Any, Any]:
            return dict.fromkeys(keys, await retention.due(session, scope, now))

        found: list[retention.Due] = await info.context.ask.of_all("retention", load, None)
        return [RetentionDue(kind=RetentionKind(o.kind), days=o.days, count=o.count, oldest=o.oldest) for o in found]
