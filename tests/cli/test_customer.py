"""`kequn customer`: a copy of what stands about a person, and erasing them."""

import asyncio
import json

from sqlmodel import col, select

from kequn.contracts.identity import format_id
from kequn.store.database import Database
from kequn.store.tables import Customer
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
    assert "ground" in kequn("customer", "erase", id, "--yes", "--ground", "whim").error
