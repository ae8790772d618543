"""The lines of a plan: one thing that would happen, comparable and readable. Makes values only."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson

from kequn.contracts.changes import Change
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind, Ref
from kequn.store.conflicts import Conflict
from kequn.store.values import Fact, to_json
from kequn.sync.plan import Decision, Verb

EMPTY: Mapping[str, Fact] = MappingProxyType({})


@dataclass(frozen=True)
class Line:
    """One thing that would happen. `side`: here, or there (in the CRM). `row`: the kequn id, empty for a new one.
    `fields`: per field the old and the new value, as JSON."""

    side: str
    verb: str
    kind: str
    object: str
    id: str
    row: str = ""
    rule: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()


class WorldMoved(Exception):
    """The plan does not fit any more. `missing`: lines that would not happen now; `added`: lines that it lacks."""

    def __init__(self, missing: Sequence[Line], added: Sequence[Line]) -> None:
        super().__init__(f"{len(missing)} planned changes would not happen now, {len(added)} others would; plan again")
        self.missing = tuple(missing)
        self.added = tuple(added)


def compare(planned: Sequence[Line], now: Sequence[Line]) -> None:
    before, after = {_key(line): line for line in planned}, {_key(line): line for line in now}
    missing = [line for key, line in before.items() if key not in after]
    added = [line for key, line in after.items() if key not in before]
    if missing or added:
        raise WorldMoved(missing, added)


def _key(line: Line) -> bytes:
    return orjson.dumps(asdict(line), option=orjson.OPT_SORT_KEYS)


def here(decision: Decision) -> Line | None:
    if decision.verb in {Verb.AGREE, Verb.IGNORE} and not decision.conflicts:
        return None
    old = decision.before.facts if decision.before else {}
    new = decision.after.facts if decision.after else old
    moved = {name: [_shown(old.get(name)), _shown(fact)] for name, fact in new.items() if fact != old.get(name)}
    row = format_id(decision.seen.kind.value, decision.before.id) if decision.before else ""
    raised = tuple(_raised(one) for one in decision.conflicts)
    seen = decision.seen
    fields = {} if decision.before is None and row else moved
    return Line("here", decision.verb.value, seen.kind.value, seen.object, seen.id, row, decision.rule, fields, raised)


def _raised(conflict: Conflict) -> str:
    """Which conflict, and what settles it."""
    by = f"settled by {conflict.settled_by}" if conflict.state == "settled" else conflict.state
    return " ".join(part for part in (conflict.type, conflict.field, by) if part)


def _shown(fact: Fact) -> Any:
    """References to rows that the plan would create differ from rehearsal to rehearsal, so that ids are not shown."""
    return "(reference)" if isinstance(fact, UUID) else to_json(fact)


def there(kind: Kind, row: str, change: Change, base: Mapping[str, Fact] = EMPTY, rule: str = "") -> Line:
    """`base`: what the CRM says as far as we know."""
    fields = {name: [_shown(base.get(name)), _sent(value)] for name, value in change.fields.items()}
    return Line("there", change.op.value, kind.value, change.object, change.id or "", row, rule, fields)


def _sent(value: Any) -> Any:
    return f"{value.object} {value.id}" if isinstance(value, Ref) else to_json(value)


def planned(lines: Sequence[Line]) -> frozenset[bytes]:
    """The writes to the CRM that a plan lists, as keys for `is_planned`."""
    return frozenset(_write(line) for line in lines if line.side == "there")


def is_planned(writes: frozenset[bytes], kind: Kind, change: Change) -> bool:
    return _write(there(kind, "", change)) in writes


def _write(line: Line) -> bytes:
    sent = {name: new for name, (_, new) in line.fields.items()}
    return orjson.dumps([line.verb, line.object, line.id, sent], option=orjson.OPT_SORT_KEYS)
