"""Plan: what is to be done about each observation, as frozen values. Decides nothing; decide.py makes them, apply.py
does them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from kequn.contracts.records import Gone, Record
from kequn.store.conflicts import Conflict
from kequn.store.hints import Look
from kequn.store.links import Link, Tombstone
from kequn.store.rows import Row


class Verb(StrEnum):
    """What is done, in a word for people."""

    CREATE = "create"
    UPDATE = "update"
    LINK = "link"
    LEAVE = "leave"
    AGREE = "agree"
    DELETE = "delete"
    RESTORE = "restore"
    ASK = "ask"
    WAIT = "wait"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Decision:
    """What to do about one record; apply.py does it. `before` and `after`: the row; `link`: to write; `bury`: the
    link's tombstone; `revive`: the record was dead, or may have been: drop the tombstone; `send`: our side is to be
    written to this CRM; `recheck`: look at the record again, by id; `answered`: intents that are settled; `blanks`:
    fields that would lose their value."""

    verb: Verb
    seen: Record | Gone
    rule: str = ""
    before: Row | None = None
    after: Row | None = None
    link: Link | None = None
    bury: Tombstone | None = None
    revive: bool = False
    conflicts: tuple[Conflict, ...] = ()
    send: bool = False
    recheck: tuple[Look, ...] = ()
    answered: tuple[UUID, ...] = ()
    blanks: tuple[str, ...] = ()

    @property
    def deletes(self) -> bool:
        """Whether a record of the CRM is gone, and ours with it or a question about it."""
        return self.bury is not None and self.verb in {Verb.DELETE, Verb.ASK}


@dataclass(frozen=True)
class Plan:
    """The decisions about some records."""

    decisions: tuple[Decision, ...] = field(default=())

    @property
    def deletes(self) -> int:
        return sum(decision.deletes for decision in self.decisions)

    @property
    def blanks(self) -> int:
        return sum(bool(decision.blanks) for decision in self.decisions)

    @property
    def counts(self) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for decision in self.decisions:
            counts[decision.verb.value] = counts.get(decision.verb.value, 0) + 1
        return counts
