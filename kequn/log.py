"""Events with facts, on the standard `logging`: `record refused connection=zoho id=42 field=phone`, or a line of JSON.
Decides what a fact may be (short and simple; in JSON, which is kept and searched, also by what name), so that no body,
record or secret gets into a log by accident."""

import json
import logging
from collections.abc import MutableMapping
from typing import Any, TextIO

LONGEST = 200
KEPT = frozenset(
    [
        "actor",
        "at",
        "attempts",
        "came",
        "chore",
        "code",
        "codes",
        "command",
        "conflicts",
        "connection",
        "count",
        "customers",
        "field",
        "id",
        "kind",
        "listener",
        "mode",
        "module",
        "object",
        "occasion",
        "plugin",
        "problems",
        "pulled",
        "pushed",
        "route",
        "run",
        "seconds",
        "sender",
        "spent",
        "state",
        "tenant",
        "tiers",
        "trace",
        "type",
        "went",
        "whole",
        "worker",
        "alerts",
    ]
)
"""The facts that a line of JSON may hold. Any other is left out, and named in `dropped`."""
_LOGGER = logging.getLogger("kequn")


class EventLog:
    """A Log (contracts/host.py) whose events all carry some facts, such as the connection."""

    def __init__(self, **facts: Any) -> None:
        self._facts = facts

    def info(self, event: str, **facts: Any) -> None:
        self._write(logging.INFO, event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        self._write(logging.WARNING, event, facts)

    def bound(self, **facts: Any) -> "EventLog":
        """A log whose events carry these facts too."""
        return EventLog(**{**self._facts, **facts})

    def _write(self, level: int, event: str, facts: dict[str, Any]) -> None:
        if _LOGGER.isEnabledFor(level):
            every = {**self._facts, **facts}
            told = {"kequn_event": event, "kequn_facts": every}
            _LOGGER.log(level, "%s", " ".join([event, *map(_shown, every.items())]), extra=told)


def start(level: str, stream: TextIO, form: str = "text") -> None:
    """Write events from `level` on ("debug" to "error") to `stream`, one a line; `form`: text, for people, or json.
    Called once, by a command."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_json() if form == "json" else logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _LOGGER.handlers[:] = [handler]
    _LOGGER.setLevel(level.upper())
    _LOGGER.propagate = False


def _json() -> logging.Formatter:
    from structlog import processors, stdlib  # the server's; the library alone does without

    return stdlib.ProcessorFormatter(
        processors=[
            stdlib.add_log_level,
            processors.TimeStamper(fmt="iso"),
            _kept,
            stdlib.ProcessorFormatter.remove_processors_meta,
            processors.JSONRenderer(ensure_ascii=False),
        ]
    )


def _kept(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event, and the facts that may be kept."""
    record = line["_record"]
    facts = getattr(record, "kequn_facts", {})
    line["event"] = getattr(record, "kequn_event", line["event"])
    line.update({name: _plain(value) for name, value in facts.items() if name in KEPT})
    if dropped := sorted(facts.keys() - KEPT):
        line["dropped"] = dropped
    return line


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return value[:LONGEST] if isinstance(value, str) else f"<{type(value).__name__}>"


def _shown(fact: tuple[str, Any]) -> str:
    name, value = fact
    if value is None or isinstance(value, bool | int | float):
        return f"{name}={json.dumps(value)}"
    if not isinstance(value, str):
        # A list, a record or a Secret is no fact: its type tells the author of the event what to mend.
        return f"{name}=<{type(value).__name__}>"
    text = value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
    plain = text.isprintable() and text and not set(text) & set(' ="')
    return f"{name}={text if plain else json.dumps(text, ensure_ascii=False)}"
