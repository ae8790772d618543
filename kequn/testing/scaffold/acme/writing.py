"""Writing to Acme. This plugin only reads so far: every change is refused."""

from collections.abc import Sequence

from kequn.contracts.changes import Change, Receipt
from kequn.contracts.errors import CrmError, Rejected

from .client import AcmeClient

WRITABLE: frozenset[str] = frozenset()
"""The fields of ours that may be written."""


async def push(client: AcmeClient, changes: Sequence[Change]) -> Sequence[Receipt | CrmError]:
    return [Rejected("the plugin for Acme only reads") for _ in changes]
