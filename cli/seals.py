"""`kequn db reseal`: what an older key has sealed is sealed with the first of KEQUN_SECRET_KEY, for all tenants, so
that the older one can be taken away; and what is still to be done of that, which the doctor asks, too."""

import asyncio
from collections import Counter

from cli.installation import Json, database_at
from kequn.clock import SystemClock, SystemRandom
from kequn.contracts.secrets import Keyring
from kequn.settings import Settings
from kequn.store import seals, tenants
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.terminal import Failure, note, say, say_json

NAMES = {
    seals.SECRETS.name: "settings of connections",
    seals.TOKEN.name: "tokens of connections",
    seals.SUBSCRIPTION.name: "webhooks of connections",
    seals.KEYS.name: "keys of customers",
}


def reseal(json: Json = False) -> None:
    """Seal everything with the first key of KEQUN_SECRET_KEY. Those behind it can then be taken away. It goes on where
    it was stopped."""

    async def work() -> tuple[Counter[str], str | None]:
        settings, clock, random = Settings.read(), SystemClock(), SystemRandom()
        keyring, done = settings.keyring(random), Counter[str]()
        async with database_at(settings.database_url) as database:
            for slug, scope in await _tenants(database):
                fresh = await seals.renew(database, scope, keyring, clock, random)
                done += fresh
                if not json:
                    note(f"{slug}: {fresh.total():,}")
            return done, await wrong(database, keyring)

    done, left = asyncio.run(work())
    if json:
        say_json({"sealed": {name: done[name] for name in NAMES}, "left": left})
    else:
        told = ", ".join(f"{done[name]:,} {what}" for name, what in NAMES.items() if done[name])
        say(f"{done.total():,} values are sealed anew{f': {told}' if told else ''}")
    if left:
        raise Failure(left)


async def wrong(database: Database, keyring: Keyring) -> str | None:
    """What another key than the first has sealed, and what to do about it."""
    found: Counter[bytes] = Counter()
    for _, scope in await _tenants(database):
        async with database.reading() as session:
            found += await seals.by_key(session, scope)
    lost = {key: count for key, count in found.items() if not keyring.knows(key)}
    old = sum(count for key, count in found.items() if keyring.knows(key) and not keyring.is_current(key))
    told = [
        f"{count:,} values are sealed with key {key.hex()}, which is not in KEQUN_SECRET_KEY: put it behind the first"
        for key, count in sorted(lost.items())
    ]
    if old:
        told.append(
            f"{old:,} values are sealed with an older key: start every process with the new one in front, then "
            "`kequn db reseal`; until then leave the older one in KEQUN_SECRET_KEY"
        )
    return "; ".join(told) or None


async def _tenants(database: Database) -> list[tuple[str, Scope]]:
    async with database.reading() as session:
        return [(one.slug, Scope(one.id)) for one in await tenants.everyone(session)]
