"""Spans of runs go to a collector, and hold no data."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from jobs.tracing import silent, traced


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """An OTLP collector on this machine, and what it was sent."""
    got: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_step_is_sent_with_its_connection(collector: tuple[str, list[bytes]]) -> None:
    url, got = collector
    with traced(url, "alpha") as span, span("step", connection="zoho", run="00ff"):
        pass
    sent = b"".join(got)
    assert [word for word in (b"kequn", b"alpha", b"step", b"zoho", b"00ff") if word not in sent] == []


def test_an_error_leaves_no_words(collector: tuple[str, list[bytes]]) -> None:
    url, got = collector
    with traced(url, "alpha") as span, pytest.raises(ValueError, match="private"), span("step"):
        raise ValueError("private words")
    assert b"private" not in b"".join(got)


def test_nobody_looks_and_nothing_is_traced() -> None:
    with traced(None, "alpha") as span:
        assert span is silent
