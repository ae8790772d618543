"""A request whose headers are looked through once, however often one of them is asked for."""

from functools import cached_property

from starlette import requests
from starlette.datastructures import Headers
from starlette.types import Scope


class Heard(Headers):
    """Of a name that comes twice the first one counts, as with Starlette's."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope=scope)
        self._first = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(self.raw)}

    def __getitem__(self, key: str) -> str:
        return self._first[key.lower()]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._first

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return self._first.get(key.lower(), default)


class Request(requests.Request):
    @cached_property
    def headers(self) -> Heard:
        return Heard(self.scope)
