"""The forms of a connection as they are found: widgets, columns, when their data last changed. Decides what is told
when a form is not as the settings say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kequn.contracts.codecs import parse_time
from kequn.contracts.crm import Problem
from kequn.contracts.errors import NotThere, Rejected
from kequn.contracts.host import CrmHost
from kequn.contracts.records import FIELDS, Ref
from plugins.jiandaoyun.adapter.options import Options
from plugins.jiandaoyun.client import JiandaoyunClient
from plugins.jiandaoyun.client.rest import Answer
from plugins.jiandaoyun.mapping.columns import Column, Link, Single
from plugins.jiandaoyun.mapping.tables import Table
from plugins.jiandaoyun.mapping.tailoring import FormSettings, Tailor
from plugins.jiandaoyun.mapping.values import STAFF, Member, Text
from plugins.jiandaoyun.mapping.widgets import Widget, read_widgets

MARGIN = timedelta(seconds=5)
"""A change that lies so far back is surely in a list that is read now."""

AT_ONCE = 100
NOTE = "forms"
FRESH = timedelta(minutes=10)
"""How long widgets are taken to stay as they were noted."""


@dataclass(frozen=True)
class Mark:
    """When the data of a form last changed, as Jiandaoyun told it. `sure`: long enough ago that nothing can have been
    changed at the same time since."""

    modified: str | None
    sure: bool


@dataclass(frozen=True)
class Form:
    """`label`, `system`: as the form has them. `problems`: where it is not as the settings say."""

    settings: FormSettings
    table: Table
    widgets: tuple[Widget, ...] = ()
    system: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def named(self) -> dict[str, str]:
        """How every call names it."""
        return {"app_id": self.settings.app_id, "entry_id": self.settings.entry_id}


class Forms:
    """`found`: by what kequn calls them. `generation`: counts their changes."""

    def __init__(self, options: Options, client: JiandaoyunClient, host: CrmHost) -> None:
        self.options = options
        self.found: dict[str, Form] = {name: _undiscovered(one) for name, one in options.forms.items()}
        self.generation = 0
        self._client = client
        self._host = host
        self._marks: dict[str, Mark] = {}
        self._fresh: set[str] = set()

    async def open(self) -> None:
        """Know every form: from the notebook, where it was looked at a moment ago."""
        note = await self._host.notebook.read(NOTE)
        fresh = note is not None and self._host.clock.now() - datetime.fromisoformat(note["asked"]) < FRESH
        if note is not None and fresh and set(note["forms"]) == set(self.found):
            for object, (widgets, system) in note["forms"].items():
                self._take(object, read_widgets(widgets), tuple(system))
            self._fresh = set(self.found) - set(self._marks)
        else:
            await self.discover()

    async def discover(self) -> None:
        """Look at every form. One that is not there is told, and does not stop the others."""
        asked, seen = self._host.clock.now(), {}
        for object in self.found:
            try:
                answer = await self._ask(object)
            except (Rejected, NotThere) as error:
                self._lost(object, error.message)
            else:
                self._marks[object] = self._read(object, answer)
                seen[object] = [answer.rows("widgets"), list(_system(answer))]
        note = await self._host.notebook.read(NOTE)
        if note is None or note["forms"] != seen:  # or it would be written in every run
            await self._host.notebook.write(NOTE, {"asked": asked.isoformat(), "forms": seen})

    def is_fresh(self, object: str) -> bool:
        """Whether its widgets are known since the connection was opened and it need not be looked at: once."""
        fresh = object in self._fresh
        self._fresh.discard(object)
        return fresh

    async def mark(self, object: str) -> Mark:
        """As it stood when the connection was opened, once; then as it stands."""
        mark = self._marks.pop(object, None)
        return await self.look(object) if mark is None else mark

    async def look(self, object: str) -> Mark:
        """Read the form's widgets again."""
        return self._read(object, await self._ask(object))

    async def _ask(self, object: str) -> Answer:
        return await self._client.read("app/entry/widget/list", self.found[object].named)

    def _read(self, object: str, answer: Answer) -> Mark:
        self._take(object, read_widgets(answer.rows("widgets")), _system(answer))
        return _mark(answer)

    def _take(self, object: str, widgets: tuple[Widget, ...], system: tuple[str, ...]) -> None:
        form = self.found[object]
        if widgets != form.widgets or form.problems:
            table, problems = Tailor(form.settings, widgets, self.options.facts).table()
            self._keep(Form(form.settings, table, widgets, system, problems))

    def _lost(self, object: str, why: str) -> None:
        form = self.found[object]
        names = ("app_id", "entry_id")
        told = f"{why} (forms.{object}: {', '.join(names)})"
        self._keep(Form(form.settings, _without_columns(form), problems=(Problem(object, "", told),)))

    def _keep(self, form: Form) -> None:
        if self.found[form.settings.object] != form:
            self.found[form.settings.object] = form
            self.generation += 1

    @property
    def problems(self) -> Sequence[Problem]:
        return [problem for form in self.found.values() for problem in form.problems]


def _system(answer: Answer) -> tuple[str, ...]:
    return tuple(str(one.get("name")) for one in answer.rows("sysWidgets"))


def _mark(answer: Answer) -> Mark:
    modified = answer.body.get("dataModifyTime")
    if not isinstance(modified, str):
        return Mark(None, sure=False)
    return Mark(modified, sure=_is_old(modified, answer.date))


def _is_old(modified: str, now: datetime | None) -> bool:
    """Both on Jiandaoyun's clock."""
    try:
        return now is not None and now - parse_time(modified) >= MARGIN
    except ValueError:
        return False


def _undiscovered(settings: FormSettings) -> Form:
    """Before the form was seen: the fields that the settings name, none to be written."""
    columns: list[Column] = []
    for name in settings.fields:
        spec = FIELDS[settings.kind][name]
        if spec.to is not None and name in settings.targets and settings.targets[name] != STAFF:
            columns.append(Link(field=name, kind=spec.to, object=settings.targets[name], lookup=name, writable=False))
        else:
            codec = Member() if spec.to is not None else Text()
            columns.append(Single(field=name, names=(name,), writable=False, codec=codec))
    return Form(settings, Table(settings.object, settings.kind, tuple(columns)))


def _without_columns(form: Form) -> Table:
    return Table(form.settings.object, form.settings.kind, ())


def by_object(refs: Sequence[Ref]) -> Mapping[str, list[str]]:
    """Ids by what they are of, each once."""
    grouped: dict[str, dict[str, None]] = {}
    for ref in refs:
        grouped.setdefault(ref.object, {})[ref.id] = None
    return {object: list(ids) for object, ids in grouped.items()}
