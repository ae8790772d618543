"""The state of one Zoho organisation: users, modules with their tables, bins and tags. What may be done to it stands in
records.py; who asks and how, in the files named after the API's parts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kequn.contracts.emulator import EmulatorOptions
from kequn.testing.emulator import Row, Table
from plugins.zoho.emulator import times
from plugins.zoho.emulator.fields import Field, standard_fields
from plugins.zoho.emulator.knobs import Knobs
from plugins.zoho.emulator.modules import STANDARD, Standard

FIRST_ID = 554023000000000000


@dataclass
class Tag:
    id: str
    name: str
    color: str | None
    created: int
    modified: int
    by: str

    def show(self) -> dict[str, Any]:
        return {"name": self.name, "id": self.id, "color_code": self.color}


@dataclass(frozen=True)
class Bin:
    """A deleted record. `at`: the exact second of deletion, with its fraction. `kind`: recycle or permanent."""

    row: Row
    at: float
    by: str | None
    kind: str


@dataclass
class User:
    id: str
    first_name: str
    last_name: str
    email: str
    status: str = "active"
    profile: str = "Administrator"
    role: str = "CEO"
    created: int = 0
    modified: int = 0

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass
class Currency:
    """`rate`: how much of it one unit of the home currency is, as the API writes it."""

    id: str
    name: str
    symbol: str
    rate: str
    modified: int


@dataclass
class Module:
    standard: Standard
    id: str
    fields: dict[str, Field]
    table: Table
    bin: dict[str, Bin] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    numbers: int = 0

    @property
    def api_name(self) -> str:
        return self.standard.api_name

    def name_of(self, row: Row) -> str:
        value = row.get(self.standard.name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class Bookmark:
    """Where a walk through a list stands. `bound`: everything that the next request must repeat."""

    bound: tuple[Any, ...]
    after: tuple[Any, ...]
    served: int
    page: int
    expires: float


@dataclass
class Channel:
    """A subscription. `events`: by module, the operations that are notified. `condition`: as it was given."""

    id: str
    events: dict[str, set[str]]
    expires: int
    token: str | None
    url: str
    values: bool
    related: bool
    condition: Any


@dataclass
class Job:
    """A bulk read. `rows`: its page of what was found when it was made; `token`: leads to the next one, if there is
    one."""

    id: str
    module: str
    names: list[str]
    rows: list[Row]
    page: int
    token: str | None
    query: dict[str, Any]
    created: float
    by: str
    callback: str | None
    downloads: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """One record was inserted, updated or deleted: notifications are made of these."""

    module: str
    operation: str
    id: str
    fields: tuple[str, ...]
    by: str


class Org:
    """Everything that the emulator knows. Not thread-safe: one event loop, and no handler awaits in its middle.

    `relations`: (id of a campaign or product, module) to the related ids, with what the relation says."""

    def __init__(self, options: EmulatorOptions, knobs: Knobs) -> None:
        self.options = options
        self.knobs = knobs
        self.clock = options.clock
        self.zone = times.zone(knobs.utc_offset)
        self.changes: list[Change] = []
        self.relations: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        self.bookmarks: dict[str, Bookmark] = {}
        self.channels: dict[str, Channel] = {}
        self.jobs: dict[str, Job] = {}
        self.origin = knobs.api_domain or "https://www.zohoapis.com"
        self._last_id = FIRST_ID
        self.zgid = "808232144"
        self.id = self.next_id()
        self.users: dict[str, User] = {}
        self.currencies: dict[str, Currency] = {}
        self.modules: dict[str, Module] = {spec.api_name: self._module(spec) for spec in STANDARD}
        self._by_lower = {name.lower(): module for name, module in self.modules.items()}

    def next_id(self) -> str:
        self._last_id += 1
        return str(self._last_id)

    def pass_id(self, id: str) -> None:
        """An id from elsewhere is in use: new ones come after it."""
        self._last_id = max(self._last_id, int(id))

    def moment(self) -> datetime:
        return self.clock.now() + timedelta(seconds=self.knobs.clock_skew)

    def exact_now(self) -> float:
        return self.moment().timestamp()

    def now(self) -> int:
        """Whole seconds, cut and not rounded: two edits within a second look alike."""
        return int(self.exact_now())

    def time(self, moment: int | float) -> str:
        return times.show(int(moment), self.zone)

    def module(self, name: str) -> Module | None:
        """By API name, upper and lower case alike."""
        return self._by_lower.get(name.lower())

    def user(self, id: str) -> dict[str, str]:
        """As a record shows who did something."""
        return {"name": self.users[id].name, "id": id}

    def owner(self, id: str) -> dict[str, str]:
        return {**self.user(id), "email": self.users[id].email}

    def lookups_to(self, target: str) -> Iterator[tuple[Module, Field]]:
        for module in self.modules.values():
            for found in module.fields.values():
                if found.type == "multi_module_lookup" or (found.type == "lookup" and found.to == target):
                    yield module, found

    def _module(self, spec: Standard) -> Module:
        fields = {f.api_name: f for f in standard_fields(spec, self.next_id, currencies=self.knobs.multi_currency)}
        table = Table(self.clock, ORDERS)
        if spec.key:
            table.keep_index(spec.key)
        return Module(spec, self.next_id(), fields, table)


ORDERS: dict[str, Callable[[Row], tuple[Any, ...]]] = {
    "id": lambda row: (int(row["id"]),),
    "Created_Time": lambda row: (row["Created_Time"], int(row["id"])),
    "Modified_Time": lambda row: (row["Modified_Time"], int(row["id"])),
}
"""How lists may be sorted."""
