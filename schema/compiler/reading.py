"""What the arguments of a field ask, by the same functions as ordinary execution: what the statement depends on (a
shape), and the values that are bound."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from kequn.contracts.identity import PREFIXES, parse_id
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.segments import membership
from kequn.domain.segments.membership import Known
from schema import filters, totals
from schema.aggregates import Asked
from schema.compiler.holes import Hole, Values, emptied
from schema.compiler.selection import NotCompiled
from schema.declared import ById, Declared, Derived, Pages, Part, Worked
from schema.paging import LARGEST, Window


@dataclass(frozen=True)
class Single:
    """One row by its id."""

    noun: str
    id: Hole
    deleted: bool = False


@dataclass(frozen=True)
class Several:
    """Rows by their ids; `among`: of which nouns they are."""

    among: tuple[str, ...]
    nouns: Hole
    ids: Hole


@dataclass(frozen=True)
class Later:
    """What Python makes of columns, with arguments that the statement does not know. `only`: which of the rows beside
    it needs for them; None means all."""

    only: frozenset[str] | None = None


Shape = Window | Single | Several | Later | Asked
Read = tuple[Shape, Values]
NOUNS = {PREFIXES[noun]: noun for noun in CATALOGUE if noun in PREFIXES}


def read(declared: Declared | str, given: Mapping[str, Any], now: datetime, known: Known | None = None) -> Read:
    """What the arguments of such a field ask. `known`: what filters may refer to. Raises Refused when they cannot be
    meant, NotCompiled when they say more than a statement can, Folded when `known` is needed."""
    match declared:
        case Pages():
            window = declared.window(given, now)
            return emptied(window if known is None else _unfolded(window, known, now))
        case ById(noun=noun):
            id = filters.uuid(given["id"], noun, "id")
            return Single(noun, Hole(0), given.get("include_deleted", False)), [id]
        case Derived():
            return Later(), [given]
        case Worked(only=only):
            return Later(None if only is None else frozenset(only(given))), [given]
        case Part.AGGREGATE:
            return totals.asked(**given, now=now), [{}]
        case Part.ANYTHING:
            noun, id = _noun_and_id(given["id"])
            return Single(noun, Hole(0)), [id]
        case Part.ANYTHINGS:
            pairs = [_noun_and_id(text) for text in given["ids"]]
            if len(pairs) > LARGEST:
                raise NotCompiled("too many ids")
            nouns, ids = [noun for noun, _ in pairs], [id for _, id in pairs]
            return Several(tuple(sorted(set(nouns))), Hole(0), Hole(1)), [nouns, ids]
    raise NotCompiled("no field that takes arguments")


def _unfolded(window: Window, known: Known, now: datetime) -> Window:
    return replace(window, where=membership.unfold(window.where, known, now, "where"))


def _noun_and_id(text: str) -> tuple[str, UUID]:
    try:
        prefix, id = parse_id(text)
        return NOUNS[prefix], id
    except (ValueError, KeyError):
        raise NotCompiled("an id of nothing") from None
