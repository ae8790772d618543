"""`kequn plugin check PLUGIN --connection NAME --scratch`: the conformance kit on the CRM that a connection leads to.
It makes records there, each with the tag of the run, and takes them away again."""

import asyncio

from cli.installation import Installation, opened
from kequn.certifying import Wish, conclude, quiet, show
from kequn.contracts.hooks import CrmPlugin
from kequn.contracts.host import Token
from kequn.contracts.secrets import Secret
from kequn.store import connections
from kequn.store.tables import Connection
from kequn.store.token_store import SealedTokens
from kequn.terminal import Failure, note
from kequn.testing.conformance import Level, Verdict, check
from kequn.testing.conformance.sandbox import LIVE
from kequn.testing.conformance.sandbox import scratch as on_scratch

PATIENCE = 3600.0


def certify(plugin: str, connection: str, tenant: str | None, wish: Wish, *, scratch: bool) -> Verdict:
    """Run the cases that a CRM in use can be put to, and show them. Raises Failure and BadSettings."""
    if not scratch:
        raise Failure(f"this makes and deletes records in the CRM of {connection}: say so with --scratch")

    async def work() -> Verdict:
        async with opened(tenant) as here:
            entry = here.registry.crm(plugin)
            async with here.database.writing() as session:
                row = await connections.refresh(session, here.scope, entry, connection, keyring=here.keyring)
            if row.plugin != plugin:
                raise Failure(f"the connection {connection} is one of {row.plugin}, not of {plugin}")
            return await _certify(here, entry, row, wish)

    return asyncio.run(work())


async def _certify(here: Installation, entry: CrmPlugin, row: Connection, wish: Wish) -> Verdict:
    settings = connections.settings_of(row, entry.manifest, here.keyring)
    plain = {name: value.reveal() if isinstance(value, Secret) else value for name, value in settings.items()}
    store = SealedTokens(here.database, here.scope, row.id, here.keyring, clock=here.clock, chance=here.random)
    token = await store.load()
    tag = f"kq{here.random.bytes(3).hex()}"
    note(f"records of this run say {tag}; they are taken away at the end")
    with on_scratch(entry, here.registry.sources[entry.name], plain, here.clock, tag, token=token) as (subject, hands):
        try:
            level, only = wish.level or Level.WRITE, LIVE & wish.cases or LIVE
            report = quiet if wish.json else show
            verdict = await check(subject, level, only=only, patience=PATIENCE, report=report)
        finally:
            for line in hands.take_away():
                note(f"left behind: {line}")
            await _keep(store, token, hands.token)
    conclude(verdict, wish)
    return verdict


async def _keep(store: SealedTokens, before: Token | None, after: Token | None) -> None:
    """A CRM may have given another refresh token meanwhile, and taken back the old one."""
    if after is not None and after != before:
        async with store.lock():
            await store.replace(after)
