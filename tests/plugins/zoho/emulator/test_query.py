"""COQL, search and count (contract, 5.10 to 5.12)."""

from typing import Any

import pytest

from tests.plugins.zoho.emulator.desk import Desk

pytestmark = pytest.mark.anyio


async def office() -> Desk:
    """Three contacts a second apart, two of them at a company."""
    desk = Desk()
    account = await desk.add("Accounts", Account_Name="Acme (Shanghai), Ltd")
    for name, more in (
        ("Boyle", {"Email": "b@example.com", "Account_Name": {"id": account}, "Mobile": "+86 199 0000 0001"}),
        ("Daly", {"Email": "d@example.com", "Account_Name": {"id": account}, "Email_Opt_Out": True}),
        ("O'Hara", {"Phone": "+8619900000002"}),
    ):
        await desk.add("Contacts", Last_Name=name, **more)
        desk.clock.move(1)
    desk.clock.move(2)
    return desk


async def asked(desk: Desk, where: str, select: str = "Last_Name", rest: str = "") -> Any:
    return await desk.post("/coql", {"select_query": " ".join(["select", select, "from Contacts where", where, rest])})


def names(reply: Any) -> list[str]:
    return [] if reply.status_code == 204 else [row["Last_Name"] for row in reply.json()["data"]]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Last_Name = 'boyle'", ["Boyle"]),
        ("Last_Name != 'Boyle'", ["Daly", "O'Hara"]),
        ("Last_Name in ('Boyle', 'Daly')", ["Boyle", "Daly"]),
        ("Last_Name not in ('Boyle')", ["Daly", "O'Hara"]),
        ("Last_Name like 'B%'", ["Boyle"]),
        ("Last_Name like '%a%'", ["Daly", "O'Hara"]),
        (r"Last_Name = 'O\'Hara'", ["O'Hara"]),
        ("Email is null", ["O'Hara"]),
        ("Email is not null", ["Boyle", "Daly"]),
        ("Email_Opt_Out = true", ["Daly"]),
        ("Account_Name.Account_Name like 'Acme%'", ["Boyle", "Daly"]),
        ("(Email is null or Last_Name = 'Daly')", ["Daly", "O'Hara"]),
        ("((Email is not null and id > 1) and Last_Name = 'Daly')", ["Daly"]),
        ("Modified_Time >= '2026-01-05T17:00:01+08:00'", ["Daly", "O'Hara"]),
        ("Modified_Time > '2026-01-05T09:00:01+00:00'", ["O'Hara"]),
        ("Modified_Time between '2026-01-05T17:00:00+08:00' and '2026-01-05T17:00:01+08:00'", ["Boyle", "Daly"]),
        ("Last_Name = 'nobody'", []),
    ],
)
async def test_where(where: str, found: list[str]) -> None:
    assert names(await asked(await office(), where)) == found


async def test_a_lookup_shows_its_id_and_a_path_its_value() -> None:
    desk = await office()
    reply = await asked(desk, "Last_Name = 'Boyle'", "Last_Name, Account_Name, Account_Name.Account_Name, Owner")
    (account,) = desk.people.read("Accounts")
    (row,) = reply.json()["data"]
    assert row == {
        "Last_Name": "Boyle",
        "Account_Name": {"id": account},
        "Account_Name.Account_Name": "Acme (Shanghai), Ltd",
        "Owner": {"id": next(iter(desk.emulator.org.users))},
        "id": next(iter(desk.people.read("Contacts"))),
    }
    assert reply.json()["info"] == {"count": 1, "more_records": False}


async def test_order_and_limit() -> None:
    desk = await office()
    assert names(await asked(desk, "id > 1", rest="order by Last_Name desc limit 2")) == ["O'Hara", "Daly"]
    page = await asked(desk, "id > 1", rest="order by id asc limit 1, 1")
    assert (names(page), page.json()["info"]) == (["Daly"], {"count": 1, "more_records": True})


@pytest.mark.parametrize(
    ("query", "code", "details"),
    [
        ("select Last_Name from Contacts", "SYNTAX_ERROR", {"clause": "where"}),
        ("select Last_Name from Contacts where", "SYNTAX_ERROR", {"near": "where"}),
        ("select X from Contacts where id > 1", "INVALID_QUERY", {"column_name": "X"}),
        ("select id from Contacts where First_Name > 'a'", "INVALID_QUERY", {
            "reason": "invalid operator found", "column_name": "First_Name", "operator": ">",
        }),
        ("select id from Contacts where id > 1 and id > 2 and id > 3", "SYNTAX_ERROR", {"near": "and"}),
        ("select id from Contacts where id > 1 limit 0", "INVALID_DATA", {}),
        ("select id from Contacts where id > 1 limit 2001", "LIMIT_EXCEEDED", {"limit": 2000}),
        ("", "MANDATORY_NOT_FOUND", {"api_name": "select_query"}),
    ],
)  # fmt: skip
async def test_bad_queries(query: str, code: str, details: dict[str, Any]) -> None:
    reply = await Desk().post("/coql", {"select_query": query})
    assert (reply.status_code, reply.json()["code"], reply.json()["details"]) == (400, code, details)


async def test_at_most_a_hundred_values_and_25_conditions() -> None:
    desk = Desk()
    many = ", ".join(f"'{n}'" for n in range(101))
    assert (await asked(desk, f"Last_Name in ({many})")).json()["code"] == "LIMIT_EXCEEDED"
    nested = "id > 1"
    for _ in range(25):
        nested = f"({nested} and id > 1)"
    assert (await asked(desk, nested)).json()["code"] == "LIMIT_EXCEEDED"


async def searched(desk: Desk, **params: object) -> list[str]:
    return names(await desk.get("/Contacts/search", None, **params, sort_by="id", sort_order="asc"))


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ("(Email:equals:b@example.com)", ["Boyle"]),
        ("(Last_Name:equals:al)", ["Daly"]),
        ("(Last_Name:starts_with:B)", ["Boyle"]),
        ("((Email:equals:b@example.com)or(Last_Name:equals:Hara))", ["Boyle", "O'Hara"]),
        ("((Account_Name:equals:Acme \\(Shanghai\\)\\, Ltd)and(Email:starts_with:d))", ["Daly"]),
        ("(Email:in:b@example.com,d@example.com)", ["Boyle", "Daly"]),
        ("(Modified_Time:between:2026-01-05T17:00:01+08:00,2026-01-05T18:00:00+08:00)", ["Daly", "O'Hara"]),
        ("(Email_Opt_Out:equals:true)", ["Daly"]),
    ],
)
async def test_search_by_criteria(criteria: str, found: list[str]) -> None:
    assert await searched(await office(), criteria=criteria) == found


async def test_search_by_email_phone_and_word_in_that_order() -> None:
    desk = await office()
    assert await searched(desk, email="B@example.com", phone="1", word="x") == ["Boyle"]
    assert await searched(desk, phone="+86-199-0000-0002") == ["O'Hara"]
    assert await searched(desk, word="example.com") == ["Boyle", "Daly"]


async def test_search_errors() -> None:
    desk = await office()
    assert (await desk.get("/Contacts/search")).json()["code"] == "EXPECTED_PARAM_MISSING"
    assert (await desk.get("/Contacts/search", word="a", page=11)).json()["code"] == "LIMIT_REACHED"
    assert (await desk.get("/Contacts/search", criteria="(Email:near:x)")).json()["code"] == "INVALID_QUERY"
    eleven = "and".join(["(Email:equals:x)"] * 11)
    assert (await desk.get("/Contacts/search", criteria=f"({eleven})")).json()["code"] == "LIMIT_EXCEEDED"


async def test_the_index_lags() -> None:
    desk = Desk(search_lag=5)
    await desk.add("Contacts", Last_Name="Boyle")
    assert await searched(desk, word="Boyle") == []
    assert names(await asked(desk, "Last_Name = 'Boyle'")) == ["Boyle"]
    desk.clock.move(5)
    assert await searched(desk, word="Boyle") == ["Boyle"]


async def test_count() -> None:
    desk = await office()
    assert (await desk.get("/Contacts/actions/count")).json() == {"count": 3}
    assert (await desk.get("/Contacts/actions/count", criteria="(Email:starts_with:b)")).json() == {"count": 1}
