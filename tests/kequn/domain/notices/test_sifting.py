"""A backlog of notices: most of it may not go now, which costs few statements, and what is new does not wait for it."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.contracts.hooks import NoticeSender, SentNotice
from kequn.contracts.records import Kind
from kequn.domain.notices import outbox, sending, sifting
from kequn.domain.notices.policy import OPTED_OUT, TOO_MANY, Policy
from kequn.log import EventLog
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import Market

pytestmark = pytest.mark.anyio
_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]


class Post(Market):
    """`taken`: the occasions of what was handed to the plugin."""

    taken: list[str]

    async def send(self, most: int = outbox.LARGEST) -> list[str]:
        self.taken = []

        async def take(notice: SentNotice) -> bool:
            self.taken.append(notice.occasion)
            return True

        senders = (NoticeSender("sms", take),)
        await sending.send_due(self.database, self.ledger, self.actor, EventLog(), senders, most)
        return self.taken

    async def told_enough(self, count: int) -> list[UUID]:
        """So many customers who may be told nothing more for some days, and of whom one notice waits for each."""
        people = await self.people(count)
        now, most = self.clock.now(), Policy().most
        about = {
            "subject": "s",
            "body": "b",
            "state": "sent",
            "due_at": now,
            "made_at": now,
            "sent_at": now,
            "tries": 1,
        }
        had = [{"customer_id": one, "occasion": f"had {place}", **about} for one in people for place in range(most)]
        await self.insert(_notices, *had)
        await self.do(outbox.tell_all, people, "offer", "s", "b")
        return people

    async def found(self, occasion: str) -> list[tuple[str, str | None]]:
        async with self.database.reading() as session:
            query = select(_notices.c.state, _notices.c.cause).where(_notices.c.occasion == occasion)
            return [tuple(row) for row in await session.execute(query.order_by(_notices.c.id))]

    async def sift(self, *, newest: bool, piece: int) -> list[Sequence[UUID]]:
        found: list[Sequence[UUID]] = []
        behind = None
        while not found or behind is not None:
            sifted: sifting.Sifted = await self.do(sifting.sift, behind, newest=newest, piece=piece)
            found.append(sifted.may)
            behind = sifted.last
        return found


@pytest.fixture
def post(database: Database, tenant: UUID) -> Post:
    post = Post(database, tenant)
    post.clock.move(3600)
    return post


async def test_many_that_may_not_go_take_no_more_statements_than_a_few(post: Post) -> None:
    counts = []
    for size in (6, 60):
        await post.told_enough(size)
        with post.statements() as sent:
            assert await post.send() == []
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 12
    assert set(await post.found("offer")) == {("waiting", TOO_MANY)}
    with post.statements() as sent:
        assert await post.send() == []
    assert len(sent) < counts[0]  # they were put off


async def test_what_is_new_goes_before_what_everybody_is_told_and_the_oldest_goes_too(post: Post) -> None:
    people = await post.people(8)
    await post.do(outbox.tell, people[0], "oldest", "s", "b")
    post.clock.move(60)
    await post.do(outbox.tell_all, people, "offer", "s", "b")
    post.clock.move(60)
    await post.do(outbox.tell, people[1], "urgent", "s", "b")
    assert await post.send(most=4) == ["offer", "urgent", "oldest", "offer"]
    assert await post.send(most=4) == ["offer"] * 4
    assert await post.send(most=4) == ["offer"] * 2


async def test_from_either_end_each_piece_stands_in_the_order_of_what_is_due(post: Post) -> None:
    told = []
    for one in await post.people(5):
        told.append(await post.do(outbox.tell, one, "news", "s", "b"))
        post.clock.move(1)
    assert await post.sift(newest=False, piece=2) == [told[:2], told[2:4], told[4:]]
    assert await post.sift(newest=True, piece=2) == [told[3:], told[1:3], told[:1]]


async def test_a_piece_knows_who_is_merged_gone_or_wants_to_be_left_alone(post: Post) -> None:
    into, merged, gone, out = people = await post.people(4)
    told = [await post.do(outbox.tell, one, "news", "s", "b") for one in people]
    await post.edit(Kind.CUSTOMER, merged, merged_into=into)
    await post.edit(Kind.CUSTOMER, gone, deleted_at=post.clock.now())
    await post.edit(Kind.CUSTOMER, out, {"opted_out": True})
    assert await post.sift(newest=False, piece=10) == [sorted(told[:2])]
    assert sorted(await post.found("news"), key=str) == [
        ("held", OPTED_OUT), ("held", OPTED_OUT), ("waiting", None), ("waiting", None)
    ]  # fmt: skip


async def test_what_one_run_tells_a_customer_counts_for_the_rest_of_it(post: Post) -> None:
    [one] = await post.people(1)
    for number in range(5):
        await post.do(outbox.tell, one, f"news {number}", "s", "b")
        post.clock.move(1)
    assert await post.send() == ["news 0", "news 1", "news 2"]
    assert await post.found("news 4") == [("waiting", TOO_MANY)]
