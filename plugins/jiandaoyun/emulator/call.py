"""One request as a handler sees it. Handlers are plain functions from Call to a body: nothing is awaited in their
middle, so each request is one step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plugins.jiandaoyun.emulator.company import Company
from plugins.jiandaoyun.emulator.errors import ApiError
from plugins.jiandaoyun.emulator.forms import App, Form
from plugins.jiandaoyun.emulator.ids import is_id

LAG_SECONDS = 2.0
"""How far a replica lags when the fault `stale_read` strikes."""


@dataclass
class Call:
    """`origin`: the emulator's own address, for files. `mark`: the fault that the handler must play."""

    company: Company
    body: Mapping[str, Any] = field(repr=False)
    origin: str = ""
    mark: str | None = None

    @property
    def lag(self) -> float:
        return LAG_SECONDS if self.mark == "stale_read" else 0.0

    @property
    def app(self) -> App:
        app = self.company.apps.get(self.text("app_id"))
        if app is None:
            raise ApiError(2004)
        return app

    @property
    def form(self) -> Form:
        form = self.app.forms.get(self.text("entry_id"))
        if form is None:
            raise ApiError(3000)
        return form

    def text(self, name: str) -> str:
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise ApiError(17017, name)
        return value

    def number(self, name: str, default: int, least: int = 0, most: int | None = None) -> int:
        value = self.body.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < least or (most and value > most):
            raise ApiError(17017, name)
        return value

    def object(self, name: str) -> Mapping[str, Any]:
        value = self.body.get(name)
        if not isinstance(value, Mapping):
            raise ApiError(17017, name)
        return value

    def items(self, name: str) -> list[Any]:
        value = self.body.get(name)
        if not isinstance(value, list) or not value:
            raise ApiError(17017, name)
        return value

    def data_id(self) -> str:
        """The id of a record of the form that is there."""
        id = self.text("data_id")
        if not is_id(id) or id not in self.form.table.rows:
            raise ApiError(4001)
        return id

    def person(self, name: str) -> str:
        """A member who may act: the company's creator when nobody is named."""
        username = self.body.get(name)
        if username is None:
            return self.company.creator
        if username not in self.company.users or self.company.users[username].type != 0:
            raise ApiError(1010, name)
        return str(username)
