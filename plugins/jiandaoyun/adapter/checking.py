"""Whether a connection will do: key, apps, forms, widgets, rights, and how changes are found. Each problem names the
setting that a person should mend."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.crm import Problem
from kequn.contracts.errors import NotThere, Rejected
from kequn.contracts.host import Log
from plugins.jiandaoyun.adapter.forms import AT_ONCE, Forms
from plugins.jiandaoyun.adapter.reading import Reader
from plugins.jiandaoyun.adapter.staffing import Members
from plugins.jiandaoyun.adapter.walking import Walker
from plugins.jiandaoyun.client import JiandaoyunClient
from plugins.jiandaoyun.mapping.values import STAFF


class Inspector:
    def __init__(
        self, client: JiandaoyunClient, forms: Forms, reader: Reader, members: Members, walker: Walker, log: Log
    ) -> None:  # fmt: skip
        self._client = client
        self._forms = forms
        self._reader = reader
        self._members = members
        self._walker = walker
        self._log = log

    async def check(self) -> Sequence[Problem]:
        """Raises NeedsLogin when the key does not do."""
        labels, apps = await self.labels(), set(await self._apps())
        await self._forms.discover()
        told = [problem for name in self._forms.found for problem in self._absent(name, labels, apps)]
        for name in labels:
            if self._forms.found[name].widgets:
                told += await self._try(name)
        if self._forms.options.staff:
            told += await self._try_members()
        return [*told, *self._forms.problems]

    async def labels(self) -> dict[str, str]:
        """The names of the forms that are there."""
        found: dict[tuple[str, str], str] = {}
        for app in {form.settings.app_id: None for form in self._forms.found.values()}:
            try:
                rows = await self._all("app/entry/list", "forms", {"app_id": app})
            except (Rejected, NotThere):
                continue
            found |= {(app, str(row.get("entry_id"))): str(row.get("name")) for row in rows}
        wanted = {name: (one.settings.app_id, one.settings.entry_id) for name, one in self._forms.found.items()}
        return {name: found[ids] for name, ids in wanted.items() if ids in found}

    async def _apps(self) -> list[str]:
        return [str(row.get("app_id")) for row in await self._all("app/list", "apps", {})]

    async def _all(self, call: str, name: str, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        rows: list[Mapping[str, Any]] = []
        while True:
            answer = await self._client.read(call, {**body, "limit": AT_ONCE, "skip": len(rows)})
            rows += answer.rows(name)
            if len(answer.rows(name)) < AT_ONCE:
                return rows

    def _absent(self, name: str, labels: Mapping[str, str], apps: set[str]) -> list[Problem]:
        if name in labels:
            return []
        setting = "entry_id" if self._forms.found[name].settings.app_id in apps else "app_id"
        return [Problem(name, "", f"forms.{name}.{setting}: the API key does not see it", setting)]

    async def _try(self, name: str) -> list[Problem]:
        """Read one record, and see how changes are found."""
        try:
            await self._reader.page(name, None, limit=1)
            mode = await self._walker.mode(name)
        except Rejected as error:
            return [Problem(name, "", f"forms.{name}: {error.message}")]
        self._log.info("jiandaoyun.changes", object=name, mode=str(mode or "unknown"))
        return []

    async def _try_members(self) -> list[Problem]:
        try:
            await self._members.walk()
        except Rejected as error:
            return [Problem(STAFF, "", f"staff_department: {error.message}", "staff_department")]
        return []
