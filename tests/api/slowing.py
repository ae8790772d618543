"""A database in which a question takes for ever."""

from sqlalchemy import text

from kequn.store.scope import Role
from tests.api.conftest import House

FOREVER = """CREATE VIEW customer AS SELECT kept.* FROM kept, (WITH RECURSIVE n(i) AS
    (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT max(i) AS m FROM n) AS slow WHERE slow.m > 0"""


async def slow_down(house: House) -> None:
    """From here on, to ask for customers takes for ever."""
    made = await house.graphql('mutation { createCustomer(input: {name: "a"}) { problems { code } } }', Role.OPERATOR)
    assert made.json() == {"data": {"createCustomer": {"problems": []}}}
    async with house.database.writing() as session:
        await session.execute(text("ALTER TABLE customer RENAME TO kept"))
        await session.execute(text(FOREVER))
