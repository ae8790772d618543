"""A history as a judge sees it: who wrote what where, and how everything stood in the end. Its JSON form is fixed: any
judge may read it. Every value that a simulated person writes is a unique token."""

from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

HUB = "kequn"
Field = tuple[str, str]
"""(key, field)"""


@dataclass(frozen=True)
class Write:
    """A person wrote `value` and saw `prev` before (None: at creation, or nothing was there). An element of a set is a
    field (`interests/<element>`), and `value` is empty when it was taken out. The field "" stands for being there at
    all, where a record says nothing else. `lost`: in kequn, after
    the backup that was put in its place later. `raced`: between kequn's read of a record by id and its write there,
    where the CRM has no exact condition."""

    sys: str
    key: str
    field: str
    value: str
    prev: str | None
    lost: bool = False
    raced: bool = False


@dataclass(frozen=True)
class Delete:
    """A person deleted the record and saw these values. A merge inside a CRM deletes the loser; `into`: the winner.
    `unmet`: kequn had created it there and had not learned yet that it arrived, so that nothing tells it from one that
    never did. `outside`: nothing flowed between kequn and this record. `lost`: see Write, or unknown to the backup.
    `referring`: what referred to it then, as far as kequn knew; by key and field."""

    sys: str
    key: str
    saw: dict[str, str | None]
    into: str | None = None
    unmet: bool = False
    outside: bool = False
    lost: bool = False
    referring: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Merge:
    """A person made one record of two that kequn knows; the winner bears now what the loser was known by."""

    sys: str
    winner: str
    loser: str


@dataclass(frozen=True)
class Shown:
    """A conflict, open or settled, as the product shows it. `field` None: about the record as a whole."""

    key: str
    field: str | None
    values: list[str]
    delete: bool
    open: bool = True


@dataclass
class History:
    """One history. `references`: those of the fields that hold the key of another record. `restored`: the keys that
    people took out of the bin of each CRM; `outside`: those that its connection leaves out; `told`: those that kequn
    alone decides about, each about a customer; `reborn`: those that another of kequn's rows bore before, which ended.
    `final`: live records after quiescence; `copies`: live records per key; `quiet_writes`: write requests in the two
    rounds after the last; `bound`: how many writes would be too many."""

    seed: int
    systems: list[str]
    fields: list[str]
    references: list[str] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    deletes: list[Delete] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    restored: dict[str, list[str]] = field(default_factory=dict)
    outside: dict[str, list[str]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    reborn: list[str] = field(default_factory=list)
    final: dict[str, dict[str, dict[str, str | None]]] = field(default_factory=dict)
    copies: dict[str, dict[str, int]] = field(default_factory=dict)
    conflicts: list[Shown] = field(default_factory=list)
    quiet_writes: int = 0
    writes_made: int = 0
    bound: int = 0
    events: list[list[Any]] = field(default_factory=list)

    def dump(self) -> bytes:
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)

    @classmethod
    def parse(cls, text: bytes) -> "History":
        plain = orjson.loads(text)
        return cls(
            **{
                **plain,
                "writes": [Write(**one) for one in plain["writes"]],
                "deletes": [Delete(**one) for one in plain["deletes"]],
                "merges": [Merge(**one) for one in plain["merges"]],
                "conflicts": [Shown(**one) for one in plain["conflicts"]],
            }
        )
