"""Tables: orders, indexes, and how things stood a while ago."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.clock import ManualClock
from kequn.testing.emulator import Row, Table


def order(row: Row) -> tuple[Any, ...]:
    return row["time"], row["id"]


def table(clock: ManualClock, *rows: tuple[str, int]) -> Table:
    made = Table(clock, {"time": order})
    made.keep_index("name")
    for id, time in rows:
        made.put(id, {"id": id, "time": time, "name": f"N{id}"})
    clock.move(100)
    return made


def ids(made: Table, **how: Any) -> list[str]:
    return [row["id"] for row in made.walk("time", **how)]


@pytest.mark.parametrize(
    ("how", "want"),
    [
        ({}, ["b", "a", "c"]),
        ({"reverse": True}, ["c", "a", "b"]),
        ({"after": (1, "b")}, ["a", "c"]),
        ({"after": (2, "a"), "reverse": True}, ["b"]),
        ({"start": (2,)}, ["a", "c"]),
        ({"start": (2,), "reverse": True}, ["c", "a"]),
        ({"start": (2,), "after": (2, "a")}, ["c"]),
    ],
)
@pytest.mark.parametrize("lag", [0, 10])
def test_walks(how: dict[str, Any], want: list[str], lag: float) -> None:
    made = table(ManualClock(), ("a", 2), ("b", 1), ("c", 3))
    if lag:
        made.put("d", {"id": "d", "time": 0})
    assert ids(made, lag=lag, **how) == want


def test_a_row_that_changes_moves() -> None:
    made = table(ManualClock(), ("a", 1), ("b", 2))
    made.put("a", {"id": "a", "time": 3})
    assert ids(made) == ["b", "a"]


def test_an_index_follows_changes_and_does_not_mind_case() -> None:
    made = table(ManualClock(), ("a", 1), ("b", 2))
    made.put("b", {"id": "b", "time": 2, "name": "na"})
    assert made.find("name", "NA") == ["a", "b"]
    made.drop("a")
    assert made.find("name", "Na") == ["b"]
    made.fill({"c": {"id": "c", "time": 0, "name": "na"}})
    assert (made.find("name", "na"), ids(made)) == (["b", "c"], ["c", "b"])


def test_the_past_is_as_it_was() -> None:
    clock = ManualClock()
    made = table(clock, ("a", 1), ("b", 2))
    made.put("a", {"id": "a", "time": 5})
    clock.move(1)
    made.drop("b")
    made.put("c", {"id": "c", "time": 0})
    clock.move(1)
    assert ids(made) == ["c", "a"]
    assert ids(made, lag=1.5) == ["b", "a"]
    assert ids(made, lag=2.5) == ["a", "b"]
    assert (made.get("a", 2.5), made.get("c", 1.5)) == ({"id": "a", "time": 1, "name": "Na"}, None)
    assert {row["id"] for row in made.all(1.5)} == {"a", "b"}


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(0, 5)))), st.integers(0, 20))
def test_any_past_equals_a_replay(steps: list[tuple[str, int | None]], lag: int) -> None:
    """Each step puts or drops a row, one second apart; `lag` seconds ago only the steps before that had been made."""
    clock, want = ManualClock(), {}
    made = Table(clock, {"time": order})
    done: list[dict[str, Row]] = [{}]
    for id, time in steps:
        clock.move(1)
        if time is not None:
            want[id] = {"id": id, "time": time}
            made.put(id, want[id])
        elif id in want:
            del want[id]
            made.drop(id)
        done.append(dict(want))
    then = done[max(len(steps) - lag, 0)]
    assert {row["id"]: row for row in made.all(lag)} == then
    assert [row["id"] for row in made.walk("time", lag=lag)] == [id for _, id in sorted(map(order, then.values()))]
