"""The protocol of an emulator: a CRM on one laptop, which tests and simulations drive as its other users would."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import httpx
from starlette.types import ASGIApp

from kequn.clock import Clock, Random, SystemClock, SystemRandom
from kequn.contracts.records import Kind


@dataclass(frozen=True)
class EmulatorOptions:
    """How an emulator starts. `records`: how many customers it is seeded with (0: empty). `load`: a file with people's
    own data. `faults`: probability per request that some fault strikes. `transport`: how it posts webhooks
    (None: over the network). `knobs`: the emulator's own switches, see its README."""

    clock: Clock = field(default_factory=SystemClock)
    random: Random = field(default_factory=SystemRandom)
    seed: int = 0
    records: int = 0
    load: Path | None = None
    faults: float = 0.0
    transport: httpx.AsyncBaseTransport | None = None
    knobs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RequestSeen:
    """One request that the emulator answered. `fault`: what struck it. `write`: whether it asked to change a record."""

    method: str
    path: str
    status: int
    write: bool
    fault: str | None = None


@dataclass(frozen=True)
class Form:
    """How people fill in one object at the CRM's screens, for tools that play such people on any CRM.

    `fields`: our field -> the CRM's name, of the plain text fields that a person may type into. `fixed`: what else a
    new record must say there. `references`: our field -> the CRM's name, of those where a person picks another record
    (the People take its id). `sets`: of those where a person ticks texts (the People take a list of them).
    `amounts`: of those where a person enters a number, in the CRM's own currency. `organisations`: where customers are
    organisations, too, what is said there in place of `fixed`. `words`: our field -> our word for each of the CRM's
    options, where it says others. `tier`: where customers have a tier that is picked from a list, the CRM's name of
    it; the People are `Tiering` then, and take the tier's name."""

    kind: Kind
    object: str
    fields: Mapping[str, str]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, str] = field(default_factory=dict)
    amounts: Mapping[str, str] = field(default_factory=dict)
    organisations: Mapping[str, Any] | None = None
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tier: str | None = None


class People(Protocol):
    """The other people who work in the CRM. Ids and fields are the CRM's own; errors are ValueError and KeyError."""

    def create(self, object: str, fields: Mapping[str, Any]) -> str: ...
    def edit(self, object: str, id: str, fields: Mapping[str, Any]) -> None: ...
    def delete(self, object: str, id: str) -> None: ...
    def merge(self, object: str, winner: str, loser: str) -> None: ...
    def restore(self, object: str, id: str) -> None: ...

    def read(self, object: str) -> Mapping[str, Mapping[str, Any]]:
        """The live records by id."""


@runtime_checkable
class Administrator(Protocol):
    """What `people` can do beside, where tenants may change the forms of the CRM. Field names and types are its own."""

    def add_field(self, object: str, label: str, type: str) -> str:
        """Make a field; returns its name."""

    def remove_field(self, object: str, name: str) -> None:
        """The field and its values are gone."""

    def add_option(self, object: str, name: str, text: str) -> None:
        """Add a value to a picklist."""


@runtime_checkable
class Pushing(Protocol):
    """What `people` can do beside, where webhooks are not asked for over the API but entered at the screens."""

    def push_to(self, url: str) -> None:
        """Enter an address: webhooks of every object go there from now on."""


@runtime_checkable
class Grouping(Protocol):
    """What `people` can do beside, where the CRM has groups, and customers in them. `group_object` and `member_object`:
    where the plugin finds the groups and the memberships; their ids are those of the plugin's records."""

    group_object: str
    member_object: str

    def groups(self) -> Mapping[str, str]:
        """The names of the groups, by id."""

    def add_group(self, name: str) -> str: ...
    def drop_group(self, id: str) -> None: ...

    def members(self) -> Mapping[str, tuple[str, str]]:
        """Customer and group of each membership, by its id."""

    def join(self, customer: str, group: str) -> None: ...
    def leave(self, id: str) -> None: ...


@runtime_checkable
class Tiering(Protocol):
    """What `people` can do beside, where customers have a tier. `tier_object`: where the plugin finds the tiers;
    `grows`: whether programs may add one."""

    tier_object: str
    grows: bool

    def tiers(self) -> Mapping[str, str]:
        """Their names, by the ids of the plugin's records."""

    def set_tiers(self, names: Sequence[str]) -> None:
        """These are the tiers from now on."""


@runtime_checkable
class Telling(Protocol):
    """What an emulator can do beside, whose CRM has a place for what kequn alone decides (`records.OUTBOUND`)."""

    def telling(self, base_url: str) -> Mapping[str, Any]:
        """`settings` with these places named, for tools that try everything that the plugin can write."""


class Faults(Protocol):
    """Faults on demand, by name (see kequn.testing.emulator.faults)."""

    probability: float

    def script(self, *names: str | None) -> None:
        """The next requests meet these faults, one each (None: no fault); chance applies again afterwards."""

    def before(self, hook: Callable[[str, str], Awaitable[None]] | None) -> None:
        """Call `hook(method, path)` before each request is handled: a crash or another person's edit goes here."""


class Emulator(Protocol):
    """A CRM with state. `app` is its ASGI application."""

    @property
    def app(self) -> ASGIApp: ...

    @property
    def people(self) -> People: ...

    @property
    def faults(self) -> Faults: ...

    @property
    def requests(self) -> Sequence[RequestSeen]: ...

    @property
    def forms(self) -> Sequence[Form]:
        """How people fill in each object that the plugin maps; customers at least. What kequn alone decides they only
        read."""

    def settings(self, base_url: str) -> Mapping[str, Any]:
        """The settings of a connection to this emulator, which listens at `base_url`."""

    async def settle(self) -> None:
        """Deliver everything that is under way (webhooks)."""
