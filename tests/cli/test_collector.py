"""What lasts is left out of the collector's walks, a few times."""

import gc
from collections.abc import Iterator

import pytest

from cli.collector import FREEZES, WORTHWHILE, Settling


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    """Nobody else listens to the collector meanwhile."""
    others, gc.callbacks[:] = gc.callbacks[:], []
    yield
    gc.callbacks[:] = others
    gc.unfreeze()


def _walked(settling: Settling, generation: int = 2, lasting: int = WORTHWHILE + 1) -> int:
    """How many objects are left out after a walk that has met so many."""
    kept: list[list[int]] = [[number] for number in range(lasting)]
    gc.collect()
    before = gc.get_freeze_count()
    settling("start", {"generation": generation})
    settling("stop", {"generation": generation})
    left_out = gc.get_freeze_count() - before
    return left_out if kept else 0


def test_what_a_full_walk_finds_alive_is_left_out() -> None:
    assert _walked(Settling()) > WORTHWHILE


def test_short_walks_leave_nothing_out() -> None:
    assert _walked(Settling(), generation=1) == 0


def test_little_is_walked_through_each_time() -> None:
    gc.collect()
    gc.freeze()
    assert _walked(Settling(), lasting=WORTHWHILE // 10) == 0


def test_it_ends_for_what_is_left_out_never_comes_back() -> None:
    settling = Settling()
    assert all(_walked(settling) for _ in range(FREEZES))
    assert _walked(settling) == 0
