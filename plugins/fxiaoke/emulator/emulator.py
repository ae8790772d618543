"""Puts the emulator together: tenant, tokens, people, faults, events, behind one front."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.emulator import EmulatorOptions, Form, RequestSeen
from kequn.testing.emulator import FaultBox, Front, Webhooks
from plugins.fxiaoke.emulator.app import Server
from plugins.fxiaoke.emulator.events import Sender
from plugins.fxiaoke.emulator.faults import asks_to_write, fxiaoke_faults
from plugins.fxiaoke.emulator.forms import FORMS
from plugins.fxiaoke.emulator.knobs import read_knobs
from plugins.fxiaoke.emulator.objects import ANSWER, CLAIM, GROUP, PARENT
from plugins.fxiaoke.emulator.people import FxiaokePeople
from plugins.fxiaoke.emulator.seed import Seeder
from plugins.fxiaoke.emulator.tenant import Tenant
from plugins.fxiaoke.emulator.tokens import Tokens

CASES = {
    "kind": "kq_kind__c", "channel": "kq_channel__c", "status": "kq_status__c", "priority": "kq_priority__c",
    "content": "kq_content__c", "solution": "kq_solution__c",
}  # fmt: skip
NOTES = {
    "channel": "kq_channel__c", "direction": "kq_direction__c", "status": "kq_status__c", "content": "kq_content__c",
    "happened_at": "kq_happened_at__c",
}  # fmt: skip
ORDERS = {"kind": "kq_kind__c", "status": "kq_status__c", "paid_at": "kq_paid_at__c"}
GROUPS = {"platform": "kq_platform__c", "purpose": "kq_purpose__c", "description": "kq_description__c"}

FIELDS = {
    "AccountObj": {"type": "account_type"}, "SalesOrderObj": ORDERS, "CasesObj": CASES, "ActiveRecordObj": NOTES,
    GROUP: GROUPS,
}  # fmt: skip
"""What a connection must be told of the fields that this tenant's administrator has made, or given a meaning."""

TOLD_IN = {"benefit_claim": CLAIM, "survey_answer": ANSWER}
TOLD = {
    "AccountObj": {**FIELDS["AccountObj"], "parent": PARENT},
    CLAIM: {"code": "kq_code__c", "state": "kq_state__c", "expires_at": "kq_until__c"},
    ANSWER: {"question": "kq_question__c", "score": "kq_score__c"},
}
"""The same of the objects that are left to kequn, and of what is seldom told."""

OPTIONS = {
    "AccountObj": {"account_type": {"organisation": "1", "person": "2"}},
    "SalesOrderObj": {"kq_kind__c": {"sale": "1", "return": "2"}},
    "ActiveRecordObj": {
        "kq_channel__c": {"phone": "1", "meeting": "2", "task": "3"},
        "kq_direction__c": {"inbound": "1", "outbound": "2"},
    },
}


class FxiaokeEmulator:
    """Fxiaoke on one laptop. `tenant`, `tokens` and `events` are there for tests that look inside."""

    def __init__(self, options: EmulatorOptions) -> None:
        if options.load is not None:
            raise ValueError("it loads no file")
        self.tenant = Tenant(options, read_knobs(options.knobs))
        if options.records:
            Seeder(self.tenant, options.records).run()
        self.tokens = Tokens(self.tenant)
        self.faults = FaultBox(fxiaoke_faults(self.tenant), options.random, options.faults)
        self._webhooks = Webhooks(self.faults, options.transport)
        self.events = Sender(self.tenant, self._webhooks)
        self.people = FxiaokePeople(self.tenant, self.events.send)
        server = Server(self.tenant, self.tokens, self.events.send)
        self.app = Front(server, self.faults, self._webhooks, asks_to_write)

    @property
    def requests(self) -> Sequence[RequestSeen]:
        return self.app.requests

    @property
    def forms(self) -> Sequence[Form]:
        return FORMS

    def settings(self, base_url: str) -> Mapping[str, Any]:
        """Persons and organisations stand in one object, told apart by a field."""
        return {
            "base_url": base_url.rstrip("/"),
            "app_id": self.tokens.app_id,
            "app_secret": self.tokens.app_secret,
            "permanent_code": self.tokens.permanent_code,
            "current_open_user_id": next(iter(self.tenant.users)),
            "event_aes_key": self.tenant.callback.key,
            "customers": {"AccountObj": "person"},
            "fields": FIELDS,
            "options": OPTIONS,
        }

    def telling(self, base_url: str) -> Mapping[str, Any]:
        return {**self.settings(base_url), "objects": TOLD_IN, "fields": {**FIELDS, **TOLD}}

    async def settle(self) -> None:
        await self._webhooks.settle()
