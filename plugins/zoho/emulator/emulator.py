"""Puts the emulator together: organisation, accounts server, people, faults, notifications, behind one front."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.emulator import EmulatorOptions, Form, RequestSeen
from kequn.testing.emulator import FaultBox, Front, Webhooks
from plugins.zoho.emulator.app import Server
from plugins.zoho.emulator.bulk import call_back
from plugins.zoho.emulator.currencies import add_currencies
from plugins.zoho.emulator.faults import asks_to_write, zoho_faults
from plugins.zoho.emulator.forms import FORMS, TOLD
from plugins.zoho.emulator.knobs import read_knobs
from plugins.zoho.emulator.load import load_contacts
from plugins.zoho.emulator.oauth import Accounts
from plugins.zoho.emulator.org import Org
from plugins.zoho.emulator.people import ZohoPeople
from plugins.zoho.emulator.seed import Seeder
from plugins.zoho.emulator.users import add_users
from plugins.zoho.emulator.watch import send_webhooks


class ZohoEmulator:
    """Zoho CRM on one laptop. `accounts` and `org` are there for tests that look inside."""

    def __init__(self, options: EmulatorOptions) -> None:
        self.org = Org(options, read_knobs(options.knobs))
        add_users(self.org)
        add_currencies(self.org)
        if options.records:
            Seeder(self.org, options.records).run()
        if options.load is not None:
            load_contacts(self.org, options.load)
        self.org.changes.clear()
        self.accounts = Accounts(self.org)
        self.faults = FaultBox(zoho_faults(self.org), options.random, options.faults)
        self._webhooks = Webhooks(self.faults, options.transport)
        self._webhooks.due = self._finish_jobs
        self.people = ZohoPeople(self.org, self._notify)
        self.app = Front(Server(self.org, self.accounts, self._notify).app, self.faults, self._webhooks, asks_to_write)

    @property
    def requests(self) -> Sequence[RequestSeen]:
        return self.app.requests

    @property
    def forms(self) -> Sequence[Form]:
        return FORMS

    def settings(self, base_url: str) -> Mapping[str, Any]:
        return {
            "accounts_url": base_url.rstrip("/"),
            "client_id": self.accounts.client_id,
            "client_secret": self.accounts.client_secret,
            "refresh_token": self.accounts.consent(),
        }

    def telling(self, base_url: str) -> Mapping[str, Any]:
        return {**self.settings(base_url), **TOLD}

    async def settle(self) -> None:
        await self._webhooks.settle()

    def _notify(self) -> None:
        send_webhooks(self.org, self._webhooks)

    def _finish_jobs(self) -> None:
        call_back(self.org, self._webhooks)
