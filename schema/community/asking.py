"""What can be asked about a type, made from the type itself: its `...Where`, `...OrderField` and `...Order`, with the
words that its own fields have. For types whose scalar fields are columns."""

from datetime import date, datetime
from enum import Enum, EnumMeta
from types import GenericAlias, NoneType
from typing import Any, get_args, get_type_hints

import strawberry
from strawberry import UNSET
from strawberry.types.field import StrawberryField

from schema import personal
from schema.lists import lazy
from schema.operators import (
    BooleanFilter,
    DateFilter,
    DateTimeFilter,
    EnumFilter,
    IdFilter,
    IntFilter,
    TextFilter,
    logic,
)
from schema.paging import Order
from schema.relations import relation_filter

_FILTERS = {str: TextFilter, int: IntFilter, bool: BooleanFilter, datetime: DateTimeFilter, date: DateFilter}
Asked = tuple[Any, Any, Any]
"""A `...Where`, an `...OrderField` and an `...Order`."""


def said(words: str) -> Any:
    """A field that is a column, with its words."""
    return strawberry.field(description=words)


def asked(cls: Any, words: str) -> Asked:
    """`words`: what one is called, in both languages ("a post", "帖子")."""
    fields = [field for field in cls.__strawberry_definition__.fields if field.python_name != "id"]
    filters = {field.python_name: found for field in fields if (found := _filter(cls, field)) is not None}
    scalars = {field.python_name: field for field in fields if _plain(cls, field) is not None}
    english, _, chinese = words.rpartition(" ")
    where = _where(cls, filters, f"Asks about {english} {chinese}条件")
    order_field = _order_field(cls, scalars)
    _mark(cls, where, order_field)
    return where, order_field, _order(cls, order_field, f"How they are ordered {chinese}排序")


def _mark(cls: Any, where: Any, order_field: Any) -> None:
    """What is personal is so wherever it is named."""
    for one in (cls, where):
        for field in one.__strawberry_definition__.fields:
            personal.mark(cls.noun, field)
    values = order_field.__strawberry_definition__.values
    order_field.__strawberry_definition__.values = [personal.named(cls.noun, value) for value in values]


def _where(cls: Any, filters: dict[str, Any], words: str) -> Any:
    title = cls.__name__
    here = lazy(title, "Where")
    parts: dict[str, Any] = {"and_": GenericAlias(list, here) | None, "or_": GenericAlias(list, here) | None}
    hints = {**parts, "not_": here | None, "id": IdFilter | None, **{name: kind for name, (kind, _) in filters.items()}}
    values = {"and_": logic("and"), "or_": logic("or"), "not_": logic("not")}
    values["id"] = strawberry.field(description="Id 编号", default=UNSET)
    values |= {name: field for name, (_, field) in filters.items()}
    made = type(f"{title}Where", (), {"__annotations__": hints, "__module__": cls.__module__, **values})
    return strawberry.input(made, description=words)


def _filter(cls: Any, field: StrawberryField) -> tuple[Any, Any] | None:
    """The annotation and the field that ask about a field; None where nothing can be asked."""
    if made := relation_filter(field):
        return Any, made
    plain = _plain(cls, field)
    if plain is None:
        return None
    kind: Any = EnumFilter[plain] if isinstance(plain, EnumMeta) else _FILTERS[plain]  # type: ignore[valid-type]
    return kind | None, strawberry.field(description=field.description, default=UNSET)


def _plain(cls: Any, field: StrawberryField) -> Any:
    """The type of a scalar that is a column; None of any other field."""
    if field.base_resolver is not None:
        return None
    hint = get_type_hints(cls, include_extras=True).get(field.python_name)
    kind = next((one for one in get_args(hint) if one is not NoneType), hint) if NoneType in get_args(hint) else hint
    return kind if isinstance(kind, EnumMeta) or kind in _FILTERS else None


def _order_field(cls: Any, scalars: dict[str, StrawberryField]) -> Any:
    names = {"id": "Id 编号", **{name: field.description for name, field in scalars.items()}}
    made = Enum(f"{cls.__name__}OrderField", {name.upper(): name for name in names}, module=cls.__module__)  # type: ignore[misc]
    strawberry.enum(made, description="What they can be ordered by 排序字段")
    for value in made.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = names[value.value]
    return made


def _order(cls: Any, order_field: Any, words: str) -> Any:
    values = {"field": strawberry.field(description="By what 字段")}
    hints = {"__annotations__": {"field": order_field}, "__module__": cls.__module__}
    return strawberry.input(type(f"{cls.__name__}Order", (Order,), {**hints, **values}), description=words)
