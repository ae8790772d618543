"""Laws of a draw, and of the advice on platforms."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as some

from kequn.domain.community import platforms
from kequn.domain.community.draws import winners

ENTRANTS = some.lists(some.text("abcdef0123456789", min_size=4, max_size=4), unique=True, max_size=12)


@settings(max_examples=50)
@given(some.text(max_size=8), ENTRANTS, some.integers(1, 12))
def test_only_the_seed_decides(seed: str, entrants: list[str], prizes: int) -> None:
    """Neither the order of the entrants nor somebody named twice; and one prize more takes none away."""
    won = winners(seed, entrants, prizes)
    assert won == winners(seed, [*reversed(entrants), *entrants], prizes)
    assert len(set(won)) == len(won) == min(prizes, len(entrants))
    assert set(won) <= set(entrants)
    assert winners(seed, entrants, prizes + 1)[:prizes] == won


def test_everybody_wins_as_often() -> None:
    entrants = [f"cus_{number}" for number in range(5)]
    won = Counter(one for seed in range(2000) for one in winners(str(seed), entrants, 1))
    assert set(won) == set(entrants)
    assert max(won.values()) - min(won.values()) < 120  # three standard deviations of 400 are 54, on either side


@settings(max_examples=50)
@given(
    some.dictionaries(some.sampled_from(["微信", "WeChat", "QQ", "论坛", "电话"]), some.integers(0, 50)),
    some.sets(some.sampled_from(sorted(platforms.NEEDS))),
)
def test_advice_names_every_platform_with_its_reasons(talk: dict[str, int], needs: set[str]) -> None:
    advice = platforms.weigh(talk, sorted(needs))
    assert {one.platform for one in advice} == set(platforms.PLATFORMS)
    assert [one.score for one in advice] == sorted((one.score for one in advice), reverse=True)
    assert all(0 <= one.score <= 100 and set(one.served) == needs for one in advice)
