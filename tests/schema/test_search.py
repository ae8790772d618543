"""`contains`, from two Chinese characters on: the same answers as without an index."""

from dataclasses import replace

import pytest

from kequn.contracts.records import Kind
from tests.schema.conftest import Client
from tests.schema.test_loading import other_tenant, statements

pytestmark = pytest.mark.anyio
FIND = "query($part: String!) { customers(where: {name: {contains: $part}}) { totalCount edges { node { name } } } }"
NAMES = ["王芳", "王芳芳", "欧阳修", "Wang Fang", "wang-fang", "100%", "100_", "a\\b", "x", "芳"]


async def names(client: Client, part: str) -> set[str]:
    return {edge["node"]["name"] for edge in (await client.ask(FIND, part=part))["customers"]["edges"]}


@pytest.mark.parametrize(
    "part", ["王芳", "芳芳", "阳修", "ng", "NG F", "0%", "0_", "a\\", "芳", "x", "王 芳", "", "zz"]
)
async def test_what_contains_a_part(client: Client, part: str) -> None:
    await client.add(Kind.CUSTOMER, *({"name": name} for name in NAMES))
    want = {name for name in NAMES if part.lower() in name.lower()}
    assert await names(client, part) == await names(replace(client, compiler=False), part) == want


async def test_two_letters_use_the_index_and_one_does_not(client: Client) -> None:
    for part, used in (("王芳", True), ("芳", False)):
        with statements(client.database) as sent:
            await names(replace(client, compiler=False), part)
        assert len(sent) == 2
        assert all(("search_text" in statement) is used for statement in sent), part


async def test_it_is_kept_by_edits(client: Client) -> None:
    made = await client.ask('mutation { createCustomer(input: {name: "王芳"}) { customer { id } } }')
    id = made["createCustomer"]["customer"]["id"]
    await client.ask(f'mutation {{ updateCustomer(id: "{id}", input: {{name: "张伟"}}) {{ problems {{ code }} }} }}')
    assert await names(client, "王芳") == set()
    assert await names(client, "张伟") == {"张伟"}


async def test_not_containing(client: Client) -> None:
    await client.add(Kind.GROUP, {"name": "福利群", "purpose": None}, {"name": "社区", "purpose": "福利"})
    query = '{ groups(where: {not: {purpose: {contains: "福利"}}}) { edges { node { name } } } }'
    assert (await client.ask(query))["groups"]["edges"] == [{"node": {"name": "福利群"}}]


async def test_another_tenant_is_not_searched(client: Client) -> None:
    stranger = await other_tenant(client)
    await client.add(Kind.CUSTOMER, {"name": "王芳"})
    await stranger.add(Kind.CUSTOMER, {"name": "王芳芳"})
    assert await names(stranger, "王芳") == {"王芳芳"}
