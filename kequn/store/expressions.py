"""What both databases can say, each in its own words: the SQL functions behind filters and orders."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, String, Uuid
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from kequn.store import zones
from kequn.store.types import UtcDateTime

UNITS = {
    "day": "",
    "week": ", '-6 days', 'weekday 1'",
    "month": ", 'start of month'",
    "year": ", 'start of year'",
}
"""Stretches of time, as SQLite cuts them. A week begins on Monday."""


class by_letter(GenericFunction[str]):  # noqa: N801 - named as SQL functions are
    """A text, ordered by its code points: as SQLite does, and PostgreSQL in the C collation."""

    type = String()
    inherit_cache = True


class member_text(GenericFunction[str]):  # noqa: N801
    """What a JSON object inside a JSON object holds as text: (column, outer key, inner key). Null for what is no text,
    number or truth value."""

    type = String()
    inherit_cache = True


class day_of(GenericFunction[str]):  # noqa: N801
    """The first day of the stretch of time that a moment or a day lies in, as text: (unit, zone, column). A unit is one
    of UNITS, a zone the name of the time zone in which a moment is looked at."""

    type = String()
    inherit_cache = False  # unit and zone stand in the text, and SQLAlchemy knows statements by all but their values


class in_index(GenericFunction[bool]):  # noqa: N801
    """Whether the index of texts finds a row of search_text: (its number, its grams, what is sought)."""

    type = Boolean()
    inherit_cache = True


class subject_of(GenericFunction[UUID]):  # noqa: N801
    """Whose key covers sealed bytes: their first sixteen (vault.py)."""

    type = Uuid()
    inherit_cache = True


@compiles(subject_of)
def _subject_of(element: Any, compiler: Any, **options: Any) -> str:
    return f"lower(hex(substr({compiler.process(element.clauses, **options)}, 1, 16)))"


@compiles(subject_of, "postgresql")
def _subject_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"encode(substr({compiler.process(element.clauses, **options)}, 1, 16), 'hex')::uuid"


@compiles(by_letter)
def _by_letter(element: Any, compiler: Any, **options: Any) -> str:
    text: str = compiler.process(element.clauses, **options)
    return text


@compiles(by_letter, "postgresql")
def _by_letter_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'


@compiles(member_text)
def _member_text(element: Any, compiler: Any, **options: Any) -> str:
    column, outer, inner = (compiler.process(clause, **options) for clause in element.clauses)
    text = "CASE leaf.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(leaf.atom AS TEXT) END"
    leaves = f"json_each({column}) AS branch, json_each(branch.value) AS leaf"
    where = f"branch.key = {outer} AND branch.type = 'object' AND leaf.key = {inner}"
    return f"(SELECT {text} FROM {leaves} WHERE {where})"  # noqa: S608


@compiles(member_text, "postgresql")
def _member_text_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    column, outer, inner = (compiler.process(clause, **options) for clause in element.clauses)
    leaf = f"{column} -> {outer}::text -> {inner}::text"
    text = f"{column} -> {outer}::text ->> {inner}::text"
    return f"(CASE WHEN json_typeof({leaf}) NOT IN ('object', 'array') THEN {text} END)"


@compiles(day_of)
def _day_of(element: Any, compiler: Any, **options: Any) -> str:
    unit, zone, column = element.clauses
    text = compiler.process(column, **options)
    shifted = f"{text}, {_offset(text, ZoneInfo(zone.value))}" if isinstance(column.type, UtcDateTime) else text
    return f"date({shifted}{UNITS[unit.value]})"


def _offset(moment: str, zone: ZoneInfo) -> str:
    """How far a zone's clocks are from UTC at a moment, as SQLite's dates take it."""
    *some, (_, last) = zones.offsets(zone)
    cases = "".join(f" WHEN {moment} < '{until:%Y-%m-%d %H:%M:%S}' THEN '{far} seconds'" for until, far in some)
    return f"CASE{cases} ELSE '{last} seconds' END" if cases else f"'{last} seconds'"


@compiles(day_of, "postgresql")
def _day_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    unit, zone, column = element.clauses
    moment = compiler.process(column, **options)
    plain = (
        f"{moment} AT TIME ZONE '{ZoneInfo(zone.value).key}'"
        if isinstance(column.type, UtcDateTime)
        else f"{moment}::timestamp"
    )
    return f"to_char(date_trunc('{unit.value}', {plain}), 'YYYY-MM-DD')"


@compiles(in_index)
def _in_index(element: Any, compiler: Any, **options: Any) -> str:
    number, _, sought = (compiler.process(clause, **options) for clause in element.clauses)
    wanted = f"'(' || {sought} || ') OR long'"
    return f"{number} IN (SELECT rowid FROM search_index WHERE search_index MATCH {wanted})"  # noqa: S608


@compiles(in_index, "postgresql")
def _in_index_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    _, grams, sought = (compiler.process(clause, **options) for clause in element.clauses)
    held = f"string_to_array({grams}, ' ')"
    return f"({held} @> string_to_array({sought}, ' ') OR {held} @> ARRAY['long'])"
