"""What the demo tells a newcomer: where everything is, and one customer to edit on both sides, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Table, select

from cli import disputes
from cli.disputes import Dispute
from cli.installation import Installation
from cli.people import ROOT, editable, pages, with_entries
from cli.stage import DATABASE, KEY, Crm
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store import tables

_links: Table = tables.Link.__table__  # type: ignore[attr-defined]
FIELD, HERE, THERE = "occupation", "设计师", "教师"


@dataclass(frozen=True)
class Example:
    """A customer that both sides know. `field`: the CRM's name of the one to be edited."""

    crm: Crm
    title: str
    row: str
    page: str
    field: str


async def open_pages(here: Installation, crm: Crm) -> Example | None:
    """Open the pages of the CRM's people, and choose a customer there."""
    async with here.switchboard.connect(here.scope, crm.name) as remote:
        await remote.crm.open()
        objects = with_entries(crm.emulator, await remote.crm.describe())
        connection = remote.id
    title = here.registry.crm(crm.name).manifest.title
    crm.door.pages = pages(title, crm.emulator, objects)
    object = next((one for one in objects.values() if one.kind is Kind.CUSTOMER), None)
    if object is None:
        return None
    fields = editable(object, crm.emulator.people.read(object.name))
    field = next((one.name for one in fields if one.maps_to == FIELD), fields[0].name)
    query = select(_links.c.row_id, _links.c.external_id).where(
        _links.c.tenant_id == here.scope.tenant, _links.c.connection_id == connection, _links.c.object == object.name
    )
    async with here.database.reading() as session:
        found = (await session.execute(query.order_by(_links.c.external_id).limit(1))).one_or_none()
    if found is None:
        return None
    page = f"{crm.url}{ROOT}/{object.name}/{found.external_id}"
    return Example(crm, title, format_id(Kind.CUSTOMER.value, found.row_id), page, field)


def guide(api: str, examples: Sequence[Example], dispute: Dispute | None = None) -> Iterator[str]:
    yield ""
    yield f"GraphiQL      {api}/graphql   (no token is needed on this machine)"
    for one in examples:
        yield f"{one.title:<12}  {one.crm.url}{ROOT}   (emulated; edit there as its users do)"
    for one in examples[:1]:
        yield from _walk(one)
    if dispute:
        yield from disputes.walk(dispute)
    yield ""
    yield "Other commands work on the demo's database, too, in a second terminal:"
    yield f"  export KEQUN_DATABASE_URL=sqlite+aiosqlite:///.kequn/demo/{DATABASE}"
    yield f"  export KEQUN_SECRET_KEY=$(cat .kequn/demo/{KEY})"
    yield "  kequn sync status"
    yield ""
    yield "Ctrl-C stops everything."


def _walk(one: Example) -> Iterator[str]:
    yield ""
    yield "1. Read a customer, in GraphiQL:"
    yield f'     {{ customer(id: "{one.row}") {{ name {FIELD} tier {{ name }} }} }}'
    yield f"2. Edit it there; within seconds {one.title} has it ({one.page}):"
    yield (
        f'     mutation {{ updateCustomer(id: "{one.row}", input: {{ {FIELD}: "{HERE}" }}) '
        f"{{ customer {{ {FIELD} version }} problems {{ code message }} }} }}"
    )
    yield f"3. Edit it in {one.title}, on that page or so; within seconds the query of 1 shows it:"
    yield f"     curl --data-urlencode {one.field}={THERE} {one.page}"
