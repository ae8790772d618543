"""A CRM in memory, behind the contract `Crm`: what an adapter is to a real one. Decides how records are paged, read
back and looked up; what they are stands in book.py, what may be done with them in sheet.py."""

from collections.abc import Iterable, Mapping, Sequence

from kequn.clock import SeededRandom
from kequn.contracts.changes import Batch, Change, Receipt
from kequn.contracts.crm import (
    Capabilities,
    Cursor,
    Feed,
    FieldSchema,
    Hint,
    ObjectSchema,
    Page,
    Problem,
    Subscription,
    Walk,
    WebhookRequest,
)
from kequn.contracts.errors import BrokenReply, CrmError, Rejected, RetryLater
from kequn.contracts.records import FIELDS, Gone, Kind, Record, Roster, Value
from kequn.testing.memory import door
from kequn.testing.memory.book import Book, Entry, kind_of
from kequn.testing.memory.faults import Fault, Faults
from kequn.testing.memory.sheet import KINDS, OBJECTS, TYPES
from kequn.testing.memory.writing import Write, attempt

OVERLAP = 1  # versions that a walk of changes reads again: cursors are inclusive


class MemoryCrm:
    """One connection to a `Book`. Several connections may share one; each has its own faults and its own logs.

    `requests`: every call that a real CRM would have answered, as (request, object). `writes`: every change that was
    carried out for kequn."""

    def __init__(self, book: Book, faults: Faults | None = None) -> None:
        self.book = book
        self.faults = faults or Faults(SeededRandom())
        self.requests: list[tuple[str, str]] = []
        self.writes: list[Write] = []
        self._sheet = book.options.capabilities()

    @property
    def capabilities(self) -> Capabilities:
        return self._sheet

    async def open(self) -> None:
        return None

    async def check(self) -> Sequence[Problem]:
        return ()

    async def describe(self) -> Sequence[ObjectSchema]:
        return [_schema(object, self.book) for object in self._sheet.objects]

    def feeds(self) -> Sequence[Feed]:
        return self.book.options.feeds()

    # -- reading ------------------------------------------------------------------------------------------------------

    async def pull(self, feed: str, cursor: Cursor | None) -> Page:
        await self._enter("pull", feed)
        found = next((one for one in self.feeds() if one.name == feed), None)
        if found is None:
            raise Rejected(f"there is no feed {feed}")
        page = self._changes(feed, cursor) if found.walk is Walk.CHANGES else self._scan(feed, cursor)
        await self.faults.leave("pull", feed)
        return page

    def _changes(self, object: str, cursor: Cursor | None) -> Page:
        after = int(cursor["after"]) if cursor else 0
        shown = [self.book.seen(*entry.address) for entry in self.book.all(object)]
        news = sorted((entry for entry in shown if entry and entry.version > after), key=lambda one: one.version)
        some, complete = news[: self.book.options.page], len(news) <= self.book.options.page
        upto = some[-1].version if some else after
        back = [*self._to_come(object), *(cursor or {}).get("back", [])]
        if complete:
            return self._page(some, {"after": max(min([upto - OVERLAP, *back]), 0)}, complete=True)
        return self._page(some, {"after": upto, "back": sorted(back)[:1]}, complete=False)

    def _to_come(self, object: str) -> list[int]:
        """What reads do not show yet: the next walk begins before the first of them."""
        return [entry.version - 1 for entry in self.book.all(object) if self.book.seen(*entry.address) != entry]

    def _scan(self, object: str, cursor: Cursor | None) -> Page:
        after = str(cursor["id"]) if cursor else ""
        shown = [self.book.seen(*entry.address) for entry in self.book.all(object)]
        live = sorted((one for one in shown if one and not one.gone and one.id > after), key=lambda one: one.id)
        some, complete = live[: self.book.options.page], len(live) <= self.book.options.page
        return self._page(some, None if complete else {"id": some[-1].id}, complete=complete)

    def _page(self, entries: Sequence[Entry], cursor: Cursor | None, *, complete: bool) -> Page:
        alive = [entry for entry in entries if not entry.gone]
        return Page(
            [_record(entry) for entry in alive],
            [self._gone(entry) for entry in entries if entry.gone],
            [self._roster(entry) for entry in alive if self._carries(entry)],
            (),
            cursor,
            complete,
        )

    async def fetch(self, object: str, ids: Sequence[str]) -> Sequence[Record | Gone | Roster]:
        await self._enter("fetch", object)
        carried = self.book.options.carried(object)
        seen = self._fetch_rosters(ids) if carried else [one for id in ids for one in self._fetch(object, id)]
        await self.faults.leave("fetch", object)
        return seen

    def _fetch(self, object: str, id: str) -> list[Record | Gone | Roster]:
        entry = self.book.seen(object, id)
        if entry is None:
            return [Gone(KINDS[object], object, id, 0)]
        if entry.gone:
            return [self._gone(entry)]
        return [_record(entry), self._roster(entry)] if self._carries(entry) else [_record(entry)]

    def _fetch_rosters(self, ids: Sequence[str]) -> list[Record | Gone | Roster]:
        found: list[Record | Gone | Roster] = []
        for owner, some in _by_owner(ids).items():
            shown = (self.book.seen(object, owner) for object in TYPES)
            entry = next((one for one in shown if one), None)
            if entry and not entry.gone:
                found.append(self._roster(entry))
            else:
                found += [Gone(Kind.MEMBERSHIP, "memberships", id, entry.version if entry else 0) for id in some]
        return found

    async def find(self, object: str, references: Sequence[str]) -> Sequence[Record]:
        await self._enter("find", object)
        wanted = set(references)
        alive = [entry for entry in self.book.all(object) if not entry.gone and entry.reference in wanted]
        found = [] if self.book.options.carried(object) else [_record(entry) for entry in alive]
        await self.faults.leave("find", object)
        return found

    def _gone(self, entry: Entry) -> Gone:
        into = entry.into if self.book.options.merges_told else None
        return Gone(kind_of(entry), entry.object, entry.id, entry.version, into)

    def _carries(self, entry: Entry) -> bool:
        return self.book.options.rosters and entry.object in TYPES and "memberships" in self.book.options.objects

    def _roster(self, owner: Entry) -> Roster:
        shown = [self.book.seen(*member.address) for member in self.book.all("memberships")]
        members = [one for one in shown if one and not one.gone and one.fields.get("customer") == owner.ref]
        records = tuple(_record(member, version=owner.version) for member in members)
        return Roster(owner.ref, "memberships", owner.version, records)

    # -- writing ------------------------------------------------------------------------------------------------------

    def place(self, kind: Kind, fields: Mapping[str, Value]) -> str | None:
        object = OBJECTS[kind]
        if kind is Kind.CUSTOMER:
            object = next((name for name, type in TYPES.items() if type == fields.get("type")), object)
        return object if object in self._sheet.objects else None

    def normal(self, object: str, fields: Mapping[str, Value]) -> Mapping[str, Value]:
        writable = self.book.options.writable(object)
        return self.book.options.stored(object, {name: fields[name] for name in fields if name in writable})

    async def push(self, batch: Batch) -> Sequence[Receipt | CrmError]:
        if len({change.object for change in batch.changes}) > 1 or len(batch.changes) > self.book.options.batch:
            raise Rejected("a request writes one object, and no more than its capability says")
        object = batch.changes[0].object
        self.requests.append(("push", object))
        fault = await self.faults.enter("push", object)
        answers = self._push(batch.changes, fault)
        await self.faults.leave("push", object)
        return answers

    def _push(self, changes: Sequence[Change], fault: Fault | None) -> Sequence[Receipt | CrmError]:
        if fault is Fault.THROTTLED:
            raise RetryLater("slow down", wait_seconds=5)
        if fault is Fault.LOST_BEFORE:
            raise RetryLater("no answer in time", wait_seconds=5, maybe_applied=True)
        if fault is Fault.PARTIAL:
            return self._push_partly(changes)
        answers = [self._attempt(change) for change in changes]
        if fault is Fault.LOST_AFTER:
            raise RetryLater("no answer in time", wait_seconds=5, maybe_applied=True)
        return answers

    def _push_partly(self, changes: Sequence[Change]) -> Sequence[Receipt | CrmError]:
        half = len(changes) // 2
        answers = [self._attempt(change) for change in changes[:half]]
        for place, change in enumerate(changes[half:]):
            if place % 2:
                self._attempt(change)
            answers.append(RetryLater("no answer for this one", wait_seconds=5, maybe_applied=True))
        return answers

    def _attempt(self, change: Change) -> Receipt | CrmError:
        answer = attempt(self.book, change)
        if isinstance(answer, Receipt):
            self.writes.append(Write(change.op, change.object, answer.id, frozenset(change.fields)))
        return answer

    # -- webhooks -----------------------------------------------------------------------------------------------------

    async def subscribe(self, url: str, current: Subscription | None) -> Subscription:
        return door.subscription(url)

    async def read_webhook(self, request: WebhookRequest) -> Hint:
        return door.read(request)

    async def aclose(self) -> None:
        return None

    async def _enter(self, request: str, object: str) -> None:
        self.requests.append((request, object))
        fault = await self.faults.enter(request, object)
        if fault is Fault.THROTTLED:
            raise RetryLater("slow down", wait_seconds=5)
        if fault is not None:
            raise BrokenReply("the answer is cut off")


def _record(entry: Entry, version: int | None = None) -> Record:
    return Record(
        kind_of(entry),
        entry.object,
        entry.id,
        entry.version if version is None else version,
        entry.fields,
        entry.reference,
        entry.extra,
        entry.at,
    )


def _by_owner(ids: Iterable[str]) -> dict[str, list[str]]:
    owners: dict[str, list[str]] = {}
    for id in ids:
        owners.setdefault(id.partition(":")[0], []).append(id)
    return owners


def _schema(object: str, book: Book) -> ObjectSchema:
    kind, options = KINDS[object], book.options
    fields = tuple(
        FieldSchema(name, name, spec.type.value, spec.required, name not in options.writable(object), maps_to=name)
        for name, spec in FIELDS[kind].items()
        if name in options.fields(object)
    )
    return ObjectSchema(object, object, kind, fields)
