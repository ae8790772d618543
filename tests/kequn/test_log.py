"""Events are one line each, and show simple facts alone."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime

import pytest

from kequn.contracts.host import Log
from kequn.contracts.secrets import Secret
from kequn.log import EventLog, start


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    logger = logging.getLogger("kequn")
    before = (logger.handlers[:], logger.level, logger.propagate)
    stream = io.StringIO()
    start("info", stream)
    yield stream
    logger.handlers[:], logger.level, logger.propagate = before


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (42, "fact=42"),
        (None, "fact=null"),
        (True, "fact=true"),
        (0.5, "fact=0.5"),
        ("42", "fact=42"),
        ("金卡", "fact=金卡"),
        ("", 'fact=""'),
        ("two words", 'fact="two words"'),
        ('a"b', 'fact="a\\"b"'),
        ("line\nERROR forged", 'fact="line\\nERROR forged"'),
        ("x" * 300, f"fact={'x' * 200}…"),
        (["13912345678"], "fact=<list>"),
        ({"phone": "13912345678"}, "fact=<dict>"),
        (Secret("hunter2"), "fact=<Secret>"),
    ],
)
def test_a_fact_is_short_and_simple(written: io.StringIO, value: object, want: str) -> None:
    EventLog().info("pulled", fact=value)
    assert written.getvalue().endswith(f" INFO pulled {want}\n")
    assert written.getvalue().count("\n") == 1


def test_bound_facts_come_first(written: io.StringIO) -> None:
    log: Log = EventLog(connection="zoho").bound(run="run_1")
    log.warning("record refused", id="42")
    assert written.getvalue().endswith(" WARNING record refused connection=zoho run=run_1 id=42\n")


def test_the_level_is_kept(written: io.StringIO) -> None:
    start("warning", written)
    EventLog().info("pulled")
    EventLog().warning("refused")
    assert written.getvalue().count("\n") == 1


def test_a_line_of_json_holds_what_may_be_kept_and_names_what_was_dropped(written: io.StringIO) -> None:
    start("info", written, "json")
    EventLog(connection="zoho").warning("run failed", code="NEEDS_LOGIN", pulled=3, url="https://x/secret", phone="139")
    line = json.loads(written.getvalue())
    assert datetime.fromisoformat(line.pop("timestamp")).tzinfo is not None
    assert line == {
        "event": "run failed", "level": "warning", "connection": "zoho", "code": "NEEDS_LOGIN", "pulled": 3,
        "dropped": ["phone", "url"],
    }  # fmt: skip


@pytest.mark.parametrize("value", [["13912345678"], {"phone": "13912345678"}, Secret("hunter2"), "x" * 300])
def test_json_shows_simple_facts_alone(written: io.StringIO, value: object) -> None:
    start("info", written, "json")
    EventLog().info("pulled", id=value)
    told = json.loads(written.getvalue())["id"]
    assert told == ("x" * 200 if isinstance(value, str) else f"<{type(value).__name__}>")
