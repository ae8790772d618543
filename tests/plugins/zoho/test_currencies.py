"""Zoho's currencies as exchange rates: what they are worth, how often Zoho is asked, and what it may refuse."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kequn.contracts.codecs import parse_time
from kequn.contracts.crm import ExchangeRate, Rates
from kequn.contracts.errors import BrokenReply
from plugins.zoho.adapter.currencies import read_currencies
from tests.plugins.zoho.rig import Rig, opened

DAY = 24 * 3600
TIME = "2026-01-05T17:00:00+08:00"


def currency(code: str, rate: str, **more: Any) -> dict[str, Any]:
    return {"iso_code": code, "is_base": False, "exchange_rate": rate, "modified_time": TIME, **more}


BASE = currency("CNY", "1.000000000", is_base=True)


def asked(rig: Rig) -> int:
    return sum(request.url.path == "/crm/v8/org/currencies" for request in rig.tap.sent)


@settings(max_examples=50)
@given(st.decimals("0.000001", "100000", places=9))
def test_a_unit_is_worth_the_home_currency_over_its_rate(rate: Decimal) -> None:
    (found,) = read_currencies([BASE, currency("USD", str(rate))])
    assert (found.currency, found.home, found.since) == ("USD", "CNY", parse_time(TIME))
    assert abs(found.rate * rate - 1) < Decimal(1).scaleb(-20)


@pytest.mark.parametrize(
    "rows",
    [
        [currency("USD", "0.14")],
        *([BASE, currency("USD", rate)] for rate in ("0", "-1", "NaN", "Infinity", "much")),
        [BASE, currency("USD", "0.14", modified_time=None)],
        [BASE, {"iso_code": "USD"}],
    ],
)
def test_what_cannot_be_read(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(BrokenReply):
        read_currencies(rows)


@pytest.mark.anyio
async def test_zoho_is_asked_once_a_day() -> None:
    rig = await opened()
    assert isinstance(rig.crm, Rates)
    for hours in range(1, 50):
        rig.later(3600)
        await rig.reopen()
        await rig.crm.exchange_rates()
        assert asked(rig) == 1 + (hours - 1) // 24
    assert {str(one.url.query) for one in rig.tap.sent if one.url.path.endswith("/currencies")} == {"b''"}


@pytest.mark.anyio
async def test_what_an_administrator_changes_is_known_a_day_later() -> None:
    rig = await opened()
    (before,) = await rig.crm.exchange_rates()
    rig.later(3600)
    rig.people.set_currency("USD", "0.125")
    rig.people.set_currency("EUR", "0.1")
    changed = rig.clock.now()
    assert await rig.crm.exchange_rates() == [before]
    rig.later(DAY)
    found = await rig.crm.exchange_rates()
    assert found == [ExchangeRate(code, "CNY", Decimal(rate), changed) for code, rate in (("USD", 8), ("EUR", 10))]


@pytest.mark.anyio
async def test_where_there_is_one_currency_nothing_is_asked() -> None:
    rig = await opened(knobs={"multi_currency": False})
    assert (await rig.crm.exchange_rates(), asked(rig)) == ([], 0)


SCOPES = "ZohoCRM.modules.ALL,ZohoCRM.settings.modules.READ,ZohoCRM.settings.fields.READ,ZohoCRM.org.READ"


@pytest.mark.anyio
@pytest.mark.parametrize("knobs", [{"edition": "standard"}, {"scopes": SCOPES}])
async def test_what_is_refused_is_not_asked_for_again_that_day(knobs: dict[str, Any]) -> None:
    rig = await opened(knobs=knobs, create_fields=False)
    for _ in range(3):
        assert await rig.crm.exchange_rates() == []
    assert asked(rig) == 1


@pytest.mark.anyio
async def test_nonsense_is_not_noted() -> None:
    rig = await opened()
    rig.tap.nonsense = {"currencies": [{"iso_code": "USD"}]}
    with pytest.raises(BrokenReply):
        await rig.crm.exchange_rates()
    rig.tap.nonsense = None
    assert len(await rig.crm.exchange_rates()) == 1
