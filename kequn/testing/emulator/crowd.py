"""The people whom seeded emulators of all CRMs know: the same seed, the same people, so that CRMs overlap. Nobody who
exists. Decides who they are; how a CRM writes them down is its emulator's business."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kequn.testing.emulator.people import Names

TIERS = ("普通", "VIP", "战略")
GROUPS = ("newsletter", "重点客户", "beta", "trade fair", "老客户")
SOURCES = ("Chat", "Web Download", None)
DAY = 86400
COMPANY_PHONES = 9_000_000
SHARED_EVERY = 3
MOVED_EVERY = 300

_HAN = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True)
class Trace:
    """What a system keeps of a record: made `age` seconds ago, changed `later` seconds after that; the places of the
    users who did it."""

    age: int
    later: int
    maker: int
    editor: int


@dataclass(frozen=True)
class Company:
    name: str
    website: str
    phone: str
    city: str
    trace: Trace


@dataclass(frozen=True)
class Person:
    """`employer`: the place of a company. `tier`: one of TIERS. `groups`: places in GROUPS."""

    number: int
    first: str
    last: str
    email: str
    phone: str
    employer: int | None
    city: str
    tier: str | None
    groups: tuple[int, ...]
    opted_out: bool
    source: str | None
    trace: Trace

    @property
    def name(self) -> str:
        """In one text: Chinese names with the family name in front."""
        if _HAN.fullmatch(self.first) and _HAN.fullmatch(self.last):
            return self.last + self.first
        return f"{self.first} {self.last}"


class Crowd:
    """`count` people, and a company for every ten. `names` goes on where they end, for what a CRM has beside them.
    `users`: how many colleagues make and change records."""

    def __init__(self, seed: int, count: int, users: int = 5) -> None:
        self.names = Names(seed)
        self._seed = seed
        self._users = users
        self.companies = [self._company(number) for number in range(-(-count // 10))]
        self.people = [self._person(self.names, number, number) for number in range(count)]

    def overlapping(self, offset: int) -> list[Person]:
        """As many people again, for another CRM: every third one is of this crowd, the others are numbered from
        `offset` on. Every hundredth of the shared ones has another phone number there; `offset` says which."""
        strangers, moved = Names(self._seed + offset), SHARED_EVERY * (offset // 1_000_000) % MOVED_EVERY
        found = []
        for number, person in enumerate(self.people):
            other = self._person(strangers, offset + number, number)
            if number % MOVED_EVERY == moved:
                found.append(replace(person, phone=other.phone))
            else:
                found.append(person if number % SHARED_EVERY == 0 else other)
        return found

    def trace(self) -> Trace:
        return self._trace(self.names)

    def _trace(self, names: Names) -> Trace:
        """Made within 400 days, changed since by somebody or not."""
        age = DAY + names.below(400 * DAY)
        later = names.below(age) if names.below(3) else 0
        return Trace(age, later, names.below(self._users), names.below(self._users))

    def _company(self, number: int) -> Company:
        trace, names = self.trace(), self.names
        website = f"https://company{number + 1}.example.org"
        return Company(
            names.company(number + 1), website, names.phone(COMPANY_PHONES + number), names.city(), trace
        )  # fmt: skip

    def _person(self, names: Names, number: int, place: int) -> Person:
        trace = self._trace(names)
        first, last = names.person()
        groups = tuple(group for group in range(len(GROUPS)) if names.below(4) == 0)
        employed = names.below(4)
        return Person(
            number, first, last, names.email(number + 1), names.phone(number),
            names.below(len(self.companies)) if employed else None, names.city(), names.one_of((*TIERS, None)),
            groups, names.below(20) == 0, names.one_of(SOURCES), trace,
        )  # fmt: skip


def pick(things: Sequence[str], places: Sequence[int]) -> tuple[str, ...]:
    return tuple(things[place] for place in places)
