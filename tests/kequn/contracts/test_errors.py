"""Errors carry what the caller needs, under codes that do not change."""

import inspect
import pickle

import pytest

from kequn.contracts import errors
from kequn.contracts.errors import BrokenReply, CrmError, MissingReference, NeedsLogin, Rejected, RetryLater

ALL = [error for error in vars(errors).values() if inspect.isclass(error) and issubclass(error, CrmError)]


def test_the_codes_are_stable() -> None:
    assert {error.__name__: error.code for error in ALL} == {
        "CrmError": "CRM_ERROR",
        "RetryLater": "RETRY_LATER",
        "NeedsLogin": "NEEDS_LOGIN",
        "Rejected": "REJECTED",
        "MissingReference": "MISSING_REFERENCE",
        "NotThere": "NOT_THERE",
        "ChangedMeanwhile": "CHANGED_MEANWHILE",
        "BrokenReply": "BROKEN_REPLY",
        "UnsafePlan": "UNSAFE_PLAN",
        "ForbiddenHost": "FORBIDDEN_HOST",
        "BadSettings": "BAD_SETTINGS",
    }


@pytest.mark.parametrize("error", ALL)
def test_each_is_one_line_and_nothing_was_applied_unless_said(error: type[CrmError]) -> None:
    raised = error("what is wrong")
    assert isinstance(raised, CrmError)
    assert str(raised) == raised.message == "what is wrong"
    assert not raised.maybe_applied


def test_they_carry_their_facts() -> None:
    assert RetryLater("busy", wait_seconds=3, maybe_applied=True).wait_seconds == 3
    assert RetryLater("busy", maybe_applied=True).maybe_applied
    assert NeedsLogin("no", scope="users.READ").scope == "users.READ"
    assert Rejected("no", field="phone", other_id="7").other_id == "7"
    assert isinstance(MissingReference("no", field="owner"), Rejected)
    assert BrokenReply("?", sample="<h0>").sample == "<h0>"


@pytest.mark.parametrize("error", ALL)
def test_the_drawing_shows_each(error: type[CrmError]) -> None:
    assert error.__name__ in (errors.__doc__ or "")


def test_errors_survive_another_process() -> None:
    copy = pickle.loads(pickle.dumps(RetryLater("busy", wait_seconds=3, maybe_applied=True)))  # noqa: S301
    assert (copy.message, copy.wait_seconds, copy.maybe_applied) == ("busy", 3, True)
