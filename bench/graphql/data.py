"""The rows that all peers answer from: customers with their tier, groups, purchases and feedback, drawn from a seed.
Written past kequn's own road, because only reading is measured here."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Table, make_url
from sqlalchemy.dialects import sqlite

from kequn.store import tables

SEED = 7
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚"
CITIES = ("上海", "北京", "广州", "深圳", "杭州", "成都", "武汉", "西安")
ORGANISATION_SIZE = 100

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Size:
    """How many rows of each kind stand beside so many customers."""

    customers: int = 100_000

    @property
    def groups(self) -> int:
        return max(20, self.customers // 200)

    @property
    def organisations(self) -> int:
        return max(1, self.customers // ORGANISATION_SIZE)


class Crowd:
    """Ids and rows, the same ones for the same size."""

    def __init__(self, tenant: UUID, size: Size) -> None:
        self.size = size
        self._tenant, self._random, self._numbers = tenant, Random(SEED), count(1)
        self.tiers = [self._id() for _ in range(3)]
        self.groups = [self._id() for _ in range(size.groups)]
        self.customers = [self._id() for _ in range(size.customers)]
        self.organisations = self.customers[: size.organisations]

    def __iter__(self) -> Iterator[tuple[Table, Iterator[Line]]]:
        yield _table(tables.Tier), self._tiers()
        yield _table(tables.CustomerGroup), self._groups()
        yield _table(tables.Customer), self._customers()
        yield _table(tables.Membership), self._memberships()
        yield _table(tables.Purchase), self._purchases()
        yield _table(tables.Feedback), self._feedback()

    def _id(self) -> UUID:
        """Of version 7: sorted as they were made."""
        number = next(self._numbers)
        return UUID(int=number << 80 | 7 << 76 | 2 << 62 | self._random.getrandbits(60))

    def _row(self, id: UUID, **values: Any) -> Line:
        return {"tenant_id": self._tenant, "id": id, "created_at": EPOCH, "updated_at": EPOCH, **values}

    def _tiers(self) -> Iterator[Line]:
        for rank, (id, name) in enumerate(zip(self.tiers, ("普通", "VIP", "战略"), strict=True)):
            yield self._row(id, name=name, rank=rank)

    def _groups(self) -> Iterator[Line]:
        for number, id in enumerate(self.groups):
            yield self._row(id, name=f"客户群{number}", platform="wecom", purpose="welfare")

    def _customers(self) -> Iterator[Line]:
        draw = self._random
        for number, id in enumerate(self.customers):
            person = number >= len(self.organisations)
            name = draw.choice(FAMILY) + draw.choice(GIVEN) + draw.choice(GIVEN) if person else f"公司{number}"
            yield self._row(
                id,
                name=name,
                type="person" if person else "organisation",
                phone=f"+86170{number:08d}",
                email=f"c{number}@example.com",
                city=draw.choice(CITIES),
                country="CN",
                source="web",
                gender=draw.choice(("female", "male")) if person else None,
                tier_id=draw.choice(self.tiers),
                parent_id=self.organisations[number % len(self.organisations)] if person else None,
            )

    def _memberships(self) -> Iterator[Line]:
        for customer in self.customers:
            for group in self._random.sample(self.groups, 10):
                yield self._row(self._id(), customer_id=customer, group_id=group, joined_at=EPOCH)

    def _purchases(self) -> Iterator[Line]:
        for customer in self.customers:
            for _ in range(5):
                paid = EPOCH - timedelta(minutes=self._random.randrange(500_000))
                cents = self._random.randrange(100, 1_000_000)
                yield self._row(
                    self._id(),
                    name=f"PO-{cents}",
                    status="paid",
                    amount_micros=cents * 10_000,
                    amount_currency="CNY",
                    ordered_at=paid,
                    paid_at=paid,
                    customer_id=customer,
                )

    def _feedback(self) -> Iterator[Line]:
        for customer in self.customers:
            for _ in range(2):
                yield self._row(self._id(), subject="配送", kind="opinion", status="open", customer_id=customer)


def fill(url: str, crowd: Crowd) -> None:
    """Write the crowd into a migrated database, and let the database gather its statistics."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        assert place.database
        _fill_sqlite(place.database, crowd)
    else:
        _fill_postgresql(url.replace("postgresql+psycopg://", "postgresql://"), crowd)


def _fill_sqlite(file: str, crowd: Crowd) -> None:
    dialect = sqlite.dialect()
    connection = sqlite3.connect(file)
    for table, rows in crowd:
        binders = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        marks = ", ".join("?" * len(binders))
        lines = (
            [bind(value) if bind else value for bind, value in zip(binders, _values(table, row), strict=True)]
            for row in rows
        )
        connection.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', lines)  # noqa: S608 - our own names
    connection.execute("ANALYZE")
    connection.commit()
    connection.close()


def _fill_postgresql(url: str, crowd: Crowd) -> None:
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        for table, rows in crowd:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN'.encode()) as copy:
                for row in rows:
                    copy.write_row(
                        ["{}" if value == {} else "[]" if value == [] else value for value in _values(table, row)]
                    )
        cursor.execute("VACUUM ANALYZE")


def _values(table: Table, row: Line) -> list[Any]:
    return [row.get(column.name, _default(column)) for column in table.columns]


def _default(column: Any) -> Any:
    if column.nullable or column.default is None:
        return None
    return column.default.arg(None) if column.default.is_callable else column.default.arg


def _table(model: Any) -> Table:
    found: Table = model.__table__
    return found
