"""T09 to T16: credentials - good, wrong, revoked, expiring - and hosts that cannot be reached or trusted."""

import asyncio
import ssl
from contextlib import suppress

import httpx

from kequn.contracts.errors import CrmError, NeedsLogin, RetryLater
from kequn.contracts.secrets import Secret
from kequn.testing.conformance.case import Failed, Group, Level, Skipped, expect, refused
from kequn.testing.conformance.filling import fill_pages
from kequn.testing.conformance.reading import Walked
from kequn.testing.conformance.stage import YEAR, Line, Stage
from kequn.testing.conformance.subject import Subject

group = Group(Level.READ)

PARALLEL = 20
DOWN_SECONDS = 30
ROTATED = "rotated-refresh-token-1"


@group.case("T09", "good credentials")
async def good_credentials(subject: Subject) -> None:
    async with subject.stage() as stage:
        await stage.line.crm.check()
        expect(stage.line.wire.sent, "open and check ask the CRM nothing")


@group.case("T10", "a wrong secret needs a login and is not tried again")
async def wrong_secret(subject: Subject) -> None:
    async with subject.stage(opened=False) as stage:
        marked = [setting.name for setting in subject.crm.manifest.settings if setting.secret]
        given = [name for name in marked if stage.settings.get(name)]
        expect(given, "the emulator's settings hold no secret")
        answers = [await _with_wrong(stage, name) for name in given]
        expect(any(answers), "no secret matters: each of them may be wrong")


async def _with_wrong(stage: Stage, name: str) -> bool:
    """Whether the CRM refuses this secret when it is wrong."""
    wrong = Secret(f"{stage.settings[name]}wrong").reveal()
    line, began = stage.connect({**stage.settings, name: wrong}), stage.clock.monotonic()
    try:
        await line.crm.open()
        await line.crm.check()
    except NeedsLogin:
        expect(len(line.wire.sent) <= 2, f"a wrong {name} is tried {len(line.wire.sent)} times")
        expect(stage.clock.monotonic() - began < 1, f"after a wrong {name} the plugin waits and tries again")
        return True
    except CrmError as error:
        raise Failed(f"a wrong {name} is {type(error).__name__}; NeedsLogin is due") from error
    return False


@group.case("T11", "a revoked token needs a login")
async def revoked(subject: Subject) -> None:
    async with subject.stage() as stage:
        stage.crowd.add()
        stage.strike(*["token_revoked"] * 4)
        error = await refused(stage.line.reading().round(), "reading with a revoked token", NeedsLogin)
        expect(len(stage.line.wire.sent) < 100, f"a revoked token is tried again and again ({error.message})")


@group.case("T12", "a missing scope is named", skips=["scopes"])
async def missing_scope(subject: Subject) -> None:
    async with subject.stage() as stage:
        stage.crowd.add()
        if "scopes" in stage.line.crm.capabilities.lacks:
            expect(not stage.knows("scope_missing"), "the CRM is said to lack scopes and its emulator has them")
            raise Skipped("scopes")
        stage.strike(*["scope_missing"] * 4)
        error = await refused(stage.line.reading().round(), "reading without the scope", NeedsLogin)
        scope = getattr(error, "scope", None)
        expect(scope, "NeedsLogin does not name the missing scope")
        expect(str(scope) in error.message, "the message does not name the missing scope")


@group.case("T13", "a host that is down is told in 30 seconds, to be tried later")
async def host_down(subject: Subject) -> None:
    async with subject.stage() as stage:
        stage.line.wire.broken = lambda request: httpx.ConnectError("connection refused", request=request)
        began = stage.clock.monotonic()
        await refused(stage.line.reading().round(), "reading from a host that is down", RetryLater)
        seconds = stage.clock.monotonic() - began
        expect(seconds <= DOWN_SECONDS, f"a host that is down is told after {seconds:.0f} seconds")
        stage.line.wire.broken = None
        stage.later(60)
        await stage.line.reading().round()


@group.case("T14", "an error of TLS is not ignored")
async def untrusted(subject: Subject) -> None:
    async with subject.stage() as stage:
        line = stage.line
        before = len(line.wire.sent)
        scheme = line.wire.sent[-1].url.scheme
        line.wire.broken = _untrusted
        await refused(line.reading().round(), "reading from a host without trusted encryption", RetryLater)
        schemes = {one.url.scheme for one in line.wire.sent[before:]}
        expect(schemes <= {scheme}, "after an error of TLS the plugin tries without encryption")


def _untrusted(request: httpx.Request) -> httpx.ConnectError:
    error = httpx.ConnectError("certificate verify failed", request=request)
    cause = ssl.SSLCertVerificationError()
    cause.verify_message = "self-signed certificate"
    error.__cause__ = cause
    return error


@group.case("T15", "one refresh for 20 parallel requests, kept before use, rotated tokens kept", skips=["expiry"])
async def one_refresh(subject: Subject) -> None:
    async with subject.stage() as stage:
        await _require_expiry(stage)
        line, object = stage.line, stage.crowd.main
        (id,) = stage.crowd.add()
        await line.fetch(object, id)
        _expire(stage, line)
        line.wire.rotate = ROTATED
        sent, renewed = len(line.wire.sent), line.tokens.renewed
        await asyncio.gather(*(line.fetch(object, id) for _ in range(PARALLEL)))
        renewed = line.tokens.renewed - renewed
        expect(renewed == 1, f"{PARALLEL} parallel requests renew the token {renewed} times")
        logins = sum(one.login for one in line.wire.sent[sent:])
        expect(logins == 1, f"{logins} requests are sent while the token is locked; one, for the new token, is due")
        _check_kept(line)
        await _check_rotation(stage, line, object, id)


async def _require_expiry(stage: Stage) -> None:
    """Where credentials never expire, they still work after a year and no token was ever asked for."""
    if "expiry" not in stage.line.crm.capabilities.lacks:
        return
    stage.clock.move(YEAR)
    await stage.line.crm.check()
    expect(not stage.line.tokens.kept, "the CRM is said to lack expiry and the plugin keeps tokens")
    raise Skipped("expiry")


def _expire(stage: Stage, line: Line) -> None:
    token = line.tokens.token
    expect(token is not None, "the token is not in the token store")
    assert token is not None
    stage.later((token.expires_at - stage.clock.now()).total_seconds() + 1)


def _check_kept(line: Line) -> None:
    """A token that is used before it is durable is lost in a crash."""
    for access, at in line.tokens.kept.items():
        used = next((place for place, one in enumerate(line.wire.sent) if access in one.text and not one.login), at)
        expect(used >= at, "a token is used before it is stored")


async def _check_rotation(stage: Stage, line: Line, object: str, id: str) -> None:
    """The CRM has given another refresh token with the last renewal (where it gives any)."""
    if not any("refresh_token" in one.text for one in line.wire.sent if one.login):
        return
    token = line.tokens.token
    expect(token is not None and token.refresh == ROTATED, "a rotated refresh token is not stored")
    line.wire.rotate = None
    _expire(stage, line)
    with suppress(NeedsLogin):  # the emulator knows nothing of it
        await line.fetch(object, id)
    used = any(ROTATED in one.text for one in line.wire.sent if one.login)
    expect(used, "a rotated refresh token is not used for the next renewal")


@group.case("T16", "a token that expires in mid-page loses and doubles nothing", skips=["expiry"])
async def expiry_in_mid_page(subject: Subject) -> None:
    async with subject.stage() as stage:
        crowd, object = stage.crowd, stage.crowd.main
        ids = crowd.add(object, 3)
        feed = await stage.line.reading().home(object)
        await _require_expiry(stage)
        ids += await fill_pages(stage, object, feed.name)
        reading, walked = stage.line.reading(), Walked()
        page = await reading.page(feed.name)
        walked.add(page)
        _expire(stage, stage.line)
        if stage.knows("token_expired"):
            walked = await reading.walk(feed.name, walked)
        else:
            raise Failed("the emulator has tokens that expire and does not know the fault token_expired")
        seen = walked.ids(object)
        expect(set(ids) <= set(seen), f"{len(set(ids) - set(seen))} records are lost when the token expires")
        expect(len(seen) == len(set(seen)), "records come twice when the token expires")
