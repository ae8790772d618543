"""Zoho's currencies as exchange rates. Zoho is asked at most once a day; in between the connection's notebook knows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from kequn.contracts.codecs import parse_time
from kequn.contracts.crm import ExchangeRate
from kequn.contracts.errors import BrokenReply, NeedsLogin
from kequn.contracts.host import CrmHost
from plugins.zoho.adapter.described import cut
from plugins.zoho.adapter.organisation import Organisation
from plugins.zoho.client import API, Refused, ZohoClient

NOTE = "currencies"
LOOK_AGAIN = timedelta(days=1)
KEYS = ("iso_code", "is_base", "exchange_rate", "modified_time")
WITHOUT = {"CURRENCIES_NOT_ENABLED", "FEATURE_NOT_SUPPORTED"}


class Currencies:
    def __init__(self, client: ZohoClient, organisation: Organisation, host: CrmHost) -> None:
        self._client = client
        self._organisation = organisation
        self._host = host

    async def rates(self) -> list[ExchangeRate]:
        """None where the organisation has one currency alone, or the scope to read them was not granted."""
        if not self._organisation.facts.currencies:
            return []
        now, note = self._host.clock.now(), await self._host.notebook.read(NOTE)
        if note is None or datetime.fromisoformat(note["asked"]) + LOOK_AGAIN <= now:
            note = {"asked": now.isoformat(), "currencies": await self._ask()}
            await self._host.notebook.write(NOTE, note)
        return read_currencies(note["currencies"])

    async def _ask(self) -> Sequence[Mapping[str, Any]]:
        try:
            rows = (await self._client.read(f"{API}/org/currencies")).rows("currencies")
        except NeedsLogin as error:
            if error.scope is None:
                raise
            self._host.log.warning("zoho.currencies_closed", scope=error.scope)
            return []
        except Refused as error:
            if error.zoho not in WITHOUT:
                raise
            return []
        currencies = [cut(row, KEYS) for row in rows]
        read_currencies(currencies)  # what cannot be read is not noted
        return currencies


def read_currencies(rows: Sequence[Mapping[str, Any]]) -> list[ExchangeRate]:
    """Zoho says how much of a currency one unit of the home currency is; we say what a unit of it is worth. Inactive
    ones too: records may still be in them. Raises BrokenReply."""
    try:
        home = next((str(row["iso_code"]) for row in rows if row["is_base"]), "")
        others = [row for row in rows if not row["is_base"]]
        if others and not home:
            raise BrokenReply("Zoho lists currencies and none of them is the home currency")
        return [
            ExchangeRate(str(row["iso_code"]), home, _worth(row), parse_time(row["modified_time"])) for row in others
        ]
    except (KeyError, TypeError, ValueError, InvalidOperation):
        raise BrokenReply("Zoho lists a currency without code, rate or time") from None


def _worth(row: Mapping[str, Any]) -> Decimal:
    rate = Decimal(str(row["exchange_rate"]))
    if not rate.is_finite() or rate <= 0:
        raise ValueError("a rate is more than nothing")
    return 1 / rate
