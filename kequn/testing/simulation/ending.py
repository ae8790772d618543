"""How everything stands in the end, written down for the judge: live records, copies, conflicts, what the connections
leave out."""

from collections.abc import Mapping
from typing import Any

from kequn.contracts.records import Kind
from kequn.store import conflicts, rows
from kequn.store.conflicts import Conflict
from kequn.testing.simulation.history import Shown
from kequn.testing.simulation.stage import Stage

NAMES = ("email", "name", "last_name")
"""Fields by which people are known; nobody writes tokens there."""


async def write_down(stage: Stage) -> None:
    history = stage.history
    for site in stage.people.sites:
        records = await site.read()
        history.final[site.name] = {key: dict(shown) for key, shown in records}
        keys = [key for key, _ in records]
        history.copies[site.name] = {key: keys.count(key) for key in sorted(set(keys))}
    known = {key for records in history.final.values() for key in records}
    left = {(delete.sys, delete.key) for delete in history.deletes if delete.outside}
    history.outside = {
        name: sorted(key for key in known if stage.leaves_out(name, key) or (name, key) in left)
        for name in stage.plugins
    }
    history.conflicts = await _conflicts(stage)


async def _conflicts(stage: Stage) -> list[Shown]:
    async with stage.database.reading() as session:
        found = await conflicts.load(session, stage.scope, stage.ledger.vault)
        named = {row for one in found for row in (one.row_id, *one.candidates) if row}
        known = await rows.load(session, stage.scope, Kind.CUSTOMER, named)
    keys_of = {row.id: str(row.facts["email"]) for row in known.values()}
    return [shown for one in found for shown in _shown(one, keys_of)]


def _shown(one: Conflict, keys: Mapping[Any, str]) -> list[Shown]:
    """The conflict under every key that it is about: two records whose e-mail differs are two keys of one conflict."""
    sides = (one.base, one.ours, one.theirs)
    values = [str(side[name]) for side in sides for name in sorted(side) if side[name] is not None]
    named = {keys.get(row) for row in (one.row_id, *one.candidates)} | {side.get("email") for side in sides}
    name = one.field if one.type == "field" and one.field not in NAMES else None
    return [
        Shown(str(key), name, values, one.type == "delete", one.state == "open")
        for key in sorted(str(key) for key in named if key)
    ]
