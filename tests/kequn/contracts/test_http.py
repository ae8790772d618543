"""The bound client: where it goes, how long it waits, and what its failures become. The far ends are real: loopback
servers where sockets and TLS matter, applications in memory elsewhere."""

import asyncio
import datetime
import gzip
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.errors import BadSettings, BrokenReply, CrmError, ForbiddenHost, Rejected, RetryLater
from kequn.contracts.http import PATIENCE_SECONDS, BoundClient, read_json, retrying, sample

pytestmark = pytest.mark.anyio

Handler = Callable[[httpx.Request], httpx.Response]
Door = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def client(handler: Handler, *hosts: str, origins: tuple[str, ...] = ()) -> BoundClient:
    return BoundClient(hosts or ("api.example.com",), origins, transport=httpx.MockTransport(handler))


def say(text: str) -> Handler:
    return lambda request: httpx.Response(200, text=text)


@asynccontextmanager
async def listening(door: Door, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server on loopback that reads a request and leaves the rest to `door`; yields its origin."""

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(65536)
            await door(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(enter, "127.0.0.1", 0, ssl=tls)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def stop_half_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/v1",
        "https://API.EXAMPLE.COM/v1",
        "https://eu.example.org/",
        "https://a.b.example.org/",
        "https://crm.example.net:8443/x",
        "http://127.0.0.1:9001/crm",
        "http://zoho.test/crm",
    ],
)
async def test_allowed_addresses(url: str) -> None:
    origins = ("https://crm.example.net:8443", "http://127.0.0.1:9001", "http://zoho.test")
    crm = client(say("hello"), "api.example.com", "*.example.org", origins=origins)
    assert (await crm.request("GET", url)).text == "hello"
    assert crm.requests == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/",
        "https://api.example.com:8443/",
        "https://api.example.com.attacker.example/",
        "https://example.org/",
        "https://attackerexample.org/",
        "https://api.example.com@attacker.example/",
        "https://user:pass@api.example.com/",
        "http://127.0.0.1:9002/",
        "https://127.0.0.1:9001/",
        "http://crm.example.net/",
        "ftp://api.example.com/",
        "//api.example.com/",
        "/v1",
        "",
        "https://[::1",
    ],
)
async def test_other_addresses_are_refused_before_anything_is_sent(url: str) -> None:
    crm = client(say("hello"), "api.example.com", "*.example.org", origins=("http://127.0.0.1:9001",))
    with pytest.raises(ForbiddenHost) as caught:
        await crm.request("POST", url, params={"token": "hunter2"})
    assert crm.requests == 0
    assert "pass" not in caught.value.message
    assert "hunter2" not in caught.value.message


async def test_plain_http_is_refused_even_when_settings_name_it() -> None:
    crm = client(say("hello"), origins=("http://crm.example.net",))
    with pytest.raises(ForbiddenHost):
        await crm.request("GET", "http://crm.example.net/")


def redirects(*targets: str, status: int = 302) -> Handler:
    """Sends /0 to the first target, /1 to the second, ...; any other path says what it was asked."""

    def answer(request: httpx.Request) -> httpx.Response:
        step = request.url.path.strip("/")
        if step.isdigit() and int(step) < len(targets):
            return httpx.Response(status, headers={"location": targets[int(step)]})
        return httpx.Response(200, text=f"{request.url} {request.headers.get('authorization')}")

    return answer


async def test_a_get_follows_redirects_inside_the_allowed_hosts() -> None:
    crm = client(redirects("/1", "https://api.example.com/2", "done?page=2"))
    reply = await crm.request("GET", "https://api.example.com/0", headers={"Authorization": "key"})
    assert reply.text == "https://api.example.com/done?page=2 key"
    assert crm.requests == 4


async def test_credentials_do_not_travel_to_another_host() -> None:
    crm = client(redirects("https://files.example.com/done"), "api.example.com", "files.example.com")
    reply = await crm.request("GET", "https://api.example.com/0", headers={"Authorization": "key"})
    assert reply.text == "https://files.example.com/done None"


@pytest.mark.parametrize(("method", "maybe_applied"), [("GET", False), ("POST", True)])
@pytest.mark.parametrize("target", ["https://attacker.example/", "http://api.example.com/", "//attacker.example/x"])
async def test_a_redirect_elsewhere_is_refused(method: str, maybe_applied: bool, target: str) -> None:
    crm = client(redirects(target))
    with pytest.raises(ForbiddenHost) as caught:
        await crm.request(method, "https://api.example.com/0")
    assert crm.requests == 1
    assert caught.value.maybe_applied is maybe_applied


async def test_a_write_is_not_redirected() -> None:
    crm = client(redirects("/done", status=307))
    assert (await crm.request("POST", "https://api.example.com/0")).status_code == 307


async def test_a_circle_of_redirects_ends() -> None:
    crm = client(redirects("/0"))
    with pytest.raises(BrokenReply, match="redirects more than 3 times"):
        await crm.request("GET", "https://api.example.com/0")
    assert crm.requests == 4


async def test_a_redirect_to_nonsense_is_not_followed() -> None:
    with pytest.raises(RetryLater, match=r"api\.example\.com broke"):
        await client(redirects("https://[::1")).request("GET", "https://api.example.com/0")


@pytest.mark.parametrize(
    ("parts", "want"),
    [
        ({"params": {"q": "金卡"}}, "GET https://api.example.com/?q=%E9%87%91%E5%8D%A1 "),
        ({"json": {"name": "🍵"}}, 'GET https://api.example.com/ {"name":"🍵"}'),
        ({"data": {"a": "1 2"}}, "GET https://api.example.com/ a=1+2"),
        ({"content": b"raw"}, "GET https://api.example.com/ raw"),
    ],
    ids=["params", "json", "form", "content"],
)
async def test_what_is_asked_arrives(parts: dict[str, object], want: str) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=f"{request.method} {request.url} {request.read().decode()}")

    reply = await client(echo).request("get", "https://api.example.com/", **parts)  # type: ignore[arg-type]
    assert reply.text == want


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("door", "message", "seconds"),
    [
        (hang_up, "broke the connection off", 60),
        (stop_half_way, "broke the connection off", 60),
        (never_answer, "in time", 0.2),
    ],
    ids=["hangs_up", "half_a_body", "silent"],
)
async def test_a_request_that_may_have_arrived_says_so(door: Door, message: str, seconds: float, method: str) -> None:
    async with listening(door) as origin, BoundClient(origins=[origin]) as crm:
        with pytest.raises(RetryLater, match=message) as caught:
            await crm.request(method, f"{origin}/leads?token=hunter2", timeout=seconds)
    assert caught.value.maybe_applied is (method == "POST")
    assert "hunter2" not in f"{caught.value}{caught.value.__cause__}"


async def test_a_refused_connection_was_never_applied() -> None:
    async with listening(greet) as origin:
        pass
    async with BoundClient(origins=[origin]) as crm:
        with pytest.raises(RetryLater, match=r"127\.0\.0\.1 cannot be reached") as caught:
            await crm.request("POST", origin)
    assert not caught.value.maybe_applied


class Drip(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b"."
            await asyncio.sleep(0)


async def test_a_body_that_drips_is_cut_off_in_time() -> None:
    crm = client(lambda request: httpx.Response(200, stream=Drip()))
    with pytest.raises(RetryLater, match="did not answer in time"):
        await crm.request("GET", "https://api.example.com/", timeout=0.1)


async def test_a_body_that_is_too_large_is_refused() -> None:
    bomb = gzip.compress(bytes(2 << 20))
    far_end = httpx.MockTransport(
        lambda request: httpx.Response(200, headers={"content-encoding": "gzip"}, content=bomb)
    )
    crm = BoundClient(["api.example.com"], transport=far_end, limit=1 << 20)
    with pytest.raises(BrokenReply, match="more than 1 MB"):
        await crm.request("GET", "https://api.example.com/")


async def test_a_packed_body_is_unpacked() -> None:
    packed = gzip.compress(b"hello")
    crm = client(lambda request: httpx.Response(200, headers={"content-encoding": "gzip"}, content=packed))
    assert (await crm.request("GET", "https://api.example.com/")).text == "hello"


async def test_a_body_that_does_not_unpack_is_broken() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip"))

    with pytest.raises(BrokenReply, match="does not unpack"):
        await client(answer).request("GET", "https://api.example.com/")


async def test_credentials_that_cannot_be_sent_are_bad_settings() -> None:
    async with listening(greet) as origin, BoundClient(origins=[origin]) as crm:
        for token in ("hunter2\nX-Evil: 1", "hunter2钥"):
            with pytest.raises(BadSettings) as caught:
                await crm.request("GET", origin, headers={"Authorization": token})
            assert "hunter2" not in f"{caught.value}{caught.value.__cause__}"


async def test_half_a_character_is_rejected() -> None:
    with pytest.raises(Rejected, match="half a character"):
        await client(say("")).request("POST", "https://api.example.com/", json={"name": "\ud83c"})


class Crash(BaseException):
    pass


async def test_the_hook_strikes_before_the_request() -> None:
    async def crash(method: str, path: str) -> None:
        assert (method, path) == ("POST", "/leads")
        raise Crash

    crm = BoundClient(["api.example.com"], transport=httpx.MockTransport(say("")), before=crash)
    with pytest.raises(Crash):
        await crm.request("POST", "https://api.example.com/leads?token=hunter2")
    assert crm.requests == 0


def certificate(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that no authority signed, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).add_extension(address, critical=False)
    start, end = datetime.datetime(2020, 1, 1), datetime.datetime(2090, 1, 1)
    signed = builder.not_valid_before(start).not_valid_after(end).sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "both.pem"
    path.write_bytes(key.private_bytes(pem, pkcs8, plain) + signed.public_bytes(pem))
    return path


async def test_an_untrusted_certificate_is_refused_with_its_reason(tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate(tmp_path))
    async with listening(greet, tls) as origin, BoundClient(origins=[origin]) as crm:
        with pytest.raises(RetryLater, match=r"127\.0\.0\.1 offers no trusted encryption: self.signed") as caught:
            await crm.request("POST", origin)
    assert not caught.value.maybe_applied
    assert caught.value.wait_seconds > PATIENCE_SECONDS


async def test_a_certificate_can_be_trusted(tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate(tmp_path))
    trusting = ssl.create_default_context(cafile=str(tmp_path / "both.pem"))
    async with listening(greet, tls) as origin, BoundClient(origins=[origin], verify=trusting) as crm:
        assert (await crm.request("GET", origin)).text == "hello"


async def test_a_server_without_tls_is_no_trusted_encryption() -> None:
    async with listening(greet) as origin:
        secure = origin.replace("http:", "https:")
        async with BoundClient(origins=[secure]) as crm:
            with pytest.raises(RetryLater, match=r"127\.0\.0\.1 offers no trusted encryption"):
                await crm.request("GET", secure)


async def test_json_is_read_and_html_is_not() -> None:
    reply = await client(say('{"data": [1]}')).request("GET", "https://api.example.com/")
    assert read_json(reply) == {"data": [1]}
    page = client(lambda request: httpx.Response(502, html="<h1>Bad gateway</h1>"))
    with pytest.raises(BrokenReply, match=r"api\.example\.com answered 502 with text/html") as caught:
        read_json(await page.request("POST", "https://api.example.com/"))
    assert caught.value.sample == "<h0>Bad gateway</h0>"
    assert caught.value.maybe_applied


@pytest.mark.parametrize(
    ("body", "want"),
    [
        ("<b>Error 504</b>\n  try\tlater", "<b>Error 000</b> try later"),
        ("write to li.wei+a@example.com", "write to <e-mail>"),
        ("token 1000.8cb99dxxxxxxxxxxxxx9be93.9b8xxxxxxxxxxxxxxxf", "token <token>"),
        (
            '{"code": "INVALID_TOKEN", "message": "no", "name": "王", "x": ["赵", 7',
            '{"code": "INVALID_TOKEN", "message": "no", "name": "…", "x": ["…", 0',
        ),
        ('{"name": "王\\"小', '{"name": "…"'),
        ('\ufeff{"name": "王"}', '\ufeff{"name": "…"}'),
        ('while(1);{"name": "王", "code": "NO"}', 'while(0);{"name": "…", "code": "NO"}'),
        ('"王小"', '"…"'),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("", ""),
    ],
)
def test_sample(body: str | bytes, want: str) -> None:
    assert sample(body) == want


@given(st.integers(0, 6000), st.sampled_from(["li.wei@example.com", "13912345678", "8cb99dxxxxxxxxxxxxx9be93"]))
def test_a_sample_never_shows_what_it_should_mask(position: int, personal: str) -> None:
    shown = sample(f"{'word ' * (position // 5)}{'9' * 3000} {personal} {'more ' * 2000}")
    assert len(shown) <= 200
    assert personal[:5] not in shown


def failing(times: int, error: CrmError) -> Callable[[], Awaitable[str]]:
    left = [error] * times

    async def call() -> str:
        if left:
            raise left.pop()
        return "done"

    return call


async def test_retrying_waits_as_long_as_asked_and_a_little_more() -> None:
    clock = ManualClock()
    call = failing(4, RetryLater("busy", wait_seconds=10))
    assert await retrying(call, clock, SeededRandom()) == "done"
    assert 40 < clock.monotonic() < 40 + 1 + 2 + 4 + 8


async def test_retrying_gives_up() -> None:
    clock = ManualClock()
    with pytest.raises(RetryLater):
        await retrying(failing(3, RetryLater("busy", wait_seconds=1)), clock, SeededRandom(), attempts=3)
    assert clock.monotonic() < 2 + 1 + 2


@pytest.mark.parametrize("error", [RetryLater("closed", wait_seconds=61), Rejected("no"), BrokenReply("?")])
async def test_retrying_does_not_wait_for_what_will_not_pass(error: CrmError) -> None:
    clock = ManualClock()
    with pytest.raises(type(error)):
        await retrying(failing(1, error), clock, SeededRandom())
    assert clock.monotonic() == 0


async def test_waits_differ_by_chance() -> None:
    clocks = [ManualClock(), ManualClock()]
    for seed, clock in enumerate(clocks):
        await retrying(failing(4, RetryLater("busy", wait_seconds=0)), clock, SeededRandom(seed))
    assert clocks[0].monotonic() != clocks[1].monotonic()
