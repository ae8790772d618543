"""`kequn customer`: a copy of what stands about a person, and erasing them."""

import asyncio
import io
import json
import sys

from sqlmodel import col, select

from kequn.contracts.identity import format_id
from kequn.store.database import Database
from kequn.store.tables import Customer, PrivacyAct
from tests.cli.shell import Command


async def the_customer(url: str) -> str:
    database = Database(url)
    async with database.reading() as session:
        id = (await session.execute(select(col(Customer.id)))).scalar_one()
    await database.close()
    return format_id("customer", id)


def test_a_copy_and_then_nothing(kequn: Command, sqlite_url: str) -> None:
    (kequn.folder / "people.csv").write_text("name,phone\nSorrel Vane,13800138000\n", encoding="utf-8")
    kequn.well("import", "people.csv", "--by", "phone", "--apply")
    id, copy = asyncio.run(the_customer(sqlite_url)), kequn.folder / "copy.json"
    kequn.well("customer", "export", id, "--out", "copy.json")
    assert copy.stat().st_mode & 0o077 == 0
    assert json.loads(copy.read_text())["customer"][0]["name"] == "Sorrel Vane"
    assert kequn.well("customer", "erase", id, "--yes", "--json").json["act"].startswith("pva_")
    kequn.well("customer", "export", id, "--out", "copy.json")
    assert "sorrel" not in copy.read_text().lower()
    assert "cus_" in kequn("customer", "erase", "nobody", "--yes").error
    told = kequn("customer", "erase", id, "--yes", "--ground", "whim").error
    assert told.startswith("kequn: there is no ground whim; there are request, ")


def test_a_copy_that_could_not_be_written_was_not_given(kequn: Command, sqlite_url: str) -> None:
    (kequn.folder / "people.csv").write_text("name,phone\nSorrel Vane,13800138000\n", encoding="utf-8")
    kequn.well("import", "people.csv", "--apply")
    id = asyncio.run(the_customer(sqlite_url))
    assert "nowhere/copy.json: No such file" in kequn("customer", "export", id, "--out", "nowhere/copy.json").error
    assert asyncio.run(acts(sqlite_url)) == 0
    assert "cus_" in kequn("customer", "export", "nobody", "--out", "copy.json").error
    assert not (kequn.folder / "copy.json").exists()


async def acts(url: str) -> int:
    database = Database(url)
    async with database.reading() as session:
        found = len((await session.execute(select(col(PrivacyAct.id)))).all())
    await database.close()
    return found


def test_where_nobody_can_be_asked_it_says_so(kequn: Command) -> None:
    kequn.monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert "--yes" in kequn("customer", "erase", f"cus_{0:032x}").error
    assert "cus_" in kequn("customer", "erase", "nobody").error
