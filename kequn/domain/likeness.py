"""How alike two customers are. Pure: which pairs are worth comparing, how sure it is that they are one, and by which
fields. Knows no database; decides nothing about what becomes of a pair."""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations
from uuid import UUID

from rapidfuzz import fuzz

from kequn.contracts import identity
from kequn.contracts.identity import Key
from kequn.store.duplicates import Profile, Suggestion

RULES = 1  # to be raised with every change of what is found: then everything is searched anew
COMMON = 50  # a key that more customers share says nothing about any two of them
LEAST = 500  # below this score, in thousandths, nothing is suggested
_WEIGHTS = {
    "uscc": 0.95,
    "union_id": 0.95,
    "reference": 0.85,
    "email": 0.85,
    "phone": 0.6,  # families share them
    "name": 0.6,
    "street": 0.4,
    "city": 0.3,
    "region": 0.15,
}
_DOUBTS = {"uscc": 0.3, "union_id": 0.5, "birthday": 0.7}  # nobody has two of these; but birthdays are mistyped
_NAME, _STREET = 88.0, 85.0  # how alike texts must be, in percent
_WORD = re.compile(r"[^\W_]+")
_LEGAL_TAILS = ("有限责任公司", "股份有限公司", "有限公司", "集团", "公司")
_LEGAL = frozenset(
    {"co", "company", "corp", "corporation", "inc", "incorporated", "limited", "llc", "ltd", "plc", "pte", "pty"}
    | {"gmbh", "ag", "kg", "se", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "kk", "株式会社", *_LEGAL_TAILS}
)
_PLACE_TAILS = ("特别行政区", "自治区", "省", "市")
_STREET_HEAD = 6


@dataclass(frozen=True)
class Likeness:
    """What a comparison found. `touched`: the customers that it looked at (None: all); `common`: see DuplicateScan."""

    suggestions: Sequence[Suggestion]
    touched: Set[UUID] | None
    common: frozenset[str]


def compare(
    profiles: Mapping[UUID, Profile],
    shared: Mapping[Key, Sequence[UUID]],
    changed: Set[UUID] | None = None,
    common: frozenset[str] = frozenset(),
    *,
    most: int = COMMON,
) -> Likeness:
    """Which customers may be one. With `changed` and the common keys of the last time only the pairs that can have come
    or gone since; both ways lead to the same suggestions."""
    plain = {id: _Plain.of(profile) for id, profile in profiles.items()}
    groups = {digest: group for digest, group in _groups(plain, shared).items() if len(group.members) > 1}
    crowded = frozenset(digest for digest, group in groups.items() if len(group.members) > most)
    touched = None
    if changed is not None:
        turned = (groups[digest].members for digest in crowded ^ common if digest in groups)
        touched = frozenset(changed).union(*turned)
    pairs: dict[tuple[UUID, UUID], set[str]] = {}
    for digest in groups.keys() - crowded:
        for pair in _pairs(groups[digest].members, touched):
            pairs.setdefault(pair, set()).update(groups[digest].fields)
    found = (_suggest(plain[one], plain[other], keys) for (one, other), keys in pairs.items())
    return Likeness([one for one in found if one is not None], touched, crowded)


@dataclass
class _Group:
    """Customers that share a key. `fields`: the identity that it is, if it is one."""

    members: list[UUID]
    fields: tuple[str, ...] = ()


def _groups(plain: Mapping[UUID, "_Plain"], shared: Mapping[Key, Sequence[UUID]]) -> dict[str, _Group]:
    """By digests: names are personal, and what is too common is noted down."""
    groups: dict[str, _Group] = {}
    for key, holders in shared.items():
        for id in holders:
            if id in plain:
                digest = _digest(key.type, key.value, plain[id].profile.type)
                groups.setdefault(digest, _Group([], (key.type,))).members.append(id)
    for id, one in plain.items():
        for digest in {_digest(*block, one.profile.type) for block in _blocks(one)}:
            groups.setdefault(digest, _Group([])).members.append(id)
    return groups


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()


def _pairs(members: Sequence[UUID], touched: Set[UUID] | None) -> Iterator[tuple[UUID, UUID]]:
    for one, other in combinations(sorted(set(members)), 2):
        if touched is None or one in touched or other in touched:
            yield one, other


@dataclass(frozen=True)
class _Plain:
    """A profile with its texts in normal form."""

    profile: Profile
    name: str
    city: str
    region: str
    street: str

    @classmethod
    def of(cls, profile: Profile) -> "_Plain":
        street = "".join(_words(profile.street))
        name = plain_name(profile.name, organisation=profile.type == "organisation")
        return cls(profile, name, _place(profile.city), _place(profile.region), street)


def plain_name(text: str, *, organisation: bool) -> str:
    """Without width, case, spaces, punctuation, the order of words, and what only says of which legal form it is."""
    words = _words(text)
    if organisation:
        bare = [_without_tail(word, _LEGAL_TAILS) for word in words if word not in _LEGAL]
        words = bare or words
    return "".join(sorted(words))


def _words(text: str | None) -> list[str]:
    return _WORD.findall(identity.name(text or "") or "")


def _place(text: str | None) -> str:
    return _without_tail("".join(_words(text)), _PLACE_TAILS)


def _without_tail(word: str, tails: Iterable[str]) -> str:
    return next((word.removesuffix(tail) for tail in tails if word.endswith(tail) and word != tail), word)


def _blocks(one: _Plain) -> Iterator[tuple[str, str, str]]:
    """Keys such that two customers of like names at the same place share one: the whole name, and, since an error in
    one half leaves the other alone, both halves, of either length that a missing letter may make of them."""
    if not one.name:
        return
    places = (("city", one.city), ("region", one.region), ("street", one.street[:_STREET_HEAD]))
    for field, place in places:
        if place:
            yield field, place, one.name
    for half in {len(one.name) // 2, (len(one.name) - 1) // 2} if one.city else ():
        if half > 1:
            yield "city", one.city, "<" + one.name[:half]
            yield "city", one.city, ">" + one.name[-half:]


def _suggest(one: _Plain, other: _Plain, shared: Collection[str]) -> Suggestion | None:
    reasons = [*shared]
    if one.name and fuzz.ratio(one.name, other.name, score_cutoff=_NAME):
        reasons.append("name")
    place = _same_place(one, other)
    if not shared and not ("name" in reasons and place):
        return None
    reasons += place
    chance = 1 - math.prod(1 - _WEIGHTS[reason] for reason in reasons)
    score = round(1000 * chance * math.prod(_doubts(one.profile, other.profile)))
    first, second = sorted((one.profile.id, other.profile.id))
    ordered = tuple(name for name in _WEIGHTS if name in reasons)
    return Suggestion(first, second, score, ordered) if score >= LEAST else None


def _same_place(one: _Plain, other: _Plain) -> list[str]:
    if one.city and other.city and one.city != other.city:
        return []
    same = [name for name in ("city", "region") if (text := getattr(one, name)) and text == getattr(other, name)]
    if one.street and other.street and fuzz.ratio(one.street, other.street, score_cutoff=_STREET):
        same.append("street")
    return same


def _doubts(one: Profile, other: Profile) -> Iterator[float]:
    for name, doubt in _DOUBTS.items():
        ours, theirs = getattr(one, name), getattr(other, name)
        if ours and theirs and ours != theirs:
            yield doubt
