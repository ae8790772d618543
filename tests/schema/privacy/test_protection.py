"""Protection: what is personal is sealed at rest, shown to who may see it, erased by who may do so, and asked for in
portions."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.contracts.secrets import CannotOpen, Keyring
from kequn.store import tables
from kequn.store.scope import Role, Sight
from kequn.store.vault import Vault
from schema.limits import Limits
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
HISTORY = "query($id: ID!) { customer(id: $id) { history { edges { node { fields { old new } } } } } }"
WHO = "{ customers { edges { node { name } } } }"
PHONES = "{ customers { edges { node { phone } } } }"
NOTE = 'mutation($id: ID!) { updateCustomer(id: $id, input: {notes: "Sorrel owes tea"}) { problems { code } } }'


async def customer(client: Client, name: str, owner: UUID | None = None) -> str:
    [id] = await client.add(Kind.CUSTOMER, {"name": name, "phone": "+8613800138000", "owner": owner})
    return format_id("customer", id)


@pytest.mark.requirement("X06")
async def test_the_history_of_a_person_is_sealed_under_a_key_of_their_own(client: Client) -> None:
    ids = [await customer(client, name) for name in ("Sorrel", "Vane")]
    for id in ids:
        await client.ask(NOTE, id=id)
    assert "Sorrel owes tea" in str(await client.ask(HISTORY, id=ids[0]))
    async with client.database.reading() as session:
        log = (await session.execute(select(tables.Change.__table__))).all()  # type: ignore[attr-defined]
        keys = (await session.execute(select(tables.CustomerKey.__table__))).all()  # type: ignore[attr-defined]
    assert "Sorrel" not in str(log)
    assert {format_id("customer", key.subject_id) for key in keys} >= set(ids)
    other = replace(client.ledger, vault=Vault(Keyring([b"o" * 32], client.ledger.random)))
    stranger = replace(client, ledger=other)
    with pytest.raises(CannotOpen):
        await stranger.send(HISTORY, id=ids[0])


@pytest.mark.requirement("X06")
async def test_everybody_sees_and_does_only_what_their_token_says(client: Client) -> None:
    mine, others = await client.add(Kind.STAFF, {"name": "甲"}, {"name": "乙"})
    for name, owner in (("mine", mine), ("another's", others)):
        await customer(client, name, owner)
    viewer = client.who(Role.VIEWER)
    few = replace(viewer, actor=replace(viewer.actor, sight=Sight(mine)))
    assert [edge["node"]["name"] for edge in (await few.ask(WHO))["customers"]["edges"]] == ["mine"]
    blind = replace(viewer, actor=replace(viewer.actor, sight=Sight(personal=False)))
    assert await blind.code(PHONES) == "FORBIDDEN"
    assert len((await viewer.ask(PHONES))["customers"]["edges"]) == 2
    id = await customer(client, "x")
    refused = (await viewer.ask(NOTE, id=id))["updateCustomer"]["problems"]
    assert [problem["code"] for problem in refused] == ["FORBIDDEN"]


@pytest.mark.requirement("X06")
async def test_nobody_carries_everything_off_in_one_question(client: Client) -> None:
    usual = replace(client.who(Role.VIEWER), limits=Limits())
    assert await usual.code("{ customers(first: 1000) { edges { node { phone } } } }") == "PAGE_TOO_BIG"
