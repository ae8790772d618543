"""Three-way merge of one record. Pure: no database, no clock, no CRM names.

`base` is what we and that CRM last agreed on, `ours` the row, `theirs` the CRM's record; all in the words of rows, and
compared in the CRM's normal form (`normal`: what would be read back, were ours written), so that a field which the CRM
can only hold in part does not look changed for ever."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from kequn.store.values import Fact, Facts, is_empty
from kequn.sync.policy import Winner

NAMES = frozenset({"name", "first_name", "last_name"})
"""Of a person: whoever writes one of them to a CRM may find the others changed, for it makes them of each other."""


class Known(Enum):
    """What the base is worth: agreed; none yet (first meeting); or stale, since the mapping changed."""

    AGREED = auto()
    FIRST = auto()
    STALE = auto()


@dataclass(frozen=True)
class Sides:
    """All that the merge of one record looks at. `sent`: values of writes whose answer was not seen, oldest first.
    `writable`: the fields that can be written to this CRM. `required`: those that a row cannot be without.
    `ours_alone`: those that are written and never taken.
    `asked`: those that a person was asked about, and has not answered. `dead`: rows that are deleted. `theirs_at`,
    `ours_at`: for the policy `newest` alone."""

    base: Facts = field(repr=False)
    ours: Facts = field(repr=False)
    theirs: Facts = field(repr=False)
    normal: Facts = field(repr=False)
    known: Known = Known.AGREED
    sent: Sequence[Facts] = field(default=(), repr=False)
    writable: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    ours_alone: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    dead: frozenset[Fact] = frozenset()
    winners: Mapping[str, Winner] = field(default_factory=dict)
    theirs_at: datetime | None = None
    ours_at: datetime | None = None


@dataclass(frozen=True)
class Clash:
    """Both sides moved `field`. `winner`: ask (a person must choose, ours stands meanwhile) or who won; `shown`: which
    value the row shows now."""

    field: str
    base: Fact
    ours: Fact
    theirs: Fact
    winner: Winner
    shown: Fact


@dataclass(frozen=True)
class Merged:
    """What comes out: the row's facts, the new base, and the clashes. `taken`: fields that took the CRM's value."""

    facts: Facts = field(repr=False)
    base: Facts = field(repr=False)
    clashes: tuple[Clash, ...] = ()
    taken: tuple[str, ...] = ()

    @property
    def open_fields(self) -> frozenset[str]:
        return held(clash.field for clash in self.clashes if clash.winner is Winner.ASK)


@dataclass(frozen=True)
class _Field:
    """The outcome for one field. `base` is None-able, so `agreed` says whether there is one."""

    value: Fact
    base: Fact = None
    agreed: bool = True
    taken: bool = False
    clash: Clash | None = None


def merge(sides: Sides) -> Merged:
    """Merge field by field. Fields that `theirs` leaves out keep their value and their base."""
    if sides.known is Known.AGREED and not sides.sent and _nobody_moved(sides):
        return Merged(sides.ours, sides.base)
    outcomes = _names_together(sides, {name: _merge_field(sides, name) for name in sides.theirs})
    facts = {**sides.ours, **{name: outcome.value for name, outcome in outcomes.items()}}
    base = {name: fact for name, fact in sides.base.items() if name not in outcomes}
    base |= {name: outcome.base for name, outcome in outcomes.items() if outcome.agreed}
    clashes = tuple(outcome.clash for outcome in outcomes.values() if outcome.clash)
    return Merged(facts, base, clashes, tuple(name for name, outcome in outcomes.items() if outcome.taken))


def held(asked: Iterable[str]) -> frozenset[str]:
    """The fields that rest while people are asked about some."""
    fields = frozenset(asked)
    return fields | NAMES if fields & NAMES else fields


def _names_together(sides: Sides, outcomes: dict[str, _Field]) -> dict[str, _Field]:
    """While people are asked about one part of a name, the others are not taken either: made of both sides' parts,
    they would be a name that nobody wrote, and longer with each turn."""
    clashes = (outcomes[name].clash for name in NAMES & outcomes.keys())
    if not any(clash and clash.winner is Winner.ASK for clash in clashes):
        return outcomes
    resting = [name for name in NAMES & outcomes.keys() if outcomes[name].taken and not outcomes[name].clash]
    still = {name: _Field(sides.ours.get(name), sides.base.get(name), agreed=name in sides.base) for name in resting}
    return {**outcomes, **still}


def _nobody_moved(sides: Sides) -> bool:
    """The common case, in one pass: they did not move, whatever we did."""
    missing = object()
    return all(sides.base.get(name, missing) == theirs for name, theirs in sides.theirs.items())


def _merge_field(sides: Sides, name: str) -> _Field:
    theirs, ours = sides.theirs[name], sides.ours.get(name)
    normal = sides.normal.get(name, ours)
    sent = [values[name] for values in sides.sent if name in values]
    if name in sides.required and is_empty(theirs):  # cannot be taken: ours goes out again
        return _Field(ours, theirs, clash=Clash(name, sides.base.get(name), ours, theirs, Winner.LOCAL, ours))
    if theirs in sent:  # our own write, come back: no edit of theirs
        return _Field(ours, theirs)
    if normal == theirs:
        return _Field(ours, theirs)
    if is_empty(theirs) and sides.dead & {ours, sides.base.get(name)}:  # CRMs let go of what is deleted: no edit
        return _Field(ours, theirs)
    if name in sides.ours_alone:
        return _ours_alone(sides, name, ours, normal)
    if sides.known is not Known.AGREED or name not in sides.base:
        return _first_meeting(sides, name, ours, theirs)
    base = sides.base[name]
    if theirs == base:
        return _Field(ours, base)
    if normal == base:
        return _Field(theirs, theirs, taken=True)
    if isinstance(ours, frozenset) and isinstance(theirs, frozenset) and isinstance(base, frozenset):
        return _Field(_merge_set(base, ours, theirs), theirs, taken=True)
    return _clash(sides, name, base, ours, theirs, unanswered=bool(sent))


def _ours_alone(sides: Sides, name: str, ours: Fact, normal: Fact) -> _Field:
    """Theirs is never taken. What somebody wrote there yields and stands in the conflict; where we never had anything
    to say, it is left alone."""
    theirs, base = sides.theirs[name], sides.base.get(name)
    agreed = name in sides.base
    if (agreed and theirs == base) or (is_empty(ours) and (not agreed or normal == base)):
        return _Field(ours, base, agreed=agreed)
    if is_empty(theirs):
        return _Field(ours, theirs)
    return _Field(ours, theirs, clash=Clash(name, base, ours, theirs, Winner.LOCAL, ours))


def _merge_set(base: frozenset[str], ours: frozenset[str], theirs: frozenset[str]) -> frozenset[str]:
    """By element: what either side added is in, what either side removed is out."""
    return (ours | (theirs - base)) - (base - theirs)


def _first_meeting(sides: Sides, name: str, ours: Fact, theirs: Fact) -> _Field:
    """Without a base nobody can tell who moved. Nothing is blanked: an empty side yields, sets unite, the rest clashes.
    After a change of the mapping, or with a question open, emptiness may be meant, so that it clashes too."""
    if isinstance(ours, frozenset) and isinstance(theirs, frozenset):
        return _Field(ours | theirs, theirs, taken=True)
    if sides.known is not Known.STALE and name not in sides.asked:
        if is_empty(ours):
            return _Field(theirs, theirs, taken=True)
        if is_empty(theirs):
            return _Field(ours, theirs)
    return _clash(sides, name, None, ours, theirs, unanswered=False)


def _clash(sides: Sides, name: str, base: Fact, ours: Fact, theirs: Fact, *, unanswered: bool) -> _Field:
    winner = sides.winners.get(name, Winner.ASK)
    if winner is Winner.ASK and name not in sides.writable:
        winner = Winner.REMOTE  # whatever a person chose, only theirs could ever stand on both sides
    if winner is Winner.NEWEST:
        newer = sides.theirs_at is not None and (sides.ours_at is None or sides.theirs_at > sides.ours_at)
        winner = Winner.REMOTE if newer else Winner.LOCAL
    if winner is Winner.ASK and unanswered:
        # Our write may have arrived and been replaced knowingly: the CRM's value stands, ours is shown beside it.
        return _Field(theirs, theirs, taken=True, clash=Clash(name, base, ours, theirs, Winner.REMOTE, theirs))
    if winner is Winner.ASK:
        agreed = sides.known is Known.AGREED and name in sides.base
        clash = Clash(name, base, ours, theirs, Winner.ASK, ours)
        return _Field(ours, base, agreed=agreed, clash=clash)
    if winner is Winner.REMOTE:
        return _Field(theirs, theirs, taken=True, clash=Clash(name, base, ours, theirs, winner, theirs))
    return _Field(ours, theirs, clash=Clash(name, base, ours, theirs, winner, ours))


def unsent(facts: Facts, base: Facts, normal: Facts, writable: frozenset[str], held: frozenset[str]) -> dict[str, Fact]:
    """The fields that must be written to the CRM: ours differ from what was last agreed, and no conflict holds them."""
    missing = object()
    wanted: dict[str, Fact] = {}
    for name in sorted(writable - held):  # the same order in every process
        if name not in normal:
            continue
        agreed = base.get(name, missing)
        if normal[name] != agreed and not (agreed is missing and is_empty(normal[name])):
            wanted[name] = facts[name]
    return wanted
