"""Who is in which group: one live row per customer and group."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kequn.contracts.records import Kind
from kequn.domain import batches, editing, rights
from kequn.domain.batches import Rules
from kequn.domain.checks import Entered
from kequn.domain.drafts import Draft, Item
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem, Refused
from kequn.store import identities, rows
from kequn.store.rows import Row

Pair = tuple[UUID, UUID]
"""A customer and a group."""


async def _check(desk: Desk, drafts: Sequence[Draft]) -> None:
    joining = [draft for draft in drafts if draft.moves("customer", "group")]
    taken = set(await _of(desk, [draft.row for draft in joining]))
    for draft in joining:
        pair = _pair(draft.row)
        if pair in taken:
            draft.refuse(Code.ALREADY_MEMBER, "customer")
        taken.add(pair)


async def _twins(desk: Desk, leaving: Sequence[Row]) -> Sequence[Row]:
    """CRMs may have brought the same membership twice."""
    ids = {id for some in (await _of(desk, leaving)).values() for id in some} - {row.id for row in leaving}
    return list((await rows.load(desk.session, desk.scope, Kind.MEMBERSHIP, ids, lock=True)).values())


async def _of(desk: Desk, memberships: Sequence[Row]) -> Mapping[Pair, Sequence[UUID]]:
    """The live memberships of the same customers and groups."""
    pairs = [_pair(row) for row in memberships]
    return await identities.memberships_of(desk.session, desk.scope, pairs)


def _pair(row: Row) -> Pair:
    return UUID(str(row.facts["customer"])), UUID(str(row.facts["group"]))


RULES = Rules(Kind.MEMBERSHIP, check=_check, along=_twins)


def joining(pair: Pair) -> Item:
    """What puts this customer into this group."""
    customer, group = pair
    return Item(entered={"customer": customer, "group": group})


async def leaving(desk: Desk, pairs: Sequence[Pair]) -> list[Item]:
    """What takes these customers out of these groups."""
    rights.require(desk.actor, rights.EDIT)
    customers = await editing.survivors(desk, Kind.CUSTOMER, {customer for customer, _ in pairs})
    groups = await editing.survivors(desk, Kind.GROUP, {group for _, group in pairs})
    known = [(customers[one].id, groups[other].id) for one, other in pairs if one in customers and other in groups]
    there = await identities.memberships_of(desk.session, desk.scope, known)
    items: list[Item] = []
    for customer, group in pairs:
        wrong = [Problem(Code.UNKNOWN_CUSTOMER, ("customer",))] if customer not in customers else []
        wrong += [Problem(Code.UNKNOWN_GROUP, ("group",))] if group not in groups else []
        found = [] if wrong else there.get((customers[customer].id, groups[group].id), [])
        if not found and not wrong:
            wrong.append(Problem(Code.NOT_A_MEMBER, ("customer",)))
        items.append(Item(found[0] if found else None, wrong=tuple(wrong)))
    return items


async def create(desk: Desk, entered: Mapping[str, Entered]) -> Row:
    return await batches.one(desk, RULES, Item(entered=entered))


async def change(desk: Desk, id: UUID, entered: Mapping[str, Entered], version: int | None = None) -> Row:
    return await batches.one(desk, RULES, Item(id, entered, version))


async def delete(desk: Desk, id: UUID, version: int | None = None) -> Row:
    return await batches.one(desk, RULES, Item(id, version=version))


async def add(desk: Desk, group: UUID, customer: UUID) -> Row:
    return await batches.one(desk, RULES, joining((customer, group)))


async def remove(desk: Desk, group: UUID, customer: UUID) -> Row:
    [item] = await leaving(desk, [(customer, group)])
    return await batches.one(desk, RULES, item)


async def add_all(desk: Desk, group: UUID, customers: Sequence[UUID]) -> list[UUID]:
    """Put all of these into a group, or none. Their memberships, in the same order. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    return await _all(desk, [joining((one, group)) for one in customers])


async def remove_all(desk: Desk, group: UUID, customers: Sequence[UUID]) -> list[UUID]:
    """Take all of these out of a group, or none. What their memberships were, in the same order. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    return await _all(desk, await leaving(desk, [(one, group) for one in customers]))


async def _all(desk: Desk, items: Sequence[Item]) -> list[UUID]:
    """As many at once as may be. Raises Refused."""
    done: list[UUID] = []
    for start in range(0, len(items), batches.LARGEST):
        outcomes = await batches.edit(desk, RULES, items[start : start + batches.LARGEST], whole=True)
        if problems := [problem for outcome in outcomes for problem in outcome.problems]:
            raise Refused(*problems)
        done += [outcome.id for outcome in outcomes if outcome.id is not None]
    return done
