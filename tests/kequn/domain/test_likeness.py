"""How alike two customers are: names, places, identities, doubts; and that a search of what changed finds what a search
of everything would."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.contracts.identity import Key
from kequn.domain.likeness import COMMON, compare, plain_name
from kequn.store.duplicates import Profile, Suggestion

A, B = UUID(int=1), UUID(int=2)
PHONE = Key("phone", "+8613900000000")


def profile(id: UUID, **facts: Any) -> Profile:
    return Profile(**{"id": id, "type": "person", "name": f"name {id.int}", **facts})


def suggested(one: dict[str, Any], other: dict[str, Any], *keys: str) -> Suggestion | None:
    profiles = {A: profile(A, **one), B: profile(B, **other)}
    shared = {Key(key, "value"): [A, B] for key in keys}
    found = compare(profiles, shared).suggestions
    return found[0] if found else None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("上海明月科技有限公司", "上海明月科技"),
        ("明月科技（上海）有限公司", "上海 明月科技 公司"),
        ("Example Ltd.", "EXAMPLE, Inc"),
        ("Ｅｘａｍｐｌｅ GmbH", "example gmbh"),
        ("Nord Example Pte. Ltd.", "Example Nord"),
    ],
)
def test_names_of_one_organisation(one: str, other: str) -> None:
    assert plain_name(one, organisation=True) == plain_name(other, organisation=True)


@pytest.mark.parametrize("text", ["Limited", "集团", "公司", "Co Ltd"])
def test_a_name_that_is_only_a_legal_form_stays_a_name(text: str) -> None:
    assert plain_name(text, organisation=True)


def test_a_person_may_be_called_co() -> None:
    assert plain_name("Co Mira", organisation=False) != plain_name("Mira", organisation=False)


@pytest.mark.parametrize(
    ("one", "other", "keys", "reasons"),
    [
        ({}, {}, ["phone"], ("phone",)),
        ({}, {}, ["email", "phone"], ("email", "phone")),
        ({"name": "林语", "city": "上海市"}, {"name": "林 语", "city": "上海"}, [], ("name", "city")),
        (
            {"name": "林语", "region": "浙江省"},
            {"name": "林语", "region": "浙江", "city": "杭州"},
            [],
            ("name", "region"),
        ),
        ({"name": "Tolan, Mira", "city": "Wuxi"}, {"name": "mira tolan", "city": "WUXI"}, [], ("name", "city")),
        ({"name": "Mira Tolann", "city": "Wuxi"}, {"name": "Mira Tolan", "city": "Wuxi"}, [], ("name", "city")),
        (
            {"name": "x", "city": "c", "street": "1 Long Road"},
            {"name": "x", "city": "c", "street": "1, long road."},
            [],
            ("name", "street", "city"),
        ),
    ],
)
def test_what_speaks_for_a_pair(
    one: dict[str, Any], other: dict[str, Any], keys: list[str], reasons: tuple[str, ...]
) -> None:
    found = suggested(one, other, *keys)
    assert found is not None
    assert found.reasons == reasons
    assert (found.first, found.second) == (A, B)
    assert 500 <= found.score <= 1000


@pytest.mark.parametrize(
    ("one", "other", "keys"),
    [
        ({"name": "林语"}, {"name": "林语"}, []),
        ({"name": "林语", "city": "上海"}, {"name": "林语", "city": "北京"}, []),
        ({"name": "林语", "city": "上海"}, {"name": "王芳", "city": "上海"}, []),
        ({"name": "林语", "city": "上海"}, {"name": "林语", "city": "上海", "type": "organisation"}, []),
        ({"type": "organisation"}, {}, ["phone"]),
        ({"birthday": date(1960, 1, 1)}, {"birthday": date(1990, 1, 1)}, ["phone"]),
        ({"name": "", "city": "上海"}, {"name": "", "city": "上海"}, []),
        ({"name": "!", "city": "上海"}, {"name": "?", "city": "上海"}, []),
    ],
    ids=["no_place", "other_place", "other_name", "other_type", "a_companys_phone", "family", "nameless", "signs"],
)
def test_what_does_not_make_a_pair(one: dict[str, Any], other: dict[str, Any], keys: list[str]) -> None:
    assert suggested(one, other, *keys) is None


def test_more_reasons_make_it_surer_and_contradictions_less() -> None:
    born = [{"birthday": date(year, 1, 1)} for year in (1960, 1990)]
    phone, both = suggested({}, {}, "phone"), suggested({}, {}, "phone", "email")
    doubtful = suggested(born[0], born[1], "phone", "email", "union_id")
    scores = [one.score if one else 0 for one in (phone, doubtful, both)]
    assert scores == [600, 698, 940]


def test_what_everybody_shares_says_nothing() -> None:
    ids = [UUID(int=number) for number in range(1, COMMON + 2)]
    profiles = {id: profile(id, city="上海", name="王芳") for id in ids}
    assert compare(profiles, {PHONE: ids}).suggestions == []
    fewer = {id: profiles[id] for id in ids[1:]}
    assert len(compare(fewer, {PHONE: ids[1:]}).suggestions) == COMMON * (COMMON - 1) // 2


def test_what_is_noted_as_common_is_no_name() -> None:
    ids = [UUID(int=number) for number in range(1, COMMON + 2)]
    common = compare({id: profile(id, city="上海", name="王芳") for id in ids}, {}).common
    assert common
    assert not any("王" in digest or "芳" in digest for digest in common)


def people(count: int) -> st.SearchStrategy[dict[UUID, Profile]]:
    """Some customers, alike in many ways, of whom any may be missing."""
    facts = st.fixed_dictionaries(
        {
            "name": st.sampled_from(["林语", "Mira Tolan", "Mira Tolann", "mira tolan 2", "x"]),
            "type": st.sampled_from(["person", "organisation"]),
            "city": st.sampled_from([None, "上海", "上海市", "Wuxi"]),
            "region": st.sampled_from([None, "浙江"]),
            "birthday": st.sampled_from([None, date(1990, 1, 1), date(1991, 1, 1)]),
        }
    )
    some = st.dictionaries(st.integers(1, count), facts, max_size=count)
    return some.map(lambda drawn: {UUID(int=id): profile(UUID(int=id), **facts) for id, facts in drawn.items()})


def phones(profiles: Mapping[UUID, Profile]) -> dict[Key, list[UUID]]:
    holders = sorted(id for id, one in profiles.items() if one.region)
    return {PHONE: holders} if len(holders) > 1 else {}


@pytest.mark.parametrize("most", [3, 50], ids=["soon_common", "never_common"])
def test_searching_what_changed_finds_what_searching_everything_finds(most: int) -> None:
    @given(people(12), people(12))
    def agree(before: dict[UUID, Profile], after: dict[UUID, Profile]) -> None:
        first = compare(before, phones(before), most=most)
        changed = {id for id in before.keys() | after.keys() if before.get(id) != after.get(id)}
        news = compare(after, phones(after), changed, first.common, most=most)
        touched = news.touched or frozenset()
        kept = [one for one in first.suggestions if not {one.first, one.second} & touched]
        whole = compare(after, phones(after), most=most)
        assert {one.id: one for one in (*kept, *news.suggestions)} == {one.id: one for one in whole.suggestions}
        assert news.common == whole.common

    agree()
