"""Which columns of a row are needed to build what is asked of it. Pure."""

from collections.abc import Iterator

from kequn.domain.catalogue import CATALOGUE
from schema.compiler.selection import Asked, Selection
from schema.declared import All, Amount, Column, Derived, Id, Matched, Micros, One, Pages, Sought, Varied, Worked


def name_of(asked: Asked) -> str:
    """The field's name in the schema."""
    return asked.node.name.value


def needed(noun: str, selection: Selection) -> set[str]:
    """The names of the columns; those of a relation's near end among them."""
    known = CATALOGUE[noun].source.c
    return {name for asked in selection for name in _columns(noun, asked) if name in known}


def _columns(noun: str, asked: Asked) -> Iterator[str]:
    match asked.declared:
        case Id():
            yield "id"
        case Column(name=name):
            yield name
        case Micros(column=column) | One(column=column):
            yield column
        case Amount(column=column):
            yield from (f"{column}_micros", f"{column}_currency")
        case Derived(columns=columns) | Worked(columns=columns) | Sought(columns=columns):
            yield from columns
        case Matched(columns=columns):
            yield from (ours for _, ours in columns)
        case Varied(noun_column=kind, id_column=id):
            yield from (kind, id)
        case All(relation=relation) | Pages(relation=str() as relation):
            yield CATALOGUE[noun].relations[relation].here
