"""Generated people and companies for seeded emulators: names put together from syllables, addresses under example.com,
phone numbers of a made-up range. Nobody who exists."""

from collections.abc import Sequence
from typing import TypeVar

from kequn.clock import Random, SeededRandom

T = TypeVar("T")

_LATIN = ("ba", "do", "fi", "ka", "le", "mo", "na", "pi", "ra", "su", "ta", "vo", "wi", "ze")
_FAMILY = ("东", "南", "西", "北", "春", "夏", "秋", "冬", "山", "川", "云", "石")
_GIVEN = ("一", "二", "三", "甲", "乙", "丙", "木", "火", "土", "金", "水", "日", "月", "星")
_EMOJI = ("🌱", "🚀", "🐼", "🧧")
_CITIES = ("上海", "北京", "深圳", "杭州", "成都", "Singapore")


class Names:
    """Draws from `seed`: the same seed, the same people. Numbered things (e-mail, phone) are unique by their number."""

    def __init__(self, seed: int) -> None:
        self.random: Random = SeededRandom(seed)

    def one_of(self, things: Sequence[T]) -> T:
        return things[int(self.random.fraction() * len(things))]

    def below(self, limit: int) -> int:
        return int(self.random.fraction() * limit)

    def person(self) -> tuple[str, str]:
        """First name, last name; two of three Chinese, a few with an emoji."""
        if self.random.fraction() < 0.67:
            first, last = self.one_of(_GIVEN) + self.one_of(_GIVEN), self.one_of(_FAMILY)
        else:
            first, last = self._word(2), self._word(3)
        return first + self.one_of(_EMOJI) if self.random.fraction() < 0.03 else first, last

    def company(self, number: int) -> str:
        if self.random.fraction() < 0.5:
            return f"{self.one_of(_FAMILY)}{self.one_of(_GIVEN)}示例有限公司 {number}"
        return f"{self._word(3)} Example Ltd {number}"

    def city(self) -> str:
        return self.one_of(_CITIES)

    def email(self, number: int) -> str:
        return f"person{number}@example.com"

    def phone(self, number: int) -> str:
        """Of the form +86 1xx 0000 0000; 11 digits, unique up to ten million."""
        return f"+86 199{number // 10_000:04d}{number % 10_000:04d}"

    def _word(self, syllables: int) -> str:
        return "".join(self.one_of(_LATIN) for _ in range(syllables)).capitalize()
