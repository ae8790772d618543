"""The state of one tenant: its people, objects and records. What may be done to records stands in records.py; who asks
and how, in the files named after the API's parts."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kequn.contracts.emulator import EmulatorOptions
from kequn.testing.emulator import Names, Row, Table
from plugins.fxiaoke.emulator.fields import SYSTEM, Field
from plugins.fxiaoke.emulator.knobs import Knobs
from plugins.fxiaoke.emulator.objects import Spec, standard

CORP = "FSCID_ABCDEF0123456789"
ACCOUNT = "kq001"
TENANT_ID = 691413
COMPANY = 999999
"""The department that is the whole company."""

IN_PROCESS = "http://kequn.test/events"
"""Where events go when somebody in this process takes them, whatever the address."""

_MACHINE = "e4400e0001"
_USERS = ("同步账号", "东一", "西二", "南三", "北四")
_INDEXED = ("kq_id__c", "order_id", "name")


@dataclass
class User:
    """`id`: as the API names people by default; `number`: as the newer convention does."""

    id: str
    number: str
    name: str
    mobile: str
    email: str
    is_stop: bool = False
    position: str = "销售"
    departments: tuple[int, ...] = (1000,)
    created: int = 0
    updated: int = 0


@dataclass
class Object:
    spec: Spec
    fields: dict[str, Field]
    table: Table
    is_active: bool = True
    numbers: int = 0

    @property
    def api_name(self) -> str:
        return self.spec.api_name


@dataclass(frozen=True)
class Event:
    """Something happened to a record: events are pushed of these."""

    type: str
    api_name: str
    id: str
    at: int


@dataclass
class Callback:
    """What an administrator has entered in the console: where events go, and the key that seals them."""

    url: str | None
    key: str = field(repr=False)


class Tenant:
    """Everything that the emulator knows. Not thread-safe: one event loop, and no handler awaits in its middle."""

    def __init__(self, options: EmulatorOptions, knobs: Knobs) -> None:
        self.options = options
        self.knobs = knobs
        self.clock = options.clock
        self.events: list[Event] = []
        self.hidden: set[str] = set()  # ids of records and people that the acting person may not see
        self._counter = 0
        self._last_second = 0
        self._traces = 0
        url = knobs.event_url or (IN_PROCESS if options.transport is not None else None)
        self.callback = Callback(
            url, knobs.event_key or base64.b64encode(Names(options.seed).random.bytes(32)).decode()
        )
        self.departments: dict[int, str] = {1000: "销售部"}
        self.users = {user.id: user for user in map(self._user, range(len(_USERS)))}
        self.objects = {spec.api_name: self._object(spec) for spec in standard(order_numbers=knobs.order_numbers)}

    def moment(self) -> datetime:
        return self.clock.now() + timedelta(seconds=self.knobs.clock_skew)

    def now(self) -> int:
        """Milliseconds."""
        moment = self.moment()
        return int(moment.timestamp()) * 1000 + moment.microsecond // 1000

    def today(self) -> str:
        return self.moment().astimezone(ZoneInfo(self.knobs.zone)).date().isoformat()

    def next_id(self, at: int | None = None) -> str:
        """24 hexadecimal digits that grow with time. `at`: milliseconds, for records of the past."""
        self._counter += 1
        second = at // 1000 if at is not None else max(self.now() // 1000, self._last_second)
        self._last_second = max(self._last_second, second)
        return f"{second:08x}{_MACHINE}{self._counter:06x}"

    def trace(self) -> str:
        self._traces += 1
        return f"E-O.{TENANT_ID}.{self.now()}{self._traces:04d}"

    def person(self, id: object) -> User | None:
        """By either of the two names that a person has."""
        found = self.users.get(str(id))
        return found or next((user for user in self.users.values() if user.number == str(id)), None)

    def name_of(self, object: str, id: str) -> str | None:
        row: Row | None = self.objects[object].table.get(id) if object in self.objects else None
        return None if row is None else row.get("name")

    def _user(self, place: int) -> User:
        now = self.now()
        return User(
            f"FSUID_{place + 1:04d}", str(1000 + place), _USERS[place], f"1990000{9000 + place:04d}",
            f"user{place + 1}@example.com", created=now, updated=now,
        )  # fmt: skip

    def _object(self, spec: Spec) -> Object:
        fields = {one.api_name: one for one in (*spec.fields, *SYSTEM)}
        table = Table(self.clock, {"id": _by_id, "time": _by_time})
        for name in _INDEXED:
            if name in fields:
                table.keep_index(name)
        return Object(spec, fields, table)


def _by_id(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row["_id"],)


def _by_time(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["last_modified_time"], row["_id"]
