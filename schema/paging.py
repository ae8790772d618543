"""Pages: which rows of a list are asked for. Reads first/after/last/before and cursors into a `Window`, a frozen value;
the statements stand in statements.py. How large a page may be is decided before, in limits.py.

A cursor names the row it stands at by the values it is ordered by, so that a page begins at the right place even when
rows came and went meanwhile: the hexadecimal digits of a JSON list, which databases can write too. Empty values count
as greater than all others, on both databases."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import FromClause

from kequn.domain.problems import refuse
from kequn.store.where import Every, Where
from schema.problems import Fault
from schema.scalars import print_time

DEFAULT, FAR = 50, 10_000
LARGEST = 1000  # of lists without pages, where all are given
ARGUMENTS = ("first", "after", "last", "before", "page", "page_size")
EVERYTHING = Every()


@strawberry.enum(description="Which way a list is ordered 排序方向")
class Direction(Enum):
    ASC = strawberry.enum_value("asc", description="From the smallest to the greatest; empty ones last 升序")
    DESC = strawberry.enum_value("desc", description="From the greatest to the smallest; empty ones first 降序")


@strawberry.input(description="How a list is ordered 排序")
class Order:
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way 方向")


@dataclass(frozen=True)
class Key:
    """A column to order by."""

    column: str
    descending: bool = False


Keys = tuple[Key, ...]
Position = tuple[Any, ...]


@dataclass(frozen=True)
class Window:
    """A page of a list: `size` rows from the start, or `backward` from the end, of those between two positions; or
    those behind the first `offset` ones."""

    order: Keys
    size: int = DEFAULT
    backward: bool = False
    after: Position | None = None
    before: Position | None = None
    where: Where = EVERYTHING
    deleted: bool = False
    offset: int = 0


def order(entered: Sequence[Any] | None, usual: Keys, last: Sequence[str] = ("id",)) -> Keys:
    """The keys of `orderBy`, with the table's own key at the end: no two rows are equal."""
    asked = [Key(part.field.value, part.direction is Direction.DESC) for part in entered or ()]
    keys = {key.column: key for key in reversed(asked or usual)}
    unique = [keys[name] for name in dict.fromkeys(key.column for key in asked or usual)]
    descending = unique[-1].descending if unique else False
    unique += [Key(name, descending) for name in last if name not in keys]
    return tuple(unique)


def window(
    source: FromClause,
    keys: Keys,
    where: Where,
    *,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    page: int | None,
    page_size: int | None,
    deleted: bool,
) -> Window:
    """Raises Refused when the arguments do not fit together or a cursor is broken."""
    if page is not None or page_size is not None:
        if any(given is not None for given in (first, after, last, before)):
            raise refuse(Fault.BAD_PAGE, "page")
        return _numbered(keys, where, 1 if page is None else page, page_size, deleted)
    if (first is not None and last is not None) or (first or 0) < 0 or (last or 0) < 0:
        raise refuse(Fault.BAD_PAGE, "first" if first is not None else "last")
    size = next((asked for asked in (first, last) if asked is not None), DEFAULT)
    return Window(
        keys,
        size,
        last is not None,
        decode(after, keys, source, "after") if after is not None else None,
        decode(before, keys, source, "before") if before is not None else None,
        where,
        deleted,
    )


def _numbered(keys: Keys, where: Where, page: int, asked: int | None, deleted: bool) -> Window:
    size = DEFAULT if asked is None else asked
    if page < 1 or size < 1:
        raise refuse(Fault.BAD_PAGE, "page" if page < 1 else "page_size")
    if page * size > FAR:
        raise refuse(Fault.PAGE_TOO_FAR, "page", limit=FAR)
    return Window(keys, size, where=where, deleted=deleted, offset=(page - 1) * size)


_HEXADECIMAL = re.compile(r"(?:[0-9a-f]{2})+")


def signature(keys: Keys) -> str:
    """Stands in front of a cursor, so that one of another order is known."""
    return ",".join(("-" if key.descending else "") + key.column for key in keys)


def _plain(value: Any) -> Any:
    """As databases write it too: ids without dashes, moments in their one form."""
    return value.hex if isinstance(value, UUID) else print_time(value) if isinstance(value, datetime) else value


def encode(row: Any, keys: Keys) -> str:
    """The cursor of a row in a list of this order."""
    values = [_plain(getattr(row, key.column)) for key in keys]
    return orjson.dumps([signature(keys), *values], option=orjson.OPT_PASSTHROUGH_SUBCLASS, default=str).hex()


_READERS: Mapping[type, Callable[[str], Any]] = {
    UUID: UUID,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
}


def decode(cursor: str, keys: Keys, source: FromClause, argument: str) -> Position:
    """Where the cursor stands. Raises Refused when it is broken or made for another order."""
    if not _HEXADECIMAL.fullmatch(cursor):
        raise refuse(Fault.BAD_CURSOR, argument)
    try:
        made_for, *values = orjson.loads(bytes.fromhex(cursor))
    except (ValueError, TypeError):
        raise refuse(Fault.BAD_CURSOR, argument) from None
    if made_for != signature(keys):
        raise refuse(Fault.WRONG_CURSOR, argument)
    try:
        return tuple(_value(value, source.c[key.column]) for key, value in zip(keys, values, strict=True))
    except (ValueError, TypeError):
        raise refuse(Fault.BAD_CURSOR, argument) from None


def holds(column: Any) -> type:
    """The Python type of a column's values, whatever decorates its SQL type."""
    kind: type = getattr(column.type, "impl_instance", column.type).python_type
    return kind


def _value(plain: Any, column: Any) -> Any:
    kind = holds(column)
    if plain is None:
        return None
    value = _READERS[kind](plain) if kind in _READERS else plain
    if type(value) is not kind or (isinstance(value, datetime) and value.tzinfo is None):
        raise TypeError(column.name)
    if isinstance(value, str) and "\x00" in value:
        raise ValueError(column.name)
    return value
