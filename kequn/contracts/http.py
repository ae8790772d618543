"""HTTP for one connection: to the allowed hosts only, bounded in time and size, failures as our errors; and retries.
Does not decide what a status means: that is the plugin's `client.py`.

`retrying` is a loop of its own: stamina sleeps and draws jitter itself, so a simulation could not repeat its waits."""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

import httpx
import orjson

from kequn.clock import Clock, Random
from kequn.contracts.errors import BadSettings, BrokenReply, CrmError, ForbiddenHost, Rejected, RetryLater

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
ANSWER_SECONDS = 60.0
ANSWER_BYTES = 64 * 1024 * 1024
REDIRECTS = 3
PATIENCE_SECONDS = 60.0

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_SAFE_METHODS = {"GET", "HEAD"}
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_ABOUT_THE_BODY = {"content-encoding", "content-length", "transfer-encoding"}
_UNREACHABLE_WAIT = 5.0
_TLS_WAIT = 600.0

T = TypeVar("T")


class BoundClient:
    """An HttpClient (see host.py) bound to hosts.

    `hosts`: names on the standard port, `*.example.com` for subdomains. `origins`: exact ones ("https://crm.example.com",
    "http://127.0.0.1:9001"). Plain http goes to this machine and to `.test` names alone. `transport`: an application in
    this process in place of the network. `before(method, path)`: awaited before each request; what it raises comes
    out. `verify`: the certificates to trust. `limit`: bytes in an answer.
    The environment (proxies, certificates) is not read."""

    def __init__(
        self,
        hosts: Iterable[str] = (),
        origins: Iterable[str] = (),
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        before: Callable[[str, str], Awaitable[None]] | None = None,
        verify: ssl.SSLContext | bool = True,
        limit: int = ANSWER_BYTES,
    ) -> None:
        self.requests = 0
        self._limit = limit
        self._hosts = tuple(host.lower() for host in hosts)
        self._origins = {_origin(httpx.URL(origin)) for origin in origins}
        self._before = before
        self._client = httpx.AsyncClient(transport=transport, verify=verify, trust_env=False)

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeout: float | None = None,
    ) -> httpx.Response:
        """`timeout` bounds the whole answer (60 seconds when left out). Redirects of GET are followed inside the
        allowed hosts, at most 3; others come back as they are."""
        seconds = ANSWER_SECONDS if timeout is None else timeout
        request = self._build(
            method, url, seconds, params=params or None, headers=headers, json=json, data=data, content=content
        )
        for _ in range(REDIRECTS + 1):
            reply = await self._exchange(request, seconds)
            following = reply.next_request
            if following is None:
                return reply
            unsafe = request.method not in _SAFE_METHODS
            self._require_allowed(following.url, maybe_applied=unsafe)
            if unsafe:
                return reply
            request = following
        raise BrokenReply(f"{request.url.host} redirects more than {REDIRECTS} times")

    async def aclose(self) -> None:
        await self._client.aclose()

    async def __aenter__(self) -> "BoundClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _build(
        self, method: str, url: str, seconds: float, *, headers: Mapping[str, str] | None, **parts: Any
    ) -> httpx.Request:
        limits = httpx.Timeout(min(READ_SECONDS, seconds), connect=min(CONNECT_SECONDS, seconds))
        try:
            checked = httpx.Headers(headers)
        except UnicodeEncodeError:
            raise BadSettings("a header cannot be sent: credentials hold a character that is not ASCII") from None
        try:
            request = self._client.build_request(method.upper(), url, headers=checked, timeout=limits, **parts)
        except httpx.InvalidURL:
            raise ForbiddenHost("the plugin asked for something that is not an address") from None
        except UnicodeEncodeError:
            raise Rejected("a text holds half a character (a lone surrogate), which cannot be sent") from None
        self._require_allowed(request.url)
        return request

    def _require_allowed(self, url: httpx.URL, maybe_applied: bool = False) -> None:
        if not self._allows(url):
            where = f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"
            raise ForbiddenHost(f"{where} is not among the hosts of this connection", maybe_applied=maybe_applied)

    def _allows(self, url: httpx.URL) -> bool:
        if url.userinfo or not (url.scheme == "https" or (url.scheme == "http" and is_local(url.host))):
            return False
        if _origin(url) in self._origins:
            return True
        return url.port is None and any(_matches(_origin(url)[1], pattern) for pattern in self._hosts)

    async def _exchange(self, request: httpx.Request, seconds: float) -> httpx.Response:
        if self._before is not None:
            await self._before(request.method, request.url.path)
        self.requests += 1
        try:
            async with asyncio.timeout(seconds):
                reply = await self._client.send(request, stream=True)
                try:
                    return await _read(reply, self._limit)
                finally:
                    await reply.aclose()
        except (httpx.TransportError, httpx.DecodingError, TimeoutError) as error:
            # Without the cause: httpx quotes addresses and headers, which may hold secrets.
            raise _translate(error, request) from None


def is_local(host: str) -> bool:
    """Whether plain http may go there: this machine, or a `.test` name (RFC 6761), which is never on a network."""
    return host in _LOOPBACK or host.endswith(".test")


def read_json(reply: httpx.Response) -> Any:
    """The reply's JSON. Raises BrokenReply, with a redacted sample, for HTML, a truncated body and the like."""
    try:
        return orjson.loads(reply.content)
    except orjson.JSONDecodeError:
        what = reply.headers.get("content-type", "").partition(";")[0] or "a body without a type"
        message = f"{reply.url.host} answered {reply.status_code} with {what} that cannot be read as JSON"
        unsafe = reply.request.method not in _SAFE_METHODS
        raise BrokenReply(message, sample=sample(reply.content), maybe_applied=unsafe) from None


_TELLING = {
    "code",
    "message",
    "status",
    "error",
    "error_description",
    "errcode",
    "errmsg",
    "errorcode",
    "msg",
    "reason",
}
_JSON_STRING = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)(?:"(?P<colon>\s*:)?|$)', re.DOTALL)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w.-]+")
_TOKEN = re.compile(r"[A-Za-z0-9_~+/=.-]{20,}")


def sample(body: bytes | str, length: int = 200) -> str:
    """The beginning of a body, safe for logs: what stands in quotation marks, as the values of JSON strings do (but for
    codes and messages), e-mail addresses, long tokens and digits are masked."""
    window = body[: 20 * length]
    text = window.decode("utf-8", "replace") if isinstance(window, bytes) else window
    if len(window) < len(body):
        text = re.sub(r"\S+\Z", "", text)  # what the cut left of a word could pass unrecognised
    text = _TOKEN.sub("<token>", _EMAIL.sub("<e-mail>", _mask_strings(text)))
    return " ".join(re.sub(r"\d", "0", text).split())[:length]


async def retrying(call: Callable[[], Awaitable[T]], clock: Clock, random: Random, attempts: int = 5) -> T:
    """Repeat `call` while it raises RetryLater, for calls that may safely be repeated (reads).

    Waits as long as the error asks, and up to 1, 2, 4, ... seconds more by chance (at most 30). An error that asks for
    more than a minute is raised at once, for the caller to come back another time."""
    for attempt in range(attempts - 1):
        try:
            return await call()
        except RetryLater as error:
            if error.wait_seconds > PATIENCE_SECONDS:
                raise
            await clock.sleep(error.wait_seconds + random.fraction() * min(2.0**attempt, 30.0))
    return await call()


async def _read(reply: httpx.Response, limit: int) -> httpx.Response:
    """The whole reply, decoded. Counts decoded bytes: a small body can unpack to a huge one."""
    body = bytearray()
    async for chunk in reply.aiter_bytes():
        body += chunk
        if len(body) > limit:
            unsafe = reply.request.method not in _SAFE_METHODS
            raise BrokenReply(f"{reply.url.host} sent more than {limit >> 20} MB", maybe_applied=unsafe)
    headers = [(name, value) for name, value in reply.headers.multi_items() if name not in _ABOUT_THE_BODY]
    whole = httpx.Response(reply.status_code, headers=headers, content=bytes(body), request=reply.request)
    whole.next_request = reply.next_request  # where a redirect leads, without credentials when to another host
    return whole


def _translate(error: Exception, request: httpx.Request) -> CrmError:
    host, unsafe = request.url.host, request.method not in _SAFE_METHODS
    if isinstance(error, httpx.LocalProtocolError):
        return BadSettings("a header cannot be sent: credentials hold a line break or another control character")
    if isinstance(error, httpx.DecodingError):
        return BrokenReply(f"{host} sent a body that does not unpack", maybe_applied=unsafe)
    tls = _tls_reason(error)
    if tls is not None:
        return RetryLater(f"{host} offers no trusted encryption: {tls}", wait_seconds=_TLS_WAIT)
    if isinstance(error, _NEVER_SENT):
        return RetryLater(f"{host} cannot be reached", wait_seconds=_UNREACHABLE_WAIT)
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return RetryLater(f"{host} did not answer in time", wait_seconds=_UNREACHABLE_WAIT, maybe_applied=unsafe)
    return RetryLater(f"{host} broke the connection off", wait_seconds=_UNREACHABLE_WAIT, maybe_applied=unsafe)


def _tls_reason(error: BaseException | None) -> str | None:
    """Why the handshake failed, when a connection could not be made because of that."""
    if not isinstance(error, httpx.ConnectError):
        return None
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, ssl.SSLError):
            return (cause.reason or "handshake failed").replace("_", " ").lower()
        cause = cause.__cause__ or cause.__context__
    return None


def _mask_strings(text: str) -> str:
    key = ""

    def shown(match: re.Match[str]) -> str:
        nonlocal key
        if match["colon"]:
            key = match["text"].lower()
            return match[0]
        telling, key = key in _TELLING, ""
        return match[0] if telling else '"…"'

    return _JSON_STRING.sub(shown, text)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.raw_host.decode("ascii").lower().rstrip("."), url.port


def _matches(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1 if pattern.startswith("*.") else host == pattern
