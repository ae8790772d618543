"""Filling a CRM with as many records as a case about paging needs. A page is as large as the adapter makes it: it is
found by trying."""

from kequn.testing.conformance.case import Failed, expect
from kequn.testing.conformance.reading import Reading
from kequn.testing.conformance.stage import Stage

MOST = 1200


async def fill_pages(stage: Stage, object: str, feed: str, least: int = 2) -> list[str]:
    """Add records until the feed has `least` pages with records of `object`; their ids."""
    ids: list[str] = []
    for _ in range(MOST // 100):
        if await count_pages(stage.line.reading(), object, feed) >= least:
            return ids
        ids += stage.crowd.add(object, 100)
        stage.settle()
    lost = set(ids) - set((await stage.line.reading().walk(feed)).ids(object))
    expect(not lost, f"{len(lost)} of {len(ids)} records do not come when there is more than a page")
    raise Failed(f"the feed {feed} has no second page with {len(ids)} records: page it")


async def count_pages(reading: Reading, object: str, feed: str) -> int:
    count = 0
    while True:
        page = await reading.page(feed)
        count += any(record.object == object for record in page.records)
        if page.complete:
            return count


async def page_size(stage: Stage, object: str, feed: str) -> int:
    """How many records of `object` a full page of the feed holds. Fills the CRM."""
    await fill_pages(stage, object, feed)
    page = await stage.line.reading().page(feed)
    return sum(record.object == object for record in page.records)
