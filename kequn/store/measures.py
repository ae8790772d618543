"""What rules measure with: seconds, days and JSON objects in SQL, which the databases spell differently; and where the
values of a population have their edges and ranks. Decides no threshold."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Integer,
    Text,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from kequn.store.types import Json

DAY = 86_400
MILLION = 1_000_000
STEPS = 400
"""A population's ranks are noted at so many of its values at most."""

Edges = Sequence[int]
Counts = Sequence[tuple[int, int]]
Ranks = Sequence[Sequence[int]]
"""[value, percentile rank in millionths], by value."""


class epoch(GenericFunction[int]):  # noqa: N801 - named as SQL functions are
    """The whole seconds of a time since 1970."""

    type = BigInteger()
    inherit_cache = True


class json_of(GenericFunction[Any]):  # noqa: N801
    """A JSON object of alternating names and values."""

    type = Json
    inherit_cache = True


class larger(GenericFunction[float]):  # noqa: N801
    """The larger of two numbers, neither of which is null."""

    type = Float()
    inherit_cache = True


@compiles(larger)
def _larger(element: Any, compiler: Any, **options: Any) -> str:
    return f"max({compiler.process(element.clauses, **options)})"


@compiles(larger, "postgresql")
def _larger_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **options)})"


@compiles(epoch)
def _epoch(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER)"


@compiles(epoch, "postgresql")
def _epoch_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(floor(EXTRACT(epoch FROM {compiler.process(element.clauses, **options)})) AS BIGINT)"


@compiles(json_of)
def _json_of(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **options)})"


@compiles(json_of, "postgresql")
def _json_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_build_object({compiler.process(element.clauses, **options)})"


class truth(GenericFunction[Any]):  # noqa: N801
    """A condition as JSON's true or false, to stand in an object."""

    type = Json
    inherit_cache = True


@compiles(truth)
def _truth(element: Any, compiler: Any, **options: Any) -> str:
    return f"json(CASE WHEN {compiler.process(element.clauses, **options)} THEN 'true' ELSE 'false' END)"


@compiles(truth, "postgresql")
def _truth_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"coalesce({compiler.process(element.clauses, **options)}, false)"


def object_of(parts: Mapping[str, ColumnElement[Any] | int | float | str | None]) -> ColumnElement[Any]:
    """The JSON object with these names, which are ours, and values."""
    flat: list[ColumnElement[Any]] = []
    for name, value in parts.items():
        flat += [literal_column(f"'{name}'"), value if isinstance(value, ColumnElement) else _constant(value)]
    return json_of(*flat)


def _constant(value: float | str | None) -> ColumnElement[Any]:
    kinds: Mapping[type, Any] = {int: BigInteger(), float: Float(), str: Text(), type(None): Integer()}
    return cast(literal(value, kinds[type(value)]), kinds[type(value)])


def days_until(moment: datetime, column: ColumnElement[Any]) -> ColumnElement[int]:
    """Whole days from the time in `column` to `moment`."""
    return cast((int(moment.timestamp()) - epoch(column)) // DAY, BigInteger)


async def edges(
    session: AsyncSession, measure: ColumnElement[int], shares: Sequence[int], *among: ColumnElement[bool]
) -> list[int]:
    """The least value that is still in the top so many millionths of those `among`, for each share. Equal values are
    on the same side: who has the edge's value is in. Of nobody: no edges."""
    place, size = func.row_number().over(order_by=measure.desc()), func.count().over()
    ranked = select(measure.label("value"), place.label("place"), size.label("size")).where(*among).subquery("ranked")
    wanted = [_place(share, ranked.c.size) for share in shares]
    query = select(ranked.c.place, ranked.c.value, ranked.c.size).where(or_(*(ranked.c.place == one for one in wanted)))
    found = (await session.execute(query)).all()
    at = {place: int(value) for place, value, _ in found}
    return [at[max(1, -(-share * found[0].size // MILLION))] for share in shares] if found else []


def _place(share: int, size: ColumnElement[int]) -> ColumnElement[int]:
    """Which of so many, from the top, is the last one within the share; the first one at least."""
    place = (size * share + (MILLION - 1)) // MILLION
    return case((place < 1, 1), else_=place)


async def counts(session: AsyncSession, measure: ColumnElement[int], *among: ColumnElement[bool]) -> Counts:
    """How many of those `among` have each value; for measures of few values, where this is quicker than sorting."""
    query = select(measure.label("value"), func.count()).where(*among).group_by(measure).order_by(measure)
    return [(int(value), int(count)) for value, count in await session.execute(query)]


def edges_of(counted: Counts, shares: Sequence[int]) -> list[int]:
    """See `edges`."""
    size, found = sum(count for _, count in counted), []
    for share in shares if size else ():
        place, within = max(1, -(-share * size // MILLION)), 0
        for value, count in reversed(counted):
            within += count
            if within >= place:
                found.append(value)
                break
    return found


def ranks_of(counted: Counts) -> list[list[int]]:
    """The percentile rank of every value: the share of those below, and half of those who are equal."""
    size, below, found = sum(count for _, count in counted), 0, []
    for value, count in counted:
        found.append([value, (2 * below + count) * MILLION // (2 * size)])
        below += count
    return found if len(found) <= STEPS else [found[place * (len(found) - 1) // (STEPS - 1)] for place in range(STEPS)]
