"""The company whose account is emulated: its members, departments, apps and forms, its clock and its API key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from kequn.contracts.emulator import EmulatorOptions
from kequn.testing.emulator import Row, Table
from plugins.jiandaoyun.emulator import times
from plugins.jiandaoyun.emulator.designs import APP_ID, APP_NAME, DESIGNS
from plugins.jiandaoyun.emulator.forms import App, Form, Push, Widget
from plugins.jiandaoyun.emulator.ids import Ids
from plugins.jiandaoyun.emulator.knobs import Knobs


@dataclass
class User:
    """`status`: -1 left, 0 not joined, 1 joined. `integrate_id`: in integrated companies only."""

    username: str
    name: str
    departments: list[int] = field(default_factory=lambda: [1])
    status: int = 1
    type: int = 0
    integrate_id: str | None = None

    def shown(self) -> dict[str, Any]:
        shown = {
            "name": self.name, "username": self.username, "status": self.status, "type": self.type,
            "departments": list(self.departments),
        }  # fmt: skip
        return shown | ({"integrate_id": self.integrate_id} if self.integrate_id is not None else {})


@dataclass
class Department:
    dept_no: int
    name: str
    parent_no: int | None = None
    seq: int = 1
    type: int = 0
    status: int = 1
    integrate_id: str | None = None

    def shown(self, *, seq: bool = True) -> dict[str, Any]:
        shown = {
            "dept_no": self.dept_no, "name": self.name, "parent_no": self.parent_no, "type": self.type,
            "status": self.status,
        }  # fmt: skip
        shown |= {"integrate_id": self.integrate_id} if self.integrate_id is not None else {}
        return shown | ({"seq": self.seq} if seq else {})


@dataclass
class Role:
    role_no: int
    name: str
    members: list[str] = field(default_factory=list)
    group_no: int = 1

    def shown(self) -> dict[str, Any]:
        return {"role_no": self.role_no, "name": self.name, "group_no": self.group_no, "type": 0, "status": 1}


@dataclass
class RoleGroup:
    group_no: int
    name: str

    def shown(self) -> dict[str, Any]:
        return {"group_no": self.group_no, "name": self.name, "type": 0, "status": 1}


@dataclass
class File:
    """An uploaded file. Its key is good for an hour, in whichever transaction."""

    key: str
    name: str
    mime: str
    content: bytes = field(repr=False)
    stamp: int = 0
    origin: str = ""


class Company:
    """`creator`: owns the API key, and is the creator of what the API makes."""

    def __init__(self, options: EmulatorOptions, knobs: Knobs) -> None:
        self.options = options
        self.knobs = knobs
        self.clock = options.clock
        self.ids = Ids(options.random)
        self.key_revoked = False
        self.users: dict[str, User] = {}
        self.departments: dict[int, Department] = {}
        self.roles: dict[int, Role] = {}
        self.role_groups: dict[int, RoleGroup] = {1: RoleGroup(1, "默认")}
        self.files: dict[str, File] = {}
        self.tokens: dict[str, int] = {}
        self.transactions: dict[str, tuple[int, str, list[str]]] = {}
        self.apps: dict[str, App] = {APP_ID: App(APP_ID, APP_NAME)}
        for design in DESIGNS:
            self.add_form(APP_ID, design.entry_id, design.name, design.widgets(), key=design.key)
        _staff(self)
        self.creator = next(iter(self.users))

    def now(self) -> int:
        """The company's clock, in milliseconds."""
        return times.milliseconds(self.clock.now() + timedelta(seconds=self.knobs.clock_skew))

    def chance(self, count: int = 8) -> str:
        return self.options.random.bytes(count).hex()

    def add_form(
        self, app_id: str, entry_id: str, name: str, widgets: Sequence[Widget], *, key: str | None = None
    ) -> Form:
        """Raises KeyError when there is no such app."""
        table = Table(self.clock, {"id": _by_id})
        form = Form(key or entry_id, app_id, entry_id, name, list(widgets), table, created=self.now())
        self.apps[app_id].forms[entry_id] = form
        return form

    def forms(self) -> Iterator[Form]:
        for app in self.apps.values():
            yield from app.forms.values()

    def form(self, name: str) -> Form:
        """By key or entry_id. Raises KeyError."""
        found = next((form for form in self.forms() if name in (form.key, form.entry_id)), None)
        if found is None:
            raise KeyError(name)
        return found

    def push_to(self, url: str, *names: str) -> None:
        """The administrator enters this address for the pushes of some forms (none named: of all)."""
        for form in [self.form(name) for name in names] or list(self.forms()):
            form.pushes.append(Push(url, self.knobs.webhook_secret))


def _by_id(row: Row) -> tuple[Any, ...]:
    return (row["_id"],)


def _staff(company: Company) -> None:
    """Nobody of them exists."""
    for number, name, parent in ((1, "总部", None), (2, "销售部", 1), (3, "客服部", 1)):
        company.departments[number] = Department(number, name, parent, seq=number)
    some = (("jdy-admin", "管理员", [1]), ("jdy-abc", "小简", [1, 3]), ("jdy-dongyi", "东一", [2]),
            ("jdy-nanmu", "南木", [2]), ("jdy-qiuxing", "秋星", [3]))  # fmt: skip
    for username, name, departments in some:
        company.users[username] = User(username, name, departments)
    company.roles[1] = Role(1, "客服", ["jdy-abc", "jdy-qiuxing"])
