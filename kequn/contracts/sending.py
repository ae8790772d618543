"""Sending a request as often as is safe, with a token that the CRM still takes. For the clients of plugins; what an
answer means is the plugin's to say."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from kequn.contracts.errors import BrokenReply, CrmError, NeedsLogin, RetryLater
from kequn.contracts.host import CrmHost, Token
from kequn.contracts.http import retrying
from kequn.contracts.oauth import Access

T = TypeVar("T")

GIVE_UP_SECONDS = 30.0
"""What was tried again in vain is left alone for so long at least."""


class _Unanswered(Exception):
    """A write that may have arrived: not to be repeated here."""

    def __init__(self, error: CrmError) -> None:
        super().__init__()
        self.error = error


async def repeating(call: Callable[[], Awaitable[T]], host: CrmHost, *, write: bool, attempts: int = 4) -> T:
    """Call until it answers: a read whenever that may help, a write only while it surely was not carried out.

    Raises what `call` raised last: a RetryLater asks for GIVE_UP_SECONDS at least; the BrokenReply of a read says that
    nothing was written, whatever it said itself."""

    async def once() -> T:
        try:
            return await call()
        except CrmError as error:
            if error.maybe_applied and write:
                raise _Unanswered(error) from None
            if isinstance(error, BrokenReply):
                raise RetryLater(error.message, wait_seconds=1) from error
            raise

    try:
        return await retrying(once, host.clock, host.random, attempts)
    except _Unanswered as unanswered:
        raise unanswered.error from None
    except RetryLater as error:
        if isinstance(error.__cause__, BrokenReply):
            raise BrokenReply(error.message, sample=error.__cause__.sample) from None
        raise RetryLater(error.message, wait_seconds=max(error.wait_seconds, GIVE_UP_SECONDS)) from None


async def authorised(
    access: Access, send: Callable[[Token], Awaitable[T]], refused: type[CrmError], otherwise: str
) -> T:
    """Send with the token at hand and, where the CRM refuses it (`send` raises `refused`), once more with a new one.

    Raises NeedsLogin(otherwise) when it takes neither."""
    token = await harmless(access.token())
    try:
        return await send(token)
    except refused:
        token = await harmless(access.renew(token))
    try:
        return await send(token)
    except refused:
        raise NeedsLogin(otherwise) from None


async def harmless(login: Awaitable[Token]) -> Token:
    """Await a login: it has written nothing, whatever its error says of itself."""
    try:
        return await login
    except RetryLater as error:
        raise RetryLater(error.message, wait_seconds=error.wait_seconds) from None
    except BrokenReply as error:
        raise BrokenReply(error.message, sample=error.sample) from None
