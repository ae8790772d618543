"""Acme's webhooks. This plugin asks for none so far: it finds changes by reading."""

from kequn.contracts.crm import Hint, Subscription, WebhookRequest
from kequn.contracts.errors import Rejected
from kequn.contracts.host import CrmHost

from .client import AcmeClient

AVAILABLE = False


async def subscribe(client: AcmeClient, host: CrmHost, url: str, current: Subscription | None) -> Subscription:
    raise Rejected("the plugin for Acme asks for no webhooks")


def read(host: CrmHost, request: WebhookRequest) -> Hint:
    raise Rejected("nobody asked Acme for webhooks")
