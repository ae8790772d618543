"""Why a request of a person was refused: stable codes with facts. What is said about them, in which language, is
decided by whoever shows them (schema/problems.py)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Code(StrEnum):
    """Each code keeps its meaning for ever. Comments name the facts that come with it."""

    REQUIRED = "REQUIRED"
    TOO_LONG = "TOO_LONG"  # limit
    TOO_MANY = "TOO_MANY"  # limit
    BAD_TEXT = "BAD_TEXT"
    BAD_PHONE = "BAD_PHONE"
    BAD_EMAIL = "BAD_EMAIL"
    BAD_USCC = "BAD_USCC"
    BAD_DATE = "BAD_DATE"
    BAD_MONEY = "BAD_MONEY"
    BAD_NUMBER = "BAD_NUMBER"
    BAD_CURRENCY = "BAD_CURRENCY"
    BAD_PARENT = "BAD_PARENT"
    BAD_ID = "BAD_ID"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN_CUSTOMER = "UNKNOWN_CUSTOMER"
    UNKNOWN_GROUP = "UNKNOWN_GROUP"
    UNKNOWN_STAFF = "UNKNOWN_STAFF"
    UNKNOWN_TIER = "UNKNOWN_TIER"
    NAME_TAKEN = "NAME_TAKEN"
    ALREADY_MEMBER = "ALREADY_MEMBER"
    NOT_A_MEMBER = "NOT_A_MEMBER"
    TIER_IN_USE = "TIER_IN_USE"  # count
    REPEATED = "REPEATED"
    AMBIGUOUS = "AMBIGUOUS"  # count
    KEY_REUSED = "KEY_REUSED"
    STALE_VERSION = "STALE_VERSION"  # version
    CONNECTION_NOT_ACTIVE = "CONNECTION_NOT_ACTIVE"  # state
    CONFLICT_SETTLED = "CONFLICT_SETTLED"
    BAD_CHOICE = "BAD_CHOICE"
    BAD_VALUE = "BAD_VALUE"
    BAD_POLICY = "BAD_POLICY"  # reason
    BAD_SCHEDULE = "BAD_SCHEDULE"  # reason
    SAME_CUSTOMER = "SAME_CUSTOMER"
    OTHER_TYPE = "OTHER_TYPE"
    MERGED_AGAIN = "MERGED_AGAIN"
    ALREADY_MERGED = "ALREADY_MERGED"
    WRONG_STATE = "WRONG_STATE"  # state
    TOO_FEW_POINTS = "TOO_FEW_POINTS"  # balance
    UNKNOWN_SEGMENT = "UNKNOWN_SEGMENT"
    LEADS_TO_ITSELF = "LEADS_TO_ITSELF"
    TOO_MANY_CONDITIONS = "TOO_MANY_CONDITIONS"  # limit
    NOT_ELIGIBLE = "NOT_ELIGIBLE"  # about
    FORBIDDEN = "FORBIDDEN"  # role


@dataclass(frozen=True)
class Problem:
    """One reason. `path`: the field at fault, by our name, and inside it where that helps. No values: they may be
    personal. `code`: a Code, or one of the caller's own."""

    code: StrEnum
    path: tuple[str | int, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


class Refused(Exception):
    """Nothing was changed."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems: Sequence[Problem] = problems


def refuse(code: StrEnum, *path: str | int, **facts: object) -> Refused:
    return Refused(Problem(code, path, facts))
