"""A whole CRM in memory that implements the contract `Crm` without HTTP: to try an engine, a rule or a story on, and to
read as the shortest example of an adapter. Its state (`Book`) outlives connections (`MemoryCrm`); `People` are the
others who work in it; `Faults` is what goes wrong on the way.

    book = Book(clock, Options(delete_feed=False))
    crm = MemoryCrm(book)
    People(book).create("people", {"name": "..."})"""

from kequn.testing.memory.adapter import MemoryCrm
from kequn.testing.memory.book import Book, Entry
from kequn.testing.memory.door import webhook
from kequn.testing.memory.faults import Fault, Faults
from kequn.testing.memory.people import People
from kequn.testing.memory.sheet import Options, folded, trimmed, whole_seconds
from kequn.testing.memory.writing import Write

__all__ = [
    "Book",
    "Entry",
    "Fault",
    "Faults",
    "MemoryCrm",
    "Options",
    "People",
    "Write",
    "folded",
    "trimmed",
    "webhook",
    "whole_seconds",
]
