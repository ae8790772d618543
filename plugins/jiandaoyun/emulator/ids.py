"""Ids as MongoDB makes them: 24 hex digits, 8 of them seconds; strictly increasing."""

from kequn.contracts.host import Random

_TAIL = 1 << 64


class Ids:
    def __init__(self, random: Random) -> None:
        self._tail = int.from_bytes(random.bytes(5), "big") << 24
        self._second = 0

    def next(self, stamp: int) -> str:
        """An id of now, in milliseconds."""
        self._second = max(self._second, stamp // 1000)
        return self._made(self._second)

    def past(self, stamp: int) -> str:
        """An id of an earlier time: unique, and sorted among the others by its second."""
        return self._made(stamp // 1000)

    def _made(self, second: int) -> str:
        self._tail = (self._tail + 1) % _TAIL
        return f"{second:08x}{self._tail:016x}"


def fixed(prefix: str, number: int = 0) -> str:
    """An id that documents can name: `5f0000000000000000000000`."""
    return f"{prefix}{number:0{24 - len(prefix)}x}"


def is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == 24 and all(digit in "0123456789abcdef" for digit in value)
