"""Sending: a read again whenever that may help, a write never twice; a token that is refused is renewed once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.errors import BrokenReply, CrmError, NeedsLogin, Rejected, RetryLater
from kequn.contracts.host import CrmHost, Token
from kequn.contracts.oauth import Access
from kequn.contracts.sending import GIVE_UP_SECONDS, authorised, repeating
from kequn.testing.conformance.office import Tokens

pytestmark = pytest.mark.anyio


class Old(CrmError):
    """The token is too old."""


def host(clock: ManualClock) -> CrmHost:
    nothing: Any = None
    return CrmHost("crm", nothing, nothing, nothing, clock, SeededRandom(), nothing)


def failing(*errors: CrmError) -> tuple[Callable[[], Awaitable[str]], list[CrmError]]:
    left = list(errors)

    async def call() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return call, left


@pytest.mark.parametrize("write", [False, True])
async def test_what_surely_did_not_arrive_is_sent_again(write: bool) -> None:
    call, _ = failing(RetryLater("busy", wait_seconds=1), BrokenReply("half a page"))
    assert await repeating(call, host(ManualClock()), write=write) == "done"


async def test_a_write_that_may_have_arrived_is_not_sent_again() -> None:
    for error in (RetryLater("cut off", wait_seconds=1, maybe_applied=True), BrokenReply("?", maybe_applied=True)):
        call, left = failing(error, Rejected("sent twice"))
        with pytest.raises(type(error)) as caught:
            await repeating(call, host(ManualClock()), write=True)
        assert (caught.value, len(left)) == (error, 1)


async def test_a_read_that_fails_for_good_has_written_nothing() -> None:
    call, _ = failing(*[BrokenReply("?", sample="<html>", maybe_applied=True)] * 4)
    with pytest.raises(BrokenReply) as caught:
        await repeating(call, host(ManualClock()), write=False)
    assert (caught.value.maybe_applied, caught.value.sample) == (False, "<html>")


async def test_what_was_tried_in_vain_is_left_alone_for_a_while() -> None:
    call, _ = failing(*[RetryLater("busy", wait_seconds=1)] * 4)
    with pytest.raises(RetryLater) as caught:
        await repeating(call, host(ManualClock()), write=False)
    assert caught.value.wait_seconds == GIVE_UP_SECONDS


class Door:
    """Gives out tokens and takes the ones named in `good`."""

    def __init__(self, *good: str) -> None:
        self.good, self.given = set(good), 0
        self.clock = ManualClock()
        self.access = Access(Tokens(lambda: 0), self.clock, self._exchange)

    async def _exchange(self, refresh: str | None) -> Token:
        self.given += 1
        return Token(f"token {self.given}", self.clock.now() + timedelta(hours=1))

    async def send(self, token: Token) -> str:
        if token.access not in self.good:
            raise Old("too old")
        return token.access


async def test_a_token_that_is_refused_is_renewed_once() -> None:
    door = Door("token 2")
    assert await authorised(door.access, door.send, Old, "log in again") == "token 2"


async def test_when_a_new_token_is_refused_too_a_person_must_log_in() -> None:
    door = Door()
    with pytest.raises(NeedsLogin, match="log in again"):
        await authorised(door.access, door.send, Old, "log in again")
    assert door.given == 2


async def test_a_login_that_fails_has_written_nothing() -> None:
    async def exchange(refresh: str | None) -> Token:
        raise RetryLater("the token endpoint broke off", wait_seconds=5, maybe_applied=True)

    door = Door()
    access = Access(Tokens(lambda: 0), door.clock, exchange)
    with pytest.raises(RetryLater) as caught:
        await authorised(access, door.send, Old, "log in again")
    assert caught.value.maybe_applied is False
