"""Acme on one laptop: state, an HTTP surface, faults, webhooks and the people who work there, put together.

Write yours as the CRM's documentation says, with its limits and error bodies; let somebody else's client judge it."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.emulator import EmulatorOptions, Form, RequestSeen
from kequn.contracts.records import Kind
from kequn.testing.emulator import Fault, FaultBox, Front, Webhooks, generic_faults, mark

from .people import AcmePeople
from .server import Server
from .state import State

FORMS = (
    Form(
        Kind.CUSTOMER,
        "contacts",
        {"name": "name", "city": "city", "notes": "notes", "email": "email", "phone": "phone"},
    ),
    Form(Kind.CUSTOMER, "companies", {"name": "name", "notes": "notes", "phone": "phone"}),
)
OWN = ("token_expired", "token_revoked", "scope_missing", "page_token_expired", "stale_read")
"""Faults that the server itself must play."""


class AcmeEmulator:
    """An `Emulator`."""

    def __init__(self, options: EmulatorOptions) -> None:
        if options.load is not None or options.knobs:
            raise ValueError("the emulator of Acme takes no file and no knobs")
        self.state = State(options.clock, options.seed, options.records)
        bodies = {status: {"code": code} for status, code in ((429, "throttled"), (500, "broken"), (503, "busy"))}
        faults = generic_faults(options.clock, bodies, throttled_in_200={"code": "throttled"})
        self.faults = FaultBox({**faults, **_own_faults()}, options.random, options.faults)
        self._webhooks = Webhooks(self.faults, options.transport)
        self._webhooks.due = self._tell
        self.people = AcmePeople(self.state)
        self.app = Front(Server(self.state).app, self.faults, self._webhooks, asks_to_write)

    @property
    def requests(self) -> Sequence[RequestSeen]:
        return self.app.requests

    @property
    def forms(self) -> Sequence[Form]:
        return FORMS

    def settings(self, base_url: str) -> Mapping[str, Any]:
        return {"base_url": base_url, "client_id": self.state.client_id, "client_secret": self.state.client_secret}

    async def settle(self) -> None:
        await self._webhooks.settle()

    def _tell(self) -> None:
        for webhook in self.state.webhooks():
            self._webhooks.send(webhook)


def _own_faults() -> dict[str, Fault]:
    return {name: Fault(mark(name), transient=name in {"token_expired", "stale_read"}, applies=_is_api) for name in OWN}


def _is_api(scope: Any) -> bool:
    return str(scope["path"]).startswith("/v1/")


def asks_to_write(method: str, path: str) -> bool:
    return method != "GET" and path.endswith("/batch")
