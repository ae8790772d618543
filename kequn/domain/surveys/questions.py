"""Questions of a survey, and what answers them: ratings, NPS, CES, one or several of a list, text. Pure. An answer of 0
is an answer; an empty one is none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from kequn.domain.problems import Code, Problem, Refused

SCALES: Mapping[str, range] = {"rating": range(1, 6), "nps": range(11), "ces": range(1, 8)}
CHOICES = ("single", "multiple")
TYPES = (*SCALES, *CHOICES, "text")
_WORDS = (
    "gender", "occupation", "industry", "country", "region", "city", "street", "postcode", "language", "phone", "email",
    "needs",
)  # fmt: skip
_SETS = ("interests", "product_preferences")
FILLED: Mapping[str, Sequence[str]] = {
    "single": (*_WORDS, *_SETS), "multiple": _SETS, "text": (*_WORDS, *_SETS, "birthday"),
}  # fmt: skip
"""By type, the fields of a customer that an answer may be written to."""
MOST, MOST_OPTIONS, LONGEST, LONGEST_ANSWER = 40, 30, 500, 4000
_KEY = re.compile(r"[a-z][a-z0-9_]{0,30}")


@dataclass(frozen=True)
class Question:
    """`zh`, `en`: how it is asked; without an English text the Chinese one is shown. `options`: pairs of zh and en.
    `about`: what a rating or NPS tells of the customer's satisfaction (see kequn.domain.answers); empty: nothing.
    `fills`: the field of the customer that the answer is written to (see filling.py)."""

    key: str
    type: str
    zh: str
    en: str = ""
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    about: str | None = None
    fills: str | None = None

    @property
    def scale(self) -> range:
        """Of a question that is answered by a number."""
        return SCALES[self.type]

    def text(self, language: str) -> str:
        return self.en if language == "en" and self.en else self.zh

    def option(self, place: int, language: str) -> str:
        zh, en = self.options[place]
        return en if language == "en" and en else zh


Answers = Mapping[str, Any]


def show(questions: Sequence[Question]) -> list[dict[str, Any]]:
    return [{**asdict(one), "options": [list(pair) for pair in one.options]} for one in questions]


def read(plain: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    return tuple(Question(**{**one, "options": tuple((zh, en) for zh, en in one["options"])}) for one in plain)


def check(questions: Sequence[Question], abouts: Sequence[str]) -> None:
    """Raises Refused, naming each place."""
    found: list[Problem] = []
    if not questions or len(questions) > MOST:
        found.append(Problem(Code.TOO_MANY if questions else Code.REQUIRED, ("questions",), {"limit": MOST}))
    for place, one in enumerate(questions):
        found += [Problem(code, ("questions", place, name)) for name, code in _faults(one, abouts)]
    if len({one.key for one in questions}) < len(questions):
        found.append(Problem(Code.REPEATED, ("questions",)))
    if found:
        raise Refused(*found)


def _faults(one: Question, abouts: Sequence[str]) -> list[tuple[str, Code]]:
    found = []
    if not _KEY.fullmatch(one.key):
        found.append(("key", Code.BAD_VALUE))
    if one.type not in TYPES:
        found.append(("type", Code.BAD_VALUE))
    if not one.zh.strip() or max(len(one.zh), len(one.en)) > LONGEST:
        found.append(("zh", Code.BAD_VALUE))
    fits = 2 <= len(one.options) <= MOST_OPTIONS and all(zh.strip() for zh, _ in one.options)
    if (one.type in CHOICES) != bool(one.options) or (one.options and not fits):
        found.append(("options", Code.BAD_VALUE))
    if one.about is not None and (one.about not in abouts or one.type not in {"rating", "nps"}):
        found.append(("about", Code.BAD_VALUE))
    if one.fills is not None and one.fills not in FILLED.get(one.type, ()):
        found.append(("fills", Code.BAD_VALUE))
    return found


@dataclass
class Reading:
    """What was understood of what somebody said, and the questions that were not answered as they should be."""

    answers: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def understand(questions: Sequence[Question], said: Mapping[str, Sequence[str]]) -> Reading:
    """`said`: texts by key, as a form sends them. Faults: required, or bad."""
    reading = Reading()
    for one in questions:
        given = [text for text in said.get(one.key, ()) if text.strip()]
        if not given:
            if one.required:
                reading.faults[one.key] = "required"
            continue
        answer = _understood(one, given)
        if answer is None:
            reading.faults[one.key] = "bad"
        else:
            reading.answers[one.key] = answer
    return reading


def _understood(one: Question, given: Sequence[str]) -> Any:
    """None: that is no answer to this question."""
    if one.type == "text":
        text = given[0].strip().replace("\x00", "")
        return text if len(text) <= LONGEST_ANSWER else None
    numbers = [_number(text) for text in given]
    if None in numbers:
        return None
    if one.type == "multiple":
        chosen = sorted({number for number in numbers if number is not None})
        return chosen if all(0 <= number < len(one.options) for number in chosen) else None
    allowed = range(len(one.options)) if one.type == "single" else one.scale
    return numbers[0] if len(numbers) == 1 and numbers[0] in allowed else None


def _number(text: str) -> int | None:
    bare = text.strip()
    return int(bare) if bare.isascii() and bare.isdecimal() and len(bare) < 4 else None
