"""One request as a handler sees it, after authentication. Handlers are plain functions from Call to what the answer
holds beside its envelope: nothing is awaited in their middle, so each request is one step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plugins.fxiaoke.emulator.errors import bad_parameter, illegal
from plugins.fxiaoke.emulator.tenant import Object, Tenant

LAG_SECONDS = 2.0
"""How far a replica lags when the fault `stale_read` strikes."""


@dataclass
class Call:
    """`user`: the id of the acting person. `numbers`: people are shown by their employee numbers. `custom`: the path is
    of the family for custom objects. `mark`: the fault that the handler must play."""

    tenant: Tenant
    path: str
    body: Mapping[str, Any] = field(repr=False)
    user: str
    numbers: bool = False
    mark: str | None = None

    @property
    def lag(self) -> float:
        return LAG_SECONDS if self.mark == "stale_read" else 0.0

    @property
    def custom(self) -> bool:
        return self.path.startswith("/cgi/crm/custom/")

    @property
    def data(self) -> Mapping[str, Any]:
        data = self.body.get("data")
        if not isinstance(data, Mapping):
            raise bad_parameter("data")
        return data

    @property
    def object(self) -> Object:
        """The object that `data` names."""
        return self.object_named(self.data.get("dataObjectApiName"))

    def object_named(self, name: Any) -> Object:
        """Raises ApiError when there is none, or the path is of the other family."""
        found = self.tenant.objects.get(name) if isinstance(name, str) else None
        if found is None or not found.is_active:
            raise bad_parameter("dataObjectApiName")
        if found.spec.custom is not self.custom:
            raise illegal(f"{name} is not of this interface")
        return found

    def text(self, name: str) -> str:
        """A text at the top of the body. Raises ApiError."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise bad_parameter(name)
        return value
