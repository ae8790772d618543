"""How everything stands in the end, written down for the judge: live records, copies, conflicts, what the connections
leave out."""

from collections.abc import Mapping
from uuid import UUID

from kequn.contracts.records import Money
from kequn.store import conflicts
from kequn.store.conflicts import Conflict
from kequn.store.values import Fact
from kequn.testing.simulation.history import Shown
from kequn.testing.simulation.hub import key_of
from kequn.testing.simulation.stage import Stage
from kequn.testing.simulation.things import KNOWN_BY, NAMED_BY, name_in, said


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
    rows = await stage.hub.rows()
    keys_of = {id: key_of(row, rows) for id, row in rows.items()}
    ended = {keys_of[row.id] for row in rows.values() if row.deleted_at and not row.merged_into}
    history.reborn = sorted(ended & {keys_of[row.id] for row in rows.values() if row.live})
    history.conflicts = await _conflicts(stage, keys_of)
    history.events.append(["heard", len(stage.bells.heard)])


async def _conflicts(stage: Stage, keys: Mapping[UUID, str]) -> list[Shown]:
    async with stage.database.reading() as session:
        found = await conflicts.load(session, stage.scope, stage.ledger.vault)
    return [shown for one in found for shown in _shown(one, keys)]


def _shown(one: Conflict, keys: Mapping[UUID, str]) -> list[Shown]:
    """The conflict under every key that it is about: two records whose names differ are two keys of one conflict."""
    sides = (one.base, one.ours, one.theirs)
    values = [text for side in sides for name in sorted(side) for text in _texts(side[name], keys)]
    named = {keys.get(row) for row in (one.row_id, *one.candidates) if row}
    named |= {str(name_in(one.kind, side) or "") for side in sides} if one.kind in NAMED_BY else set()
    name = one.field if one.type == "field" and one.field not in KNOWN_BY.get(one.kind, ()) else None
    return [
        Shown(str(key), name, values, one.type == "delete", one.state == "open")
        for key in sorted(str(key) for key in named if key)
    ]


def _texts(fact: Fact, keys: Mapping[UUID, str]) -> list[str]:
    """As people see it: a reference by its target's key."""
    if isinstance(fact, UUID):
        return [keys[fact]] if fact in keys else []
    if isinstance(fact, frozenset):
        return sorted(fact)
    if isinstance(fact, Money):
        return [said(fact)]
    return [] if fact is None else [str(fact)]
