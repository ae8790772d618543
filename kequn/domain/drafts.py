"""What edits would make of the rows: found, checked, with their references resolved. A set of them is worked out with
a constant number of statements. Writes nothing; what is special to a noun stands in its own file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from kequn.contracts.records import FIELDS, Kind
from kequn.domain import checks, editing
from kequn.domain.checks import Entered
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem
from kequn.store import tenants
from kequn.store.rows import Row
from kequn.store.tenants import Place
from kequn.store.values import EMPTY, Fact


@dataclass(frozen=True)
class Item:
    """One edit that somebody asks for. Without `id` the row is new; without `entered` it is to go. Fields that are left
    out stay. `version`: what the row's must still be. `wrong`: why it cannot be done, where that is known before."""

    id: UUID | None = None
    entered: Mapping[str, Entered] | None = field(default=None, repr=False)
    version: int | None = None
    wrong: tuple[Problem, ...] = ()


@dataclass
class Draft:
    """What the item would do, or why it cannot be done."""

    item: Item
    before: Row | None = None
    after: Row | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def row(self) -> Row:
        """As it would be. Only where nothing is wrong."""
        if self.after is None:
            raise LookupError("there is no such row")
        return self.after

    @property
    def good(self) -> bool:
        return not self.problems

    def refuse(self, code: Code, *path: str | int, **facts: object) -> None:
        self.problems.append(Problem(code, path, facts))

    def moves(self, *names: str) -> bool:
        """Whether one of these fields is new or changes."""
        return self.before is None or any(self.before.facts[name] != self.row.facts[name] for name in names)


def empty(kind: Kind) -> dict[str, Fact]:
    return dict(EMPTY[kind])


def good(drafts: Iterable[Draft]) -> list[Draft]:
    return [draft for draft in drafts if draft.good]


async def work_out(desk: Desk, kind: Kind, items: Sequence[Item]) -> list[Draft]:
    """The drafts of the items, in their order. The rows and what they refer to are locked."""
    drafts = [Draft(item, problems=list(item.wrong)) for item in items]
    await _find(desk, kind, good(drafts))
    entered = [(draft, draft.item.entered) for draft in good(drafts) if draft.item.entered is not None]
    here = await tenants.place(desk.session, desk.scope)
    found = {id(draft): _fill(desk, here, kind, draft, fields) for draft, fields in entered}
    await _refer(desk, kind, [(draft, found[id(draft)]) for draft, _ in entered])
    for draft, _ in entered:
        draft.problems += checks.missing(kind, draft.row.facts, draft.problems)
    for draft in good(drafts):
        if draft.item.entered is None:
            draft.after = replace(draft.row, deleted_at=desk.ledger.clock.now())
    return drafts


async def _find(desk: Desk, kind: Kind, drafts: Sequence[Draft]) -> None:
    rows = await editing.survivors(desk, kind, {draft.item.id for draft in drafts if draft.item.id})
    seen: set[UUID] = set()
    for draft in drafts:
        if draft.item.id is None:
            draft.after = Row(kind, desk.ledger.new_id(), empty(kind))
            continue
        draft.before = draft.after = row = rows.get(draft.item.id)
        if row is None:
            draft.refuse(Code.NOT_FOUND, "id")
        elif draft.item.version is not None and row.version != draft.item.version:
            draft.refuse(Code.STALE_VERSION, "version", version=row.version)
        elif row.id in seen:
            draft.refuse(Code.REPEATED, "id")
        else:
            seen.add(row.id)


def _fill(desk: Desk, here: Place, kind: Kind, draft: Draft, entered: Mapping[str, Entered]) -> Mapping[str, Fact]:
    """Everything that is wrong is noted, so that people see it at once."""
    facts, problems = checks.clean(kind, entered, here.today(desk.ledger.clock.now()), here.region)
    draft.problems += problems
    draft.after = replace(draft.row, facts={**draft.row.facts, **facts})
    return facts


async def _refer(desk: Desk, kind: Kind, drafts: Sequence[tuple[Draft, Mapping[str, Fact]]]) -> None:
    """Let each reference that was entered point at a live row."""
    for name, spec in FIELDS[kind].items():
        if spec.to is None:
            continue
        asked = [(draft, fact) for draft, facts in drafts if isinstance(fact := facts.get(name), UUID)]
        rows = await editing.survivors(desk, spec.to, {target for _, target in asked})
        for draft, target in asked:
            if target in rows:
                draft.after = replace(draft.row, facts={**draft.row.facts, name: rows[target].id})
            else:
                draft.refuse(Code(f"UNKNOWN_{spec.to.name}"), name)
