"""One renewal for many callers; durable before use; nothing lost when callers give up or several processes race."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.errors import BrokenReply, CrmError, NeedsLogin, RetryLater
from kequn.contracts.host import Token
from kequn.contracts.oauth import Access, invite, read_token

pytestmark = pytest.mark.anyio


@dataclass
class SharedTokens:
    """A TokenStore in memory; two Access on one of these stand for two processes."""

    token: Token | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def load(self) -> Token | None:
        await asyncio.sleep(0)
        return self.token

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        async with self.turn:
            yield

    async def replace(self, token: Token) -> None:
        assert self.turn.locked()
        await asyncio.sleep(0)
        self.token = token


@dataclass
class Endpoint:
    """A token endpoint that numbers its tokens. `seen`: the refresh tokens it was given."""

    clock: ManualClock
    rotates: bool = False
    fails: list[CrmError] = field(default_factory=list)
    seen: list[str | None] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    async def __call__(self, refresh: str | None) -> Token:
        self.seen.append(refresh)
        await asyncio.sleep(0)
        self.before()
        if self.fails:
            raise self.fails.pop()
        number = len(self.seen)
        new_refresh = f"refresh-{number}" if self.rotates else None
        return Token(f"access-{number}", self.clock.now() + timedelta(hours=1), new_refresh, {"number": str(number)})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def endpoint(clock: ManualClock) -> Endpoint:
    return Endpoint(clock)


def stored(clock: ManualClock, minutes: float = 60) -> SharedTokens:
    expires_at = clock.now() + timedelta(minutes=minutes)
    return SharedTokens(Token("access-0", expires_at, "refresh-0", {"api": "https://api.example.com"}))


async def test_twenty_parallel_callers_make_one_exchange(clock: ManualClock, endpoint: Endpoint) -> None:
    access = Access(SharedTokens(), clock, endpoint)
    tokens = await asyncio.gather(*(access.token() for _ in range(20)))
    assert {token.access for token in tokens} == {"access-1"}
    assert endpoint.seen == [None]


async def test_several_processes_make_one_exchange(clock: ManualClock, endpoint: Endpoint) -> None:
    shared = stored(clock, minutes=4)
    processes = [Access(shared, clock, endpoint) for _ in range(5)]
    tokens = await asyncio.gather(*(access.token() for access in processes * 4))
    assert {token.access for token in tokens} == {"access-1"}
    assert endpoint.seen == ["refresh-0"]


@pytest.mark.parametrize(("minutes", "want"), [(60, "access-0"), (5.1, "access-0"), (5, "access-1"), (-1, "access-1")])
async def test_a_token_is_renewed_five_minutes_early(
    clock: ManualClock, endpoint: Endpoint, minutes: float, want: str
) -> None:
    assert (await Access(stored(clock, minutes), clock, endpoint).token()).access == want


async def test_a_held_token_is_not_read_again_until_it_is_due(clock: ManualClock, endpoint: Endpoint) -> None:
    shared = stored(clock)
    access = Access(shared, clock, endpoint)
    await access.token()
    shared.token = None
    clock.move(54 * 60)
    assert (await access.token()).access == "access-0"
    clock.move(60)
    assert (await access.token()).access == "access-1"


async def test_the_new_token_is_stored_with_what_the_answer_left_out(clock: ManualClock, endpoint: Endpoint) -> None:
    shared = stored(clock, minutes=0)
    token = await Access(shared, clock, endpoint).token()
    assert shared.token == token
    assert token.refresh == "refresh-0"
    assert token.extra == {"api": "https://api.example.com", "number": "1"}


async def test_a_rotated_refresh_token_is_used_next(clock: ManualClock, endpoint: Endpoint) -> None:
    endpoint.rotates = True
    access = Access(stored(clock, minutes=0), clock, endpoint)
    for _ in range(3):
        await access.token()
        clock.move(3600)
    assert endpoint.seen == ["refresh-0", "refresh-1", "refresh-2"]


class FullDisk(SharedTokens):
    async def replace(self, token: Token) -> None:
        raise OSError("no space left")


async def test_a_token_that_could_not_be_stored_is_not_used(clock: ManualClock, endpoint: Endpoint) -> None:
    access = Access(FullDisk(), clock, endpoint)
    for _ in range(2):
        with pytest.raises(OSError, match="no space"):
            await access.token()
    assert len(endpoint.seen) == 2


async def test_twenty_refusals_make_one_renewal(clock: ManualClock, endpoint: Endpoint) -> None:
    access = Access(stored(clock), clock, endpoint)
    rejected = await access.token()
    tokens = await asyncio.gather(*(access.renew(rejected) for _ in range(20)))
    assert {token.access for token in tokens} == {"access-1"}
    assert (await access.renew(rejected)).access == "access-1"
    assert len(endpoint.seen) == 1


async def test_a_refused_token_that_another_process_renewed_is_not_renewed_again(
    clock: ManualClock, endpoint: Endpoint
) -> None:
    shared = stored(clock)
    mine, other = Access(shared, clock, endpoint), Access(shared, clock, endpoint)
    rejected = await mine.token()
    await other.renew(rejected)
    assert (await mine.renew(rejected)).access == "access-1"
    assert len(endpoint.seen) == 1


async def test_renewing_while_others_load_does_not_give_the_refused_token_back(
    clock: ManualClock, endpoint: Endpoint
) -> None:
    shared = stored(clock)
    assert shared.token is not None
    access = Access(shared, clock, endpoint)
    loaded, renewed = await asyncio.gather(access.token(), access.renew(shared.token))
    assert (loaded.access, renewed.access) == ("access-0", "access-1")


async def test_an_endpoint_that_repeats_itself_is_believed(clock: ManualClock) -> None:
    token = Token("same", clock.now() + timedelta(hours=1))

    async def repeat(refresh: str | None) -> Token:
        return token

    assert await Access(SharedTokens(token), clock, repeat).renew(token) == token


async def test_a_caller_that_gives_up_does_not_stop_the_renewal(clock: ManualClock, endpoint: Endpoint) -> None:
    shared = stored(clock, minutes=0)
    access = Access(shared, clock, endpoint)
    patient, hasty = asyncio.create_task(access.token()), asyncio.create_task(access.token())

    def give_up() -> None:
        patient.cancel()
        hasty.cancel()

    endpoint.before = give_up
    results = await asyncio.gather(patient, hasty, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError] * 2
    assert (await access.token()).access == "access-1"
    assert endpoint.seen == ["refresh-0"]


async def test_one_failure_reaches_all_callers_and_the_next_one_tries_again(
    clock: ManualClock, endpoint: Endpoint
) -> None:
    endpoint.fails = [NeedsLogin("the refresh token was revoked")]
    access = Access(stored(clock, minutes=0), clock, endpoint)
    results = await asyncio.gather(*(access.token() for _ in range(20)), return_exceptions=True)
    assert {type(result) for result in results} == {NeedsLogin}
    assert len(endpoint.seen) == 1
    assert (await access.token()).access == "access-2"


async def test_a_busy_endpoint_is_left_alone_until_its_time(clock: ManualClock, endpoint: Endpoint) -> None:
    endpoint.fails = [RetryLater("too many token requests", wait_seconds=600)]
    access = Access(stored(clock, minutes=0), clock, endpoint)
    for waited in (0, 590):
        clock.move(waited)
        with pytest.raises(RetryLater, match="too many token requests") as caught:
            await access.token()
        assert caught.value.wait_seconds == 600 - waited
    assert len(endpoint.seen) == 1
    clock.move(10)
    assert (await access.token()).access == "access-2"


async def test_an_exchange_that_takes_too_long_is_given_up(clock: ManualClock) -> None:
    async def hang(refresh: str | None) -> Token:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(RetryLater, match="did not answer in time"):
        await Access(SharedTokens(), clock, hang, exchange_seconds=0.01).token()


def test_a_token_answer_is_read(clock: ManualClock) -> None:
    answer = {"access_token": "a", "expires_in": "3600", "refresh_token": "r", "api_domain": "https://x.test", "b": 1}
    token = read_token(answer, clock, keep=["api_domain", "missing"])
    assert token == Token("a", clock.now() + timedelta(hours=1), "r", {"api_domain": "https://x.test"})
    assert "'a'" not in repr(token)


def test_a_token_without_lifetime_is_used_for_an_hour(clock: ManualClock) -> None:
    assert read_token({"access_token": "a"}, clock).expires_at == clock.now() + timedelta(hours=1)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({}, "without access_token"),
        ({"access_token": ""}, "without access_token"),
        ({"access_token": 7}, "without access_token"),
        ({"access_token": "hunter2", "expires_in": "soon"}, "no number"),
        ({"access_token": "hunter2", "expires_in": 1e300}, "no number"),
        ({"access_token": "hunter2", "expires_in": [1]}, "no number"),
    ],
)
def test_an_answer_without_a_token_is_broken(clock: ManualClock, answer: dict[str, object], why: str) -> None:
    with pytest.raises(BrokenReply, match=why) as caught:
        read_token(answer, clock)
    assert "hunter2" not in caught.value.message


def test_an_invitation_carries_a_challenge_and_keeps_its_answer() -> None:
    scopes = ["modules.ALL", "users.READ"]
    back = "https://kequn.example.com/back"
    invitation = invite(
        "https://accounts.example.com/auth?a=1", "me", back, scopes, SeededRandom(), access_type="offline"
    )
    asked = {name: values[0] for name, values in parse_qs(urlsplit(invitation.url).query).items()}
    assert asked == {
        "a": "1",
        "response_type": "code",
        "client_id": "me",
        "redirect_uri": back,
        "scope": "modules.ALL users.READ",
        "state": invitation.state,
        "code_challenge": create_s256_code_challenge(invitation.verifier),
        "code_challenge_method": "S256",
        "access_type": "offline",
    }
    assert len(invitation.verifier) == 43
    assert invitation.verifier not in invitation.url + repr(invitation)
