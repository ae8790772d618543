"""Versions that are too young to be trusted. Zoho's times are whole seconds: a record read within the second of its
last change may change again without a new version. Decides what must be looked at again before it is written."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from kequn.contracts.codecs import Unreadable
from plugins.zoho.mapping.tables import Table, modified_at

MEMORY_SECONDS = 600
MANY = 1000


class Fresh:
    """What young records looked like when they were handed out. Of this process alone: after a restart a young version
    is trusted once its second is over."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], tuple[int, bytes]] = {}

    def note(self, table: Table, raws: Iterable[Mapping[str, Any]], date: datetime | None) -> None:
        """`date`: Zoho's clock when it answered."""
        now = None if date is None else int(date.timestamp())
        for raw in raws:
            key = table.object, str(raw["id"])
            version = version_of(raw)
            if now is None or version is None or version < now:
                self._seen.pop(key, None)
            else:
                self._seen[key] = version, look(table, raw)
        if now is not None and len(self._seen) > MANY:
            self._seen = {key: seen for key, seen in self._seen.items() if seen[0] > now - MEMORY_SECONDS}

    def doubtful(self, object: str, id: str, version: int) -> bool:
        seen = self._seen.get((object, id))
        return seen is not None and seen[0] == version

    def unchanged(self, table: Table, raw: Mapping[str, Any]) -> bool:
        """Whether a doubtful record still looks as it did; it is not doubtful any more."""
        version, before = self._seen.pop((table.object, str(raw["id"])))
        return version == version_of(raw) and before == look(table, raw)


def looked_at(table: Table) -> list[str]:
    """The fields that are compared: as many as one request can name."""
    return [name for name in table.names if name[:1] != "$"][:49]


def look(table: Table, raw: Mapping[str, Any]) -> bytes:
    mapped = {name: raw.get(name) for name in looked_at(table)}
    return hashlib.sha256(orjson.dumps(mapped, option=orjson.OPT_SORT_KEYS)).digest()


def version_of(raw: Mapping[str, Any]) -> int | None:
    try:
        return int(modified_at(raw).timestamp())
    except Unreadable:
        return None
