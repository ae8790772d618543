"""What is told as it happens: over a WebSocket, and as a stream of events."""

from typing import Any

import orjson
import pytest

import api
from api.auth import BELIEVED_SECONDS
from kequn.clock import uuid7
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store import conflicts, connections, runs, tokens
from kequn.store.conflicts import Conflict
from kequn.store.scope import Role, Scope
from kequn.store.vault import Vault
from tests.api.conftest import Build, House
from tests.api.slowing import slow_down
from tests.api.talk import Stream, Talk, stream, talking
from tests.working import at_rest

pytestmark = pytest.mark.anyio
CHANGED = "subscription($where: CustomerWhere) { customerChanged(where: $where) { change { op } customer { name } } }"
PROGRESS = "subscription($id: ID!) { syncProgress(runId: $id) { state counts } }"


async def begin(house: House, talk: Talk) -> None:
    await talk.accepted()
    talk.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {await house.token(Role.OPERATOR)}"}})
    assert (await talk.hear())["type"] == "connection_ack"


async def listening(house: House, talk: Talk) -> None:
    """Whatever was subscribed is heard from here on: an answer that was asked for later has come."""
    for id in ("x", "y"):
        talk.subscribe("{ customers(first: 0) { totalCount } }", id)
        while (await talk.hear())["type"] != "complete":
            pass


def purchases(event: Any) -> int:
    """How many the customer of an event has."""
    return int(event["payload"]["data"]["customerChanged"]["customer"]["purchases"]["totalCount"])


async def edit(house: House, operation: str) -> Any:
    house.clock.move(1)
    answer = (await house.graphql("mutation { " + operation + " }", Role.OPERATOR)).json()
    await house.app.state.parts.bell.look()
    return answer["data"]


async def test_customers_as_they_change(house: House) -> None:
    await edit(house, 'createCustomer(input: {name: "before"}) { problems { code } }')
    async with talking(house.app) as talk:
        await begin(house, talk)
        talk.subscribe(CHANGED)
        await listening(house, talk)
        made = await edit(house, 'createCustomer(input: {name: "a"}) { customer { id } }')
        event = (await talk.hear())["payload"]["data"]["customerChanged"]
        assert event == {"change": {"op": "CREATE"}, "customer": {"name": "a"}}
        id = made["createCustomer"]["customer"]["id"]
        await edit(house, f'updateCustomer(id: "{id}", input: {{name: "b"}}) {{ problems {{ code }} }}')
        event = (await talk.hear())["payload"]["data"]["customerChanged"]
        assert event == {"change": {"op": "UPDATE"}, "customer": {"name": "b"}}
        await edit(house, f'deleteCustomer(id: "{id}") {{ problems {{ code }} }}')
        event = (await talk.hear())["payload"]["data"]["customerChanged"]
        assert event == {"change": {"op": "DELETE"}, "customer": {"name": "b"}}


async def test_only_some_customers(house: House) -> None:
    async with talking(house.app) as talk:
        await begin(house, talk)
        talk.subscribe(CHANGED, variables={"where": {"name": {"eq": "b"}}})
        await listening(house, talk)
        await edit(house, 'createCustomer(input: {name: "a"}) { problems { code } }')
        await edit(house, 'createCustomer(input: {name: "b"}) { problems { code } }')
        assert (await talk.hear())["payload"]["data"]["customerChanged"]["customer"] == {"name": "b"}
        assert talk.quiet()


DEEP = "subscription { customerChanged { customer { name purchases(first: 40) { totalCount } } } }"


async def test_every_event_pays(build: Build) -> None:
    """The subscription itself and one event are paid for; the next is more than is left."""
    house = await build(rate_rows=100)
    async with talking(house.app) as talk:
        await begin(house, talk)
        talk.subscribe(DEEP)
        await listening(house, talk)
        for name in "ab":
            await edit(house, f'createCustomer(input: {{name: "{name}"}}) {{ problems {{ code }} }}')
        assert (await talk.hear())["payload"]["data"]["customerChanged"]["customer"]["name"] == "a"
        refused = await talk.hear()
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "TOO_FAST")


async def test_what_a_filter_looks_through_pays_too(build: Build) -> None:
    """Thirty customers for whom it does not hold are paid for; thirty more are more than is left."""
    house = await build(rate_rows=50)
    many = "[" + ", ".join(f'{{name: "n{number}"}}' for number in range(30)) + "]"
    async with talking(house.app) as talk:
        await begin(house, talk)
        talk.subscribe(CHANGED, variables={"where": {"name": {"eq": "nobody"}}})
        await listening(house, talk)
        assert (await edit(house, f"createCustomers(input: {many}) {{ done }}"))["createCustomers"]["done"] == 30
        assert talk.quiet()
        assert (await edit(house, f"createCustomers(input: {many}) {{ done }}"))["createCustomers"]["done"] == 30
        refused = await talk.hear()
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "TOO_FAST")


async def test_what_a_subscription_looks_for_has_a_deadline(build: Build) -> None:
    house = await build(limit_seconds=1.5)
    async with talking(house.app) as talk:
        await begin(house, talk)
        talk.subscribe(CHANGED, variables={"where": {"name": {"eq": "a"}}})
        await listening(house, talk)
        await slow_down(house)
        await house.app.state.parts.bell.look()
        refused = await talk.hear()
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "TIMED_OUT")
        await at_rest(house.database)


async def test_each_event_has_its_own_now(house: House) -> None:
    lately = "purchases(where: {paidAt: {since: {ago: {hours: 1}}}}) { totalCount }"
    async with talking(house.app) as talk:
        await begin(house, talk)
        talk.subscribe(f"subscription {{ customerChanged {{ customer {{ {lately} }} }} }}")
        await listening(house, talk)
        made = await edit(house, 'createCustomer(input: {name: "a"}) { customer { id } }')
        counts = [purchases(await talk.hear())]
        id, paid = made["createCustomer"]["customer"]["id"], house.clock.now().isoformat()
        bought = f'createPurchase(input: {{name: "p", customerId: "{id}", paidAt: "{paid}"}}) {{ problems {{ code }} }}'
        assert await edit(house, bought) == {"createPurchase": {"problems": []}}
        for hours in (0, 2):
            house.clock.move(hours * 3600)
            await edit(house, f'updateCustomer(id: "{id}", input: {{name: "{hours}"}}) {{ problems {{ code }} }}')
            counts.append(purchases(await talk.hear()))
        assert counts == [0, 1, 0]


async def test_a_bad_filter_is_an_error(house: House) -> None:
    async with talking(house.app) as talk:
        await begin(house, talk)
        talk.subscribe(CHANGED, variables={"where": {"name": {"eq": None}}})
        message = await talk.hear()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "BAD_FILTER")


@pytest.fixture
async def scope(house: House) -> Scope:
    return Scope(house.tenant)


async def add_connection(house: House, scope: Scope) -> Any:
    async with house.database.writing() as session:
        plugin = house.registry.crm("memory")
        added = await connections.add(
            session, scope, plugin, "crm", {}, keyring=house.keyring, clock=house.clock, chance=house.random
        )
    return added.id


async def test_a_sync_from_its_beginning_to_its_end(house: House, scope: Scope) -> None:
    connection = await add_connection(house, scope)
    run, now = uuid7(house.clock, house.random), house.clock.now()
    async with house.database.writing() as session:
        await runs.enqueue(session, scope, connection, run, "person", now)
    async with talking(house.app) as talk:
        await begin(house, talk)
        talk.subscribe(PROGRESS, variables={"id": format_id("run", run)})
        assert (await talk.hear())["payload"]["data"]["syncProgress"] == {"state": "QUEUED", "counts": {}}
        async with house.database.writing() as session:
            claim = await runs.claim(session, scope, connection, run, "w", now)
            await runs.hold(session, claim, now, {"pulled": 3})
        await house.app.state.parts.bell.look()
        assert (await talk.hear())["payload"]["data"]["syncProgress"] == {"state": "RUNNING", "counts": {"pulled": 3}}
        async with house.database.writing() as session:
            await runs.finish(session, claim, "done", now, {"pulled": 4})
        await house.app.state.parts.bell.look()
        assert (await talk.hear())["payload"]["data"]["syncProgress"] == {"state": "DONE", "counts": {"pulled": 4}}
        assert await talk.hear() == {"type": "complete", "id": "1"}


async def test_a_sync_that_is_none(house: House) -> None:
    async with talking(house.app) as talk:
        await begin(house, talk)
        talk.subscribe(PROGRESS, variables={"id": "run_" + "0" * 32})
        assert (await talk.hear())["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_conflicts_as_they_come_up(house: House, scope: Scope) -> None:
    connection = await add_connection(house, scope)
    async with talking(house.app) as talk:
        await begin(house, talk)
        talk.subscribe("subscription { conflictRaised { type externalId } }")
        await listening(house, talk)
        vault = Vault(house.keyring)
        conflict = Conflict(
            uuid7(house.clock, house.random), connection, "people", "77", Kind.CUSTOMER, None, "match", "", {}, {}, {}
        )
        async with house.database.writing() as session:
            keys = await vault.keys_for_writing(session, scope, {conflict.whose or scope.tenant})
            await conflicts.put(session, scope, keys, [conflict], house.clock.now())
        await house.app.state.parts.bell.look()
        event = (await talk.hear())["payload"]["data"]["conflictRaised"]
        assert event == {"type": "MATCH", "externalId": "77"}


async def streamed(house: House, role: Role = Role.OPERATOR) -> dict[str, str]:
    return {"Authorization": f"Bearer {await house.token(role)}"}


async def test_events_of_a_stream(build: Build) -> None:
    house = await build(socket_alive_seconds=0.2)
    async with stream(house.app, {"query": CHANGED}, await streamed(house)) as reader:
        status, headers = await reader.start()
        assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert headers["cache-control"] == "no-store"
        assert await reader.next() == ":\n\n"  # by now it listens
        await edit(house, 'createCustomer(input: {name: "a"}) { problems { code } }')
        while (event := await reader.next()) == ":\n\n":
            pass
        data = {"customerChanged": {"change": {"op": "CREATE"}, "customer": {"name": "a"}}}
        assert event == f"event: next\ndata: {orjson.dumps({'data': data}).decode()}\n\n"


async def test_a_question_as_a_stream(house: House) -> None:
    async with stream(house.app, {"query": "{ __typename }"}, await streamed(house)) as reader:
        assert (await reader.start())[0] == 200
        assert (await reader.next()).replace(" : ", ":") == 'event: next\ndata: {"data":{"__typename":"Query"}}\n\n'
        assert await reader.next() == "event: complete\ndata:\n\n"


async def test_a_stream_that_nobody_may_open(house: House) -> None:
    async with stream(house.app, {"query": "{ __typename }"}, {}) as reader:
        assert (await reader.start())[0] == 401
        await reader.next()


async def test_a_stream_over_the_budget_is_not_begun(build: Build) -> None:
    house = await build(rate_rows=100)
    token = await streamed(house)
    assert (await house.graphql("{ customers(first: 100) { totalCount } }", headers=token)).status_code == 200
    async with stream(house.app, {"query": DEEP}, token) as reader:
        status, headers = await reader.start()
        assert (status, headers["retry-after"], headers["content-type"]) == (429, "24", "application/json")
        assert orjson.loads(await reader.next())["errors"][0]["extensions"]["code"] == "TOO_FAST"


async def test_a_stream_whose_budget_is_spent_says_so(build: Build) -> None:
    house = await build(rate_rows=70, socket_alive_seconds=0.05)
    async with stream(house.app, {"query": DEEP}, await streamed(house)) as reader:
        await reader.start()
        assert await reader.next() == ":\n\n"  # by now it listens
        await edit(house, 'createCustomer(input: {name: "a"}) { problems { code } }')
        assert await last_words(reader) == "TOO_FAST"


async def last_words(reader: Stream) -> str:
    """The code of the error with which a stream ends."""
    while (event := await reader.next()) == ":\n\n":
        pass
    assert await reader.next() == "event: complete\ndata:\n\n"
    [error] = orjson.loads(event.removeprefix("event: next\ndata: "))["errors"]
    return str(error["extensions"]["code"])


async def test_a_stream_of_a_revoked_token_says_so(build: Build) -> None:
    house = await build(socket_alive_seconds=0.05)
    token = await house.token(Role.VIEWER)
    async with stream(house.app, {"query": CHANGED}, {"Authorization": f"Bearer {token}"}) as reader:
        await reader.start()
        assert await reader.next() == ":\n\n"
        async with house.database.writing() as session:
            await tokens.revoke(session, Scope(house.tenant), token, house.clock)
        house.clock.move(BELIEVED_SECONDS)
        assert await last_words(reader) == "UNAUTHENTICATED"


async def test_a_silent_stream_is_kept_alive(build: Build) -> None:
    house = await build(socket_alive_seconds=0.05)
    async with stream(house.app, {"query": CHANGED}, await streamed(house)) as reader:
        await reader.start()
        assert await reader.next() == ":\n\n"


async def test_a_stream_ends_when_the_server_stops(house: House) -> None:
    async with stream(house.app, {"query": CHANGED}, await streamed(house)) as reader:
        assert (await reader.start())[0] == 200
        api.end_streams(house.app)
        assert await reader.next() == ""


async def test_by_plain_post_there_is_no_subscription(house: House) -> None:
    answer = await house.graphql("subscription { conflictRaised { id } }", Role.VIEWER)
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID"
