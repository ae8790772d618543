"""What may be done with personal information: consent noted and withdrawn, a copy given, a person erased, periods
set."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import Info

from kequn.contracts.identity import format_id
from kequn.domain.privacy import consents, erasing, exporting, retention
from kequn.domain.problems import Refused
from schema import filters, once
from schema.community.acting import CUSTOMER, Given, act, which
from schema.context import Context
from schema.doing import count
from schema.once import IdempotencyKey
from schema.payloads import Payload, argument
from schema.privacy.records import ErasureGround, Purpose, RetentionKind
from schema.problems import show
from schema.scalars import JSON
from schema.words import shown

CustomerId = Annotated[strawberry.ID, strawberry.argument(description="The customer, even a deleted one 客户")]


@strawberry.type(description="A copy of what stands about a person, or why there is none 个人信息副本")
class ExportPayload(Payload):
    document: JSON | None = strawberry.field(
        default=None, description="Every row of every table that tells of them, by table; `history`; `crms` 内容"
    )
    act: strawberry.ID | None = strawberry.field(default=None, description="Where it is noted 处理记录编号")


async def _keep_for_good(desk: Any, kind: RetentionKind) -> int:
    return await retention.keep_for_good(desk, str(kind.value))


async def _carry_out(desk: Any) -> int:
    return await retention.carry_out(desk)


@strawberry.type
class PrivacyMutation:
    """What may be done."""

    give_consent = act(
        "PurposeConsent",
        "Note that a customer agrees to a use of their data 记录个人信息使用同意",
        consents.give,
        CUSTOMER,
        Given("purpose", "What for 目的", Purpose),
        Given("evidence", "How it is known: a form, a call, … 依据", str),
    )
    withdraw_consent = act(
        "PurposeConsent",
        "Note that it is withdrawn; of marketing it holds at once, in the CRMs too 撤回同意",
        consents.withdraw,
        which("purpose_consent", "The consent 同意记录"),
    )
    erase_customer = act(
        "PrivacyAct",
        "Erase a person: what tells who they are goes from every table, and the key of what is sealed is destroyed. It "
        "cannot be undone. Their records in the CRMs go by the rules for deletes 删除个人信息",
        erasing.erase,
        which("customer", "The customer, even a deleted one 客户", "customer"),
        Given("ground", "Why 理由", ErasureGround),
    )
    set_retention = act(
        "RetentionRule",
        "Keep what is of a kind only so long; a worker lets go what is older 设置保存期限",
        retention.keep,
        Given("kind", "Of what 类型", RetentionKind),
        Given("days", f"So many days, {retention.LEAST} at least 天数", int),
    )
    drop_retention = count(
        "Keep what is of a kind for good 取消保存期限",
        _keep_for_good,
        argument("kind", RetentionKind, "Of what 类型"),
    )
    carry_out_retention = count(
        f"Let go what is due, {retention.AT_ONCE} rows of a kind at a time; a worker does all, every day 清理到期数据",
        _carry_out,
    )

    @shown("A copy of all that stands about a person, for them to read; who asked for it is noted 查阅、复制个人信息")
    async def export_customer(
        self, info: Info[Context], customer: CustomerId, idempotency_key: IdempotencyKey = None
    ) -> ExportPayload:
        try:
            async with info.context.desk() as desk:
                copy = await exporting.export(desk, filters.uuid(customer, "customer", "customer"))

                async def noted() -> Mapping[str, Any]:  # what is kept for a replay says nothing of the person
                    return {"act": (await exporting.note(desk, copy)).hex}

                told = await once.tell(info, desk, noted)
        except Refused as refused:
            return ExportPayload(problems=show(refused.problems, info.context.language))
        act = strawberry.ID(format_id("privacy_act", UUID(told["act"])))
        return ExportPayload(document=JSON(copy.document), act=act)
