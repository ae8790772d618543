"""Puts the emulator together: company, people, faults, pushes, behind one front."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.emulator import EmulatorOptions, Form, RequestSeen
from kequn.contracts.records import Kind
from kequn.testing.emulator import FaultBox, Front, Webhooks
from plugins.jiandaoyun.emulator.app import Server
from plugins.jiandaoyun.emulator.company import Company
from plugins.jiandaoyun.emulator.console import Console
from plugins.jiandaoyun.emulator.designs import TOLD, form_settings
from plugins.jiandaoyun.emulator.faults import jiandaoyun_faults
from plugins.jiandaoyun.emulator.knobs import read_knobs
from plugins.jiandaoyun.emulator.people import JiandaoyunPeople
from plugins.jiandaoyun.emulator.pushes import ANSWER_SECONDS, Pushes
from plugins.jiandaoyun.emulator.seed import Seeder
from plugins.jiandaoyun.emulator.ways import asks_to_write

CUSTOMER_FORM = {
    "name": "name", "email": "email", "notes": "note", "occupation": "occupation", "website": "website",
    "needs": "needs", "region": "address.province",
    "city": "address.city", "street": "address.detail", "country": "country", "postcode": "postcode",
}  # fmt: skip


class JiandaoyunEmulator:
    """Jiandaoyun on one laptop. `company` is there for tests that look inside."""

    def __init__(self, options: EmulatorOptions) -> None:
        if options.load is not None:
            raise ValueError("the emulator of Jiandaoyun loads no file")
        self.company = Company(options, read_knobs(options.knobs))
        if options.records:
            Seeder(self.company, options.records).run()
        self.faults = FaultBox(jiandaoyun_faults(self.company), options.random, options.faults)
        self._webhooks = Webhooks(self.faults, options.transport, ANSWER_SECONDS)
        self.people = JiandaoyunPeople(self.company, Pushes(self.company, self._webhooks))
        server = Server(self.company, Console(self.people))
        self.app = Front(server.app, self.faults, self._webhooks, asks_to_write)

    @property
    def requests(self) -> Sequence[RequestSeen]:
        return self.app.requests

    @property
    def forms(self) -> Sequence[Form]:
        return (
            Form(
                Kind.CUSTOMER,
                "customer",
                CUSTOMER_FORM,
                {"type": "个人"},
                {"parent": "parent_ref", "tier": "tier_ref"},
                {"interests": "interests"},
                organisations={"type": "组织"},
            ),
            Form(Kind.GROUP, "group", {"name": "name", "description": "description", "colour": "colour"}),
            Form(
                Kind.FEEDBACK,
                "feedback",
                {"subject": "subject", "content": "content", "solution": "solution"},
                {"status": "New", "channel": "Phone"},
                {"customer": "customer_ref"},
            ),
            Form(
                Kind.PURCHASE,
                "purchase",
                {"name": "order_no"},
                {"kind": "销售"},
                {"customer": "customer_ref"},
                amounts={"amount": "amount"},
            ),
            Form(
                Kind.INTERACTION,
                "interaction",
                {"subject": "subject", "content": "summary"},
                references={"customer": "customer_ref"},
            ),
            Form(
                Kind.BENEFIT_CLAIM,
                "benefit_claim",
                {"name": "benefit", "code": "code", "state": "state"},
                references={"customer": "customer_ref"},
            ),
            Form(
                Kind.SURVEY_ANSWER,
                "survey_answer",
                {"survey": "survey", "question": "question"},
                references={"customer": "customer_ref"},
                amounts={"score": "score"},
            ),
        )

    @property
    def outcomes(self) -> Sequence[int]:
        """The statuses with which pushes were answered (0: not at all)."""
        return self._webhooks.outcomes

    def settings(self, base_url: str) -> Mapping[str, Any]:
        return {
            "base_url": f"{base_url.rstrip('/')}/api",
            "api_key": self.company.knobs.api_key,
            "webhook_secret": self.company.knobs.webhook_secret,
            "forms": form_settings(),
            # whoever makes and owns the records that other emulators have too works there under this address
            "staff_emails": {name: f"user{place + 1}@example.com" for place, name in enumerate(self.company.users)},
        }

    def telling(self, base_url: str) -> Mapping[str, Any]:
        settings = self.settings(base_url)
        return {**settings, "forms": {**settings["forms"], **form_settings(TOLD)}}

    async def settle(self) -> None:
        await self._webhooks.settle()
