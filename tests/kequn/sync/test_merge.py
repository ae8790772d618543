"""Merge, field by field, as a table; and its laws on drawn values. No database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.store.values import Fact, is_empty
from kequn.sync.merge import Known, Merged, Sides, merge, unsent
from kequn.sync.policy import Winner

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=1)


def sides(base: Fact, ours: Fact, theirs: Fact, **more: Any) -> Sides:
    """One field, `city`, that can be written."""
    given: dict[str, Any] = {"normal": {"city": ours}, "writable": frozenset({"city"}), **more}
    return Sides({"city": base}, {"city": ours}, {"city": theirs}, **given)


def outcome(merged: Merged) -> tuple[Fact, Fact, list[str]]:
    """What the row shows, what is agreed, and who won what clashed."""
    return merged.facts["city"], merged.base.get("city", "nothing agreed"), [one.winner.value for one in merged.clashes]


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "want"),
    [
        ("a", "a", "a", ("a", "a", [])),
        ("a", "a", "b", ("b", "b", [])),
        ("a", "b", "a", ("b", "a", [])),
        ("a", "b", "b", ("b", "b", [])),
        ("a", "b", "c", ("b", "a", ["ask"])),
        ("a", "a", None, (None, None, [])),
        ("a", None, "a", (None, "a", [])),
        ("a", None, "c", (None, "a", ["ask"])),
        (None, None, "c", ("c", "c", [])),
    ],
    ids=["nobody", "they", "we", "both alike", "both", "they emptied", "we emptied", "we emptied, they did not", "new"],
)
def test_who_moved(base: Fact, ours: Fact, theirs: Fact, want: object) -> None:
    assert outcome(merge(sides(base, ours, theirs))) == want


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "want"),
    [("ab", "ab", "bc", "bc"), ("ab", "abc", "ab", "abc"), ("ab", "ac", "bd", "cd"), ("", "a", "b", "ab")],
)
def test_sets_merge_by_element(base: str, ours: str, theirs: str, want: str) -> None:
    merged = merge(sides(frozenset(base), frozenset(ours), frozenset(theirs)))
    assert merged.facts["city"] == frozenset(want)
    assert merged.clashes == ()


@pytest.mark.parametrize(
    ("ours", "theirs", "want"),
    [
        ("a", "a", ("a", "a", [])),
        ("a", "b", ("a", "nothing agreed", ["ask"])),
        (None, "b", ("b", "b", [])),
        ("a", None, ("a", None, [])),
    ],
    ids=["equal", "unequal", "we have nothing", "they have nothing"],
)
def test_a_first_meeting_blanks_nothing(ours: Fact, theirs: Fact, want: object) -> None:
    given = Sides({}, {"city": ours}, {"city": theirs}, {"city": ours}, Known.FIRST, writable=frozenset({"city"}))
    assert outcome(merge(given)) == want


@pytest.mark.parametrize(("ours", "theirs"), [(None, "b"), ("a", None), ("a", "b")])
def test_with_a_stale_base_every_difference_is_asked(ours: Fact, theirs: Fact) -> None:
    merged = merge(sides("old words", ours, theirs, known=Known.STALE))
    assert outcome(merged) == (ours, "nothing agreed", ["ask"])


@pytest.mark.parametrize(("ours", "theirs"), [(None, "b"), ("a", None)])
def test_a_question_stays_open_until_it_is_answered(ours: Fact, theirs: Fact) -> None:
    given = {"normal": {"city": ours}, "writable": frozenset({"city"}), "asked": frozenset({"city"})}
    assert outcome(merge(Sides({}, {"city": ours}, {"city": theirs}, **given)))[2] == ["ask"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("winner", "theirs_at", "want"),
    [
        (Winner.REMOTE, None, ("c", "c", ["remote"])),
        (Winner.LOCAL, None, ("b", "c", ["local"])),
        (Winner.NEWEST, NOW, ("c", "c", ["remote"])),
        (Winner.NEWEST, EARLIER, ("b", "c", ["local"])),
        (Winner.NEWEST, None, ("b", "c", ["local"])),
    ],
)
def test_a_policy_decides_and_shows_both(winner: Winner, theirs_at: datetime | None, want: object) -> None:
    given = sides("a", "b", "c", winners={"city": winner}, theirs_at=theirs_at, ours_at=NOW - timedelta(seconds=5))
    merged = merge(given)
    assert outcome(merged) == want
    assert (merged.clashes[0].ours, merged.clashes[0].theirs) == ("b", "c")


def test_what_cannot_be_written_is_theirs() -> None:
    assert outcome(merge(sides("a", "b", "c", writable=frozenset()))) == ("c", "c", ["remote"])


def test_what_we_sent_is_an_echo_not_an_edit() -> None:
    merged = merge(sides("a", "newer", "sent", sent=[{"city": "sent"}]))
    assert outcome(merged) == ("newer", "sent", [])


def test_with_an_unanswered_write_the_remote_value_wins_and_both_are_shown() -> None:
    merged = merge(sides("a", "sent", "c", sent=[{"city": "sent"}]))
    assert outcome(merged) == ("c", "c", ["remote"])
    assert (merged.clashes[0].ours, merged.clashes[0].theirs) == ("sent", "c")


def test_equal_in_normal_form_is_equal() -> None:
    assert outcome(merge(sides("old", " Two Words ", "two words", normal={"city": "two words"})))[::2] == (
        " Two Words ",
        [],
    )


@pytest.mark.parametrize("theirs", [None, ""])
def test_a_field_that_a_row_cannot_be_without_is_not_emptied(theirs: Fact) -> None:
    merged = merge(sides("a", "a", theirs, required=frozenset({"city"})))
    assert merged.facts["city"] == "a"
    assert unsent(merged.facts, merged.base, {"city": "a"}, frozenset({"city"}), frozenset()) == {"city": "a"}


def test_fields_that_they_leave_out_keep_value_and_base() -> None:
    given = Sides({"city": "a", "notes": "n"}, {"city": "b", "notes": "n"}, {"notes": "m"}, {"notes": "n"})
    merged = merge(given)
    assert merged.facts == {"city": "b", "notes": "m"}
    assert merged.base == {"city": "a", "notes": "m"}


@pytest.mark.parametrize(
    ("ours", "base", "held", "want"),
    [
        ("b", {"city": "a"}, False, {"city": "b"}),
        ("a", {"city": "a"}, False, {}),
        ("b", {"city": "a"}, True, {}),
        (None, {"city": "a"}, False, {"city": None}),
        (None, {}, False, {}),
        ("b", {}, False, {"city": "b"}),
    ],
    ids=["moved", "agreed", "held by a conflict", "emptied", "never there", "never agreed"],
)
def test_what_is_still_to_be_said(ours: Fact, base: dict[str, Fact], held: bool, want: dict[str, Fact]) -> None:
    holds = frozenset({"city"}) if held else frozenset[str]()
    assert unsent({"city": ours}, base, {"city": ours}, frozenset({"city"}), holds) == want


values = st.one_of(st.none(), st.sampled_from("abc"))


@given(values, values, values, st.sampled_from(Known), st.sampled_from(Winner), st.lists(values, max_size=2))
def test_nothing_is_lost_and_nothing_invented(
    base: Fact, ours: Fact, theirs: Fact, known: Known, winner: Winner, sent: list[Fact]
) -> None:
    """Each side's value is shown, or was agreed before, or was ours all along; what is shown was somebody's."""
    merged = merge(
        sides(base, ours, theirs, known=known, winners={"city": winner}, sent=[{"city": one} for one in sent])
    )
    shown = {merged.facts["city"], *(value for clash in merged.clashes for value in (clash.ours, clash.theirs))}
    agreed = base if known is Known.AGREED else None
    assert ours in shown or ours == agreed or is_empty(ours)
    assert theirs in shown or theirs in {agreed, *sent} or is_empty(theirs)
    assert merged.facts["city"] in {ours, theirs}


@given(values, values, values, st.sampled_from(Known))
def test_what_is_ours_alone_is_never_taken_and_never_blanks_unasked(
    base: Fact, ours: Fact, theirs: Fact, known: Known
) -> None:
    """What is written over theirs stands in a clash, and a second look finds nothing new."""
    city = frozenset({"city"})
    once = merge(sides(base, ours, theirs, known=known, ours_alone=city))
    told = unsent(once.facts, once.base, once.facts, city, once.open_fields)
    assert once.facts["city"] == ours
    assert once.open_fields == frozenset()
    if told and not is_empty(theirs) and theirs != base:
        assert [one.theirs for one in once.clashes] == [theirs]
    if told and is_empty(ours):
        assert ours != base
    again = merge(Sides(once.base, once.facts, {"city": theirs}, once.facts, writable=city, ours_alone=city))
    assert (again.facts, again.base, again.clashes) == (once.facts, once.base, ())


@given(values, values, values)
def test_a_second_look_changes_nothing(base: Fact, ours: Fact, theirs: Fact) -> None:
    once = merge(sides(base, ours, theirs))
    held = {one.field for one in once.clashes}
    again = merge(Sides(once.base, once.facts, {"city": theirs}, once.facts, writable=frozenset({"city"})))
    assert again.facts == once.facts
    assert {one.field for one in again.clashes} == held


@given(*[st.frozensets(st.sampled_from("abcd"))] * 3)
def test_no_element_comes_or_goes_by_itself(base: frozenset[str], ours: frozenset[str], theirs: frozenset[str]) -> None:
    merged = merge(sides(base, ours, theirs)).facts["city"]
    assert isinstance(merged, frozenset)
    assert (ours & theirs) <= merged <= (ours | theirs)
    assert (ours | theirs) - base <= merged


def _named(first: Fact, last: Fact, **more: Any) -> dict[str, Fact]:
    return {"name": f"{first or ''} {last}".strip(), "first_name": first, "last_name": last, **more}


def test_while_people_are_asked_about_a_part_of_a_name_no_part_is_taken() -> None:
    """Two accounts of one CRM: here the last name was split, there it was not."""
    base, ours, theirs = _named(None, "A"), _named("Bo", "Li"), _named("Bo", "Bo Li", city="x")
    merged = merge(Sides(base, {**ours, "city": None}, theirs, ours, writable=frozenset(theirs)))
    assert [clash.field for clash in merged.clashes] == ["name", "last_name"]
    assert merged.open_fields == {"name", "first_name", "last_name"}
    base, ours, theirs = _named("Bo", "Li"), _named("Bo", "Lee"), _named("Al", "Low")
    merged = merge(Sides({**base, "name": "Bo Lee"}, ours, theirs, ours, writable=frozenset(theirs)))
    assert merged.facts == ours
    assert merged.base["first_name"] == "Bo"
    assert not merged.taken


def test_a_name_that_nobody_disputes_is_taken_in_all_its_parts() -> None:
    base, theirs = _named("Bo", "Li"), _named("Al", "Low")
    merged = merge(Sides(base, base, theirs, base, writable=frozenset(theirs)))
    assert merged.facts == theirs
