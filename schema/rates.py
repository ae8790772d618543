"""Exchange rates: what money is worth in the money of the standard, from when on."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.domain import rates
from kequn.domain.checks import Unreadable
from kequn.domain.problems import Code, Refused, refuse
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema import given, once
from schema.context import Context
from schema.once import IdempotencyKey
from schema.payloads import Payload
from schema.problems import show
from schema.words import shown


@strawberry.type(description="What money is worth in other money, from a moment on 汇率")
class ExchangeRate:
    currency: str = strawberry.field(description="Of which currency one unit (ISO 4217) 币种")
    into: str = strawberry.field(description="In which currency 目标币种")
    since: datetime = strawberry.field(description="From when on 生效时间")
    rate: Decimal = strawberry.field(description="What it is worth 汇率")
    source: str = strawberry.field(description="Where that is from 来源")
    noted_at: datetime = strawberry.field(description="When it was noted 记录时间")
    noted_by: str = strawberry.field(description="Who noted it 记录人")


@strawberry.type(description="The rate, or why nothing was noted 汇率设置结果")
class ExchangeRatePayload(Payload):
    rate: ExchangeRate | None = strawberry.field(default=None, description="As it was noted 汇率")


Currency = Annotated[str, strawberry.argument(description="Of which currency one unit (ISO 4217) 币种")]
Worth = Annotated[Decimal, strawberry.argument(description="What it is worth in the standard's currency 汇率")]
Since = Annotated[datetime | None, strawberry.argument(description="From when on; left out: now 生效时间")]
Source = Annotated[str, strawberry.argument(description="Where that is from 来源")]


async def _load(session: AsyncSession, scope: Scope, vault: Vault, keys: Sequence[Any]) -> dict[Any, Any]:
    return dict.fromkeys(keys, await rates.known(session, scope))


def _shown(one: rates.Rate) -> ExchangeRate:
    return ExchangeRate(**{name: getattr(one, name) for name in rates.Rate.__dataclass_fields__})


_AS_TEXT = ("since", "rate", "noted_at")


def _read(told: Mapping[str, Any]) -> ExchangeRate:
    """From plain JSON."""
    since, noted_at = (datetime.fromisoformat(told[name]) for name in ("since", "noted_at"))
    return ExchangeRate(**{**told, "since": since, "noted_at": noted_at, "rate": Decimal(told["rate"])})


@strawberry.type
class Rates:
    """What money is worth."""

    @shown("Exchange rates, by currency, the latest first 汇率列表")
    async def exchange_rates(self, info: Info[Context]) -> list[ExchangeRate]:
        return [_shown(one) for one in await info.context.ask.together("rates", _load, None)]


@strawberry.type
class RateMutation:
    """What people say about money."""

    @shown("Say what a currency is worth from a moment on; figures are worked out anew at the next evaluation 设置汇率")
    async def set_exchange_rate(
        self,
        info: Info[Context],
        currency: Currency,
        rate: Worth,
        since: Since = None,
        source: Source = "",
        idempotency_key: IdempotencyKey = None,
    ) -> ExchangeRatePayload:
        try:
            if isinstance(rate, Unreadable):
                raise refuse(Code.BAD_NUMBER, "rate")
            async with info.context.desk() as desk:

                async def work() -> Mapping[str, Any]:
                    said = await rates.set_rate(desk, currency.upper(), rate, given.moment(since, "since"), source)
                    return {**asdict(said), **{name: str(getattr(said, name)) for name in _AS_TEXT}}

                told = await once.tell(info, desk, work)
        except Refused as refused:
            return ExchangeRatePayload(problems=show(refused.problems, info.context.language))
        return ExchangeRatePayload(rate=_read(told))
