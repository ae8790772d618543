"""Events with facts, on the standard `logging`: `record refused connection=zoho id=42 field=phone`.
Decides what a fact may be (short and simple), so that no body, record or secret gets into a log by accident."""

import json
import logging
from typing import Any, TextIO

LONGEST = 200
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
            _LOGGER.log(level, "%s", " ".join([event, *map(_shown, {**self._facts, **facts}.items())]))


def start(level: str, stream: TextIO) -> None:
    """Write events from `level` on ("debug" to "error") to `stream`, one a line. Called once, by a command."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _LOGGER.handlers[:] = [handler]
    _LOGGER.setLevel(level.upper())
    _LOGGER.propagate = False


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
