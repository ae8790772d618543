"""Values between a CRM's JSON and ours: what every mapping needs, whatever the CRM. Pure. Decides what a codec is, how
text, numbers, money and times stand where CRMs agree, and what is said of a value that does not fit."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, ParamSpec, Protocol, TypeVar

from kequn.contracts.errors import MissingReference, Rejected
from kequn.contracts.records import Money, Ref, Value

P = ParamSpec("P")
T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIX_PLACES = Decimal("0.000001")
_EXACT = 2**53
_SIXTY_FOUR_BITS = 2**63
_UNSENDABLE = re.compile(r"[\x00\ud800-\udfff]")


class Codec(Protocol):
    """One value, in both directions. `read` raises ValueError for what is not of this type; `write` raises Rejected for
    what the CRM cannot hold."""

    def read(self, raw: Any) -> Value: ...

    def write(self, value: Value) -> Any: ...


class Unreadable(ValueError):
    """A record that is not what the CRM's contract says. `field`: the CRM's name of it."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


def cannot_hold(reason: str) -> Rejected:
    return Rejected(f"the CRM cannot hold this value: {reason}")


def naming(field: str, call: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Call, and let a Rejected say that it is about this field of ours."""
    try:
        return call(*arguments, **options)
    except Rejected as error:
        kind = MissingReference if isinstance(error, MissingReference) else Rejected
        raise kind(f"{field}: {error.message}", field=field) from None


@dataclass(frozen=True)
class Text:
    """Text without space around it; an empty one is none. `limit`: how many characters the CRM takes."""

    limit: int | None = None

    def read(self, raw: Any) -> str | None:
        if raw is None:
            return None
        if not isinstance(raw, str):
            raise ValueError("a text was expected")
        return raw.strip() or None

    def write(self, value: Value) -> str | None:
        text = sendable("" if value is None else str(value)).strip()
        if self.limit is not None and len(text) > self.limit:
            raise cannot_hold(f"it has {len(text)} characters, the field takes {self.limit}")
        return text or None


def sendable(text: str) -> str:
    """The same. Raises Rejected when JSON cannot carry it, or databases behind it would not take it."""
    if _UNSENDABLE.search(text):
        raise cannot_hold("it has a NUL or half a character in it")
    return text


def id_in(ref: Ref, object: str) -> str:
    """The id of a record of this object. Raises Rejected when it is of another one."""
    if ref.object != object:
        raise cannot_hold(f"it takes a reference to {object}, not to {ref.object}")
    return ref.id


def read_number(raw: Any) -> Decimal:
    """Of a JSON number, or of a text that says one. Raises ValueError."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError("a number was expected")
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        raise ValueError("a number was expected") from None
    if not number.is_finite():
        raise ValueError("a number was expected")
    return number


def whole(number: Decimal) -> int:
    """Of 64 bits, which is what a field for whole numbers holds. Raises ValueError."""
    if number != number.to_integral_value() or abs(number) >= _SIXTY_FOUR_BITS:
        raise ValueError("a whole number was expected")
    return int(number)


def write_number(number: Decimal) -> int | float:
    """As a JSON number. What that cannot say exactly is refused, never rounded."""
    if number == number.to_integral_value() and abs(number) < _EXACT:
        return int(number)
    plain = float(number)
    if Decimal(str(plain)) != number:
        raise cannot_hold("it has more digits than a JSON number can say exactly")
    return plain


def money(number: Decimal, currency: str) -> Money:
    """With six decimal places: the rest is rounded. Lossy. Raises ValueError."""
    try:
        return Money.of(number.quantize(_SIX_PLACES, ROUND_HALF_EVEN), currency)
    except (InvalidOperation, OverflowError):
        raise ValueError("the amount is not one that a money field can hold") from None


def parse_time(raw: Any) -> datetime:
    """Of ISO 8601 with an offset, in UTC. Raises ValueError."""
    if not isinstance(raw, str):
        raise ValueError("a time was expected")
    return _time(raw)


@lru_cache(maxsize=1000)  # while its page is read, the time of a record is asked for several times
def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:  # its own words quote the value
        raise ValueError("a time was expected") from None
    if time.tzinfo is None:
        raise ValueError("a time with an offset was expected")
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time is out of range") from None


def moment(milliseconds: int) -> datetime:
    """Raises ValueError."""
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise ValueError("the time is out of range") from None


def milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
