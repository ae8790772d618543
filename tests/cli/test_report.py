"""`kequn report customers`: one page that needs no network, with the figures of the last evaluation."""

import asyncio
import re
from pathlib import Path

from kequn.contracts.records import Kind
from kequn.domain import alerts, tiering
from kequn.store import tenants
from kequn.store.database import Database
from tests.cli.shell import Command
from tests.flows.browser import browser, program
from tests.kequn.domain.market import Market
from tests.needs import lacking


async def sell(url: str, people: int) -> None:
    """Customers, evaluated and carried out."""
    database = Database(url)
    async with database.reading() as session:
        [tenant] = await tenants.everyone(session)
    market = Market(database, tenant.id)
    for rank, name in enumerate(["普通", "VIP", "战略"]):
        await market.add(Kind.TIER, {"name": name, "rank": rank})
    await market.live(*await market.people(people))
    if people:
        await market.add(Kind.CUSTOMER, {"type": "person", "name": "<b>A & B</b>"})
    await market.evaluate()
    await market.do(alerts.raise_all)
    await tiering.apply(database, market.ledger, market.actor)
    await database.close()


def test_a_page_of_its_own(kequn: Command, sqlite_url: str) -> None:
    asyncio.run(sell(sqlite_url, 60))
    assert kequn.well("report", "customers", "--out", "page.html").out.strip() == "page.html"
    text = Path("page.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert set(re.findall(r"https?://[^\"'<> )]+", text)) == {"http://www.w3.org/2000/svg"}
    assert len(re.findall("<svg", text)) == 5
    for title in ("价值结构", "RFM 矩阵", "生命周期", "同期群留存", "流失风险名单", "预警"):
        assert f"<h2>{title}" in text
    assert "61</b><span>客户" in text
    assert "暂无数据" not in text
    assert kequn.well("report", "customers", "--out", "again.html").status == 0
    assert Path("again.html").read_text(encoding="utf-8") == text


def test_where_there_is_nothing_yet(kequn: Command, sqlite_url: str) -> None:
    assert "evaluateCustomers" in kequn("report", "customers").error
    asyncio.run(sell(sqlite_url, 0))
    kequn.well("report", "customers")
    assert Path("report.html").read_text(encoding="utf-8").count("暂无数据") >= 7


def test_a_browser_asks_for_nothing_else(kequn: Command, sqlite_url: str) -> None:
    executable = program()
    if executable is None:
        lacking("chromium", "apt-get install chromium")
    asyncio.run(sell(sqlite_url, 20))
    kequn.well("report", "customers")
    address = Path("report.html").resolve().as_uri()
    with browser(executable) as page:
        page.open(address)
        assert page.when("document.querySelectorAll('section svg').length >= 4")
        assert page.requests == [address]
        assert page.complaints == []
