"""The records of one object, in memory: sorted, indexed, and with a short memory of how they stood before, so that a
replica that lags can be played. A row is replaced, never changed. What a row holds is the emulator's business."""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kequn.clock import Clock

Row = Mapping[str, Any]
Order = Callable[[Row], tuple[Any, ...]]


class Table:
    """Rows by id. `orders`: the sort keys to keep ready; each key must be unique (let it end in the id).
    Reads take `lag`: they show what stood here that many seconds ago (at most `memory` seconds)."""

    def __init__(self, clock: Clock, orders: Mapping[str, Order], memory: float = 60.0) -> None:
        self.rows: dict[str, Row] = {}
        self._clock = clock
        self._memory = memory
        self._orders = dict(orders)
        self._sorted: dict[str, list[tuple[Any, ...]]] = {name: [] for name in orders}
        self._ids: dict[str, dict[tuple[Any, ...], str]] = {name: {} for name in orders}
        self._indexes: dict[str, dict[str, dict[str, None]]] = {}
        self._journal: deque[tuple[float, str, Row | None]] = deque()

    def fill(self, rows: Mapping[str, Row]) -> None:
        """Put many rows at once, as if they had always been there."""
        self.rows.update(rows)
        for name, order in self._orders.items():
            self._ids[name] = {order(row): id for id, row in self.rows.items()}
            self._sorted[name] = sorted(self._ids[name])
        for field in self._indexes:
            self.keep_index(field)

    def put(self, id: str, row: Row) -> None:
        self._remember(id)
        self._forget(id)
        self.rows[id] = row
        self._index(id, row)
        for name, order in self._orders.items():
            key = order(row)
            self._ids[name][key] = id
            insort(self._sorted[name], key)

    def drop(self, id: str) -> Row:
        self._remember(id)
        row = self.rows[id]
        self._forget(id)
        del self.rows[id]
        return row

    def keep_index(self, field: str) -> None:
        """Make `find` fast for this field from now on."""
        self._indexes[field] = {}
        for id, row in self.rows.items():
            self._enter(field, id, row)

    def drop_index(self, field: str) -> None:
        self._indexes.pop(field, None)

    def find(self, field: str, value: str) -> list[str]:
        """The ids of the rows whose `field` equals `value`, upper and lower case alike; the oldest entry first."""
        return list(self._indexes[field].get(value.casefold(), ()))

    def get(self, id: str, lag: float = 0.0) -> Row | None:
        before = self._before(lag)
        return before[id] if id in before else self.rows.get(id)

    def all(self, lag: float = 0.0) -> Iterable[Row]:
        """Every row, in no order that matters."""
        before = self._before(lag)
        return self._as_of(before).values() if before else self.rows.values()

    def walk(
        self, order: str, *, after: tuple[Any, ...] | None = None, start: tuple[Any, ...] | None = None,
        reverse: bool = False, lag: float = 0.0,
    ) -> Iterator[Row]:  # fmt: skip
        """Rows in this order: behind the key `after`, from the key `start` on (both in walking direction)."""
        before = self._before(lag)
        rows = self._as_of(before) if before else self.rows
        ids = {self._orders[order](row): id for id, row in rows.items()} if before else self._ids[order]
        keys = sorted(ids) if before else self._sorted[order]
        low, high = 0, len(keys)
        if start is not None:
            low = bisect_left(keys, start)
        if after is not None and reverse:
            high = bisect_left(keys, after)
        elif after is not None:
            low = max(low, bisect_right(keys, after))
        for at in range(high - 1, low - 1, -1) if reverse else range(low, high):
            yield rows[ids[keys[at]]]

    def key(self, order: str, row: Row) -> tuple[Any, ...]:
        return self._orders[order](row)

    def _remember(self, id: str) -> None:
        now = self._clock.now().timestamp()
        while self._journal and self._journal[0][0] < now - self._memory:
            self._journal.popleft()
        self._journal.append((now, id, self.rows.get(id)))

    def _before(self, lag: float) -> dict[str, Row | None]:
        """How the rows that changed within the last `lag` seconds stood before that."""
        before: dict[str, Row | None] = {}
        if lag > 0:
            cut = self._clock.now().timestamp() - lag
            for time, id, row in reversed(self._journal):
                if time <= cut:
                    break
                before[id] = row
        return before

    def _as_of(self, before: Mapping[str, Row | None]) -> dict[str, Row]:
        return {id: row for id, row in {**self.rows, **before}.items() if row is not None}

    def _forget(self, id: str) -> None:
        row = self.rows.get(id)
        if row is None:
            return
        for field, values in self._indexes.items():
            if (value := row.get(field)) is not None:
                values.get(str(value).casefold(), {}).pop(id, None)
        for name, order in self._orders.items():
            key = order(row)
            del self._ids[name][key]
            keys = self._sorted[name]
            del keys[bisect_left(keys, key)]

    def _index(self, id: str, row: Row) -> None:
        for field in self._indexes:
            self._enter(field, id, row)

    def _enter(self, field: str, id: str, row: Row) -> None:
        if (value := row.get(field)) is not None:
            self._indexes[field].setdefault(str(value).casefold(), {})[id] = None
