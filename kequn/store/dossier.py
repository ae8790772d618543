"""What stands about a customer beside the row itself: which tables tell of one, read from the references of the tables
themselves, so that a new table is among them from its first day. Decides nothing about what is done with them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Table, func, select

from kequn.contracts.records import Kind
from kequn.store import rows, tables
from kequn.store.pairs import one_of
from kequn.store.scope import Scope

_customers: Table = rows.table(Kind.CUSTOMER)
OWN = frozenset(
    {
        "assessment",
        "confirmation",
        "customer_identity",
        "customer_merge",
        "duplicate",
        "flaw",
        "prediction",
        "segment_stay",
        "standing",
    }
)
"""What is said of one customer as they are: worked out from the row, or about the row itself. A merge leaves it."""


@dataclass(frozen=True)
class Page:
    """The rows of `table` whose `column` holds the id of a customer, or of a row of `under`."""

    table: Table
    column: str
    under: "Page | None" = None

    @property
    def name(self) -> str:
        return str(self.table.name)  # SQLAlchemy's own kind of text is no key of JSON

    def of(self, scope: Scope, customers: Collection[UUID]) -> ColumnElement[bool]:
        """Whether a row is one of these customers'."""
        mine = self.table.c.tenant_id == scope.tenant
        if self.under is None:
            return mine & one_of(self.table.c[self.column], customers)
        return mine & self.table.c[self.column].in_(self.under.ids(scope, customers))

    def ids(self, scope: Scope, customers: Collection[UUID]) -> Select[Any]:
        return select(self.table.c.id).where(self.of(scope, customers))

    def counts(self, scope: Scope, customers: Collection[UUID]) -> Select[Any]:
        """How many rows are each one's of these customers."""
        source: FromClause = self.table
        page = self
        while (above := page.under) is not None:
            its = (above.table.c.tenant_id == page.table.c.tenant_id) & (above.table.c.id == page.table.c[page.column])
            source, page = source.join(above.table, its), above
        whose = page.table.c[page.column]
        return select(whose, func.count()).select_from(source).where(page.of(scope, customers)).group_by(whose)


@cache
def pages() -> Sequence[Page]:
    """Every table that tells of a customer, what hangs on others after what it hangs on. A table that names a customer
    twice stands here twice. Who belongs to an organisation is somebody else."""
    found: dict[Table, list[Page]] = {}
    for table in tables.metadata.sorted_tables:
        if table is _customers:
            continue
        direct = [Page(table, column) for column in _names_customer(table)]
        found[table] = direct or [Page(table, column, under) for column, under in _hangs_on(table, found)][:1]
    return [page for some in found.values() for page in some]


def _names_customer(table: Table) -> list[str]:
    """By a reference; or by a column of that name where a constraint would cost too much."""
    named = [
        column.name for column in table.columns if any(key.column is _customers.c.id for key in column.foreign_keys)
    ]
    return named or [column.name for column in table.columns if column.name == "customer_id"]


def _hangs_on(table: Table, found: Mapping[Table, Sequence[Page]]) -> list[tuple[str, Page]]:
    return [
        (column.name, page)
        for column in table.columns
        for key in column.foreign_keys
        if key.column.name == "id"
        for page in found.get(key.column.table, ())[:1]
    ]


@cache
def handed_over() -> Sequence[Page]:
    """What goes to the winner of a merge: whatever names the loser, but neither what is their own nor business rows,
    which are edited."""
    business = {rows.table(kind) for kind in rows.MODELS}
    direct = (page for page in pages() if page.under is None)
    return [page for page in direct if page.table.name not in OWN and page.table not in business]
