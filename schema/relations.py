"""Filters by what hangs on a row: one for each relation that a type has, in the type's own words."""

from collections.abc import Callable
from inspect import get_annotations
from typing import Any, TypeVar

from strawberry.types.field import StrawberryField

from schema.declared import All, One, Pages
from schema.lists import TITLES, one_where, some_where

C = TypeVar("C", bound=type)


def relation_filter(field: StrawberryField) -> Any:
    """What asks about the far end of this field; None where it is no relation."""
    declared = field.metadata.get("kequn")
    if not isinstance(declared, One | All | Pages):
        return None
    made = (one_where if isinstance(declared, One) else some_where)(TITLES[declared.noun])
    made.description = field.description
    return made


def asks_about(shown: Any) -> Callable[[C], C]:
    """An input with a filter for each relation of the type `shown`. Goes beneath @strawberry.input."""

    def fill(cls: C) -> C:
        for field in shown.__strawberry_definition__.fields:
            if made := relation_filter(field):
                setattr(cls, field.python_name, made)
                cls.__annotations__ = {**get_annotations(cls), field.python_name: Any}
        return cls

    return fill
