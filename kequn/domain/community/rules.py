"""The rules of a group 群规: written as drafts, put in force one version at a time; and who agreed to which. Consent to
the rules is consent to how personal data are used in the group: the item of category `privacy` says how, and no version
is put in force without one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select

from kequn.contracts.records import Kind
from kequn.domain import keeping, rights, states
from kequn.domain.care import reviewing
from kequn.domain.community import belonging
from kequn.domain.community.charters import CATEGORIES
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.problems import Code, refuse
from kequn.domain.states import Step, Steps
from kequn.store import tables
from kequn.store.pairs import one_of
from kequn.store.rows import table
from kequn.store.where import live

_rules: Table = tables.GroupRules.__table__  # type: ignore[attr-defined]
_consents: Table = tables.Consent.__table__  # type: ignore[attr-defined]
MOST, LONGEST, LONGEST_NOTE = 50, 300, 2000
STATES = ("draft", "published", "retired")
STEPS: Steps = {
    ("draft", "publish"): Step("published"),
    ("published", "replace"): Step("retired"),
    ("draft", "drop"): Step("retired"),
}


async def write(desk: Desk, group_id: UUID, items: Any, note: str = "") -> UUID:
    """A new draft. Raises Refused."""
    group = await keeping.group(desk, group_id)
    clean = _items(items)
    last = select(func.coalesce(func.max(_rules.c.version), 0)).where(*_of(desk, group))
    version = int((await desk.session.execute(last)).scalar_one()) + 1
    return await keeping.add(
        desk, _rules, group_id=group, version=version, state="draft", items=clean,
        note=keeping.text(note, "note", LONGEST_NOTE), created_at=keeping.now(desk), created_by=desk.actor.name,
    )  # fmt: skip


def _items(items: Any) -> list[dict[str, str]]:
    if not isinstance(items, Sequence) or isinstance(items, str) or not items or len(items) > MOST:
        raise refuse(Code.BAD_VALUE, "items")
    clean = []
    for place, item in enumerate(items):
        if not isinstance(item, Mapping) or item.get("category") not in CATEGORIES:
            raise refuse(Code.BAD_VALUE, "items", place)
        clean.append(
            {"category": item["category"], "text": keeping.text(item.get("text"), "items", LONGEST, required=True)}
        )
    return clean


async def publish(desk: Desk, id: UUID) -> UUID:
    """Put a draft in force: the version before is retired, and every member is told, and asked to agree. Raises
    Refused."""
    rights.require(desk.actor, rights.EDIT)
    draft = await keeping.find(desk, _rules, id)
    group = await keeping.group(desk, draft["group_id"])
    way = states.step(STEPS, draft["state"], "publish", desk.actor)
    if not any(item["category"] == "privacy" for item in draft["items"]):
        raise refuse(Code.REQUIRED, "items")
    before = await in_force(desk, group)
    if before is not None:
        await keeping.change(desk, _rules, before["id"], state="retired")
    now = keeping.now(desk)
    await keeping.change(desk, _rules, id, state=way.to, published_at=now, published_by=desk.actor.name)
    await reviewing.follow(desk, "group_rules", group)
    words = announcement(draft)
    title = f"群规第{draft['version']}版"
    await outbox.tell_all(desk, await members(desk, group), f"rules:{id.hex}", title, words, group=group)
    return id


def announcement(rules: Mapping[Any, Any]) -> str:
    """The rules as they are pinned in the group."""
    lines = [f"{place}. {item['text']}" for place, item in enumerate(rules["items"], 1)]
    return "\n".join([f"群规第{rules['version']}版", *([rules["note"]] if rules["note"] else []), *lines])


async def in_force(desk: Desk, group: UUID) -> Mapping[Any, Any] | None:
    """The version that holds now."""
    query = select(_rules).where(*_of(desk, group), _rules.c.state == "published")
    return (await desk.session.execute(query)).mappings().first()


async def consent(desk: Desk, group_id: UUID, customer_id: UUID, agreed: bool, version: int | None = None) -> UUID:
    """Note what somebody said to the version in force, or to another. Raises Refused."""
    group = await keeping.group(desk, group_id)
    customer = await keeping.customer(desk, customer_id)
    current = await in_force(desk, group)
    if version is None and current is None:
        raise refuse(Code.NOT_FOUND, "version")
    wanted = version if version is not None else current["version"] if current else 0
    there = select(_rules.c.id).where(*_of(desk, group), _rules.c.version == wanted, _rules.c.state != "draft")
    if (await desk.session.execute(there)).first() is None:
        raise refuse(Code.NOT_FOUND, "version")
    kind = "agreed" if agreed else "disagreed"
    await belonging.happened(desk, group, customer, kind, f"version {wanted}")
    said = {"group_id": group, "customer_id": customer, "rules_version": wanted, "agreed": agreed}
    return await keeping.add(desk, _consents, **said, given_at=keeping.now(desk), noted_by=desk.actor.name)


async def agreed(desk: Desk, group: UUID, customer: UUID, version: int) -> bool:
    """What somebody last said to a version."""
    return customer in await agreeing(desk, group, version, [customer])


async def agreeing(desk: Desk, group: UUID, version: int, customers: Sequence[UUID] | None = None) -> set[UUID]:
    """Who agreed to a version, of these customers or of all; the last word counts."""
    query = select(_consents.c.customer_id, _consents.c.agreed).where(
        _consents.c.tenant_id == desk.scope.tenant, _consents.c.group_id == group, _consents.c.rules_version == version
    )
    if customers is not None:
        query = query.where(one_of(_consents.c.customer_id, customers))
    said = {row[0]: row[1] for row in await desk.session.execute(query.order_by(_consents.c.id))}
    return {one for one, yes in said.items() if yes}


async def without_consent(desk: Desk, group: UUID) -> list[UUID]:
    """The members who have not agreed to the version in force."""
    rights.require(desk.actor, rights.READ)
    current = await in_force(desk, group)
    if current is None:
        return []
    there = await agreeing(desk, group, current["version"])
    return [one for one in await members(desk, group) if one not in there]


async def members(desk: Desk, group: UUID) -> list[UUID]:
    """The customers in a group, in order."""
    rows = table(Kind.MEMBERSHIP)
    query = select(rows.c.customer_id).where(rows.c.tenant_id == desk.scope.tenant, rows.c.group_id == group)
    return list((await desk.session.execute(query.where(live(rows)).order_by(rows.c.customer_id))).scalars())


def _of(desk: Desk, group: UUID) -> tuple[Any, Any]:
    return _rules.c.tenant_id == desk.scope.tenant, _rules.c.group_id == group
