"""T56 to T59: webhooks - genuine ones, forged ones, old ones, strange ones. They say where to look and nothing more."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from kequn.contracts.crm import Hint, Subscription, WebhookRequest
from kequn.contracts.emulator import Pushing
from kequn.contracts.errors import CrmError, Rejected
from kequn.contracts.records import Gone
from kequn.testing.conformance.case import Failed, Group, Level, Skipped, expect, refused
from kequn.testing.conformance.stage import Stage
from kequn.testing.conformance.subject import Subject
from kequn.testing.conformance.wire import read_object

group = Group(Level.REALTIME)

URL = "https://kequn.test/webhooks/connection/door"
FORGED = "forged 伪造"
STRANGE: tuple[Any, ...] = ("unheard-of", 17, None, [], {}, [{}], [None])


async def _subscribed(stage: Stage) -> Subscription | None:
    """None: webhooks come without a subscription, for a person has entered the address."""
    if not stage.line.crm.capabilities.webhooks:
        await refused(stage.line.crm.subscribe(URL, None), "subscribing where the sheet denies webhooks", Rejected)
        if not isinstance(stage.crowd.people, Pushing):
            raise Skipped("webhooks")
        stage.crowd.people.push_to(URL)
        return None
    subscription = await stage.line.crm.subscribe(URL, None)
    expect(_stored(subscription) == subscription, "the state of a subscription does not come back from JSON as it was")
    return subscription


def _stored(subscription: Subscription) -> Subscription:
    """As kequn keeps it."""
    return Subscription(subscription.expires_at, orjson.loads(orjson.dumps(dict(subscription.state))))


async def _rung(
    stage: Stage, subscription: Subscription | None, *, fault: str | None = None
) -> tuple[str, WebhookRequest]:
    """Somebody makes a record; the id, and the webhook that tells of it."""
    stage.door.take(None)
    if fault:
        stage.strike(fault)
    (id,) = stage.crowd.add()
    await stage.emulator.settle()
    arrived = stage.door.take(subscription)
    expect(arrived, "no webhook arrives after a change")
    return id, arrived[0]


async def _hint(stage: Stage, request: WebhookRequest) -> Hint:
    """What the plugin reads from it. It asks the CRM nothing for that."""
    sent, began = len(stage.line.wire.sent), stage.clock.monotonic()
    hint = await stage.line.crm.read_webhook(request)
    expect(len(stage.line.wire.sent) == sent, "reading a webhook asks the CRM: the answer must not wait for that")
    expect(stage.clock.monotonic() - began <= 1, "reading a webhook takes more than a second")
    return hint


@group.case(
    "T56", "good signature; wrong, missing or old is refused; replayed has no second effect", skips=["webhooks"]
)
async def signatures(subject: Subject) -> None:
    async with subject.stage() as stage:
        subscription = await _subscribed(stage)
        id, request = await _rung(stage, subscription)
        hint = await _hint(stage, request)
        expect((stage.crowd.main, id) in hint.refs, "a genuine webhook does not say where to look")
        writes = stage.writes()
        try:
            again = (await _hint(stage, request)).refs
        except Rejected:
            again = hint.refs
        expect(list(again) == list(hint.refs) and stage.writes() == writes, "a webhook that is replayed does more")
        _, other = await _rung(stage, subscription)
        expect(not hint.once or (await _hint(stage, other)).once != hint.once, "another webhook counts as a repeat")
        _, unsigned = await _rung(stage, subscription, fault="webhook_unsigned")
        await refused(stage.line.crm.read_webhook(unsigned), "a webhook without proof of origin", Rejected)
        for forged in _with_wrong_proof(request, unsigned):
            await refused(stage.line.crm.read_webhook(forged), "a webhook with a wrong proof of origin", Rejected)
        await _only_rejected(stage, replace(request, subscription=None), "a webhook that nobody asked for")
        window = stage.line.crm.capabilities.webhook_window_seconds
        if window != float("inf"):
            stage.later(window + 60)
            await refused(stage.line.crm.read_webhook(request), "a webhook older than the window", Rejected)


def _with_wrong_proof(genuine: WebhookRequest, unsigned: WebhookRequest) -> Iterator[WebhookRequest]:
    """The genuine webhook with another value wherever the unsigned one has none."""
    count = 0
    for name, value in genuine.headers.items():
        if name not in unsigned.headers and name != "content-length":
            count += 1
            yield replace(genuine, headers={**genuine.headers, name: _other(value)})
    for name, value in genuine.query.items():
        if name not in unsigned.query:
            count += 1
            yield replace(genuine, query={**genuine.query, name: _other(value)})
    body, bare = read_object(genuine.body), read_object(unsigned.body)
    for name, value in body.items():
        if value is not None and bare.get(name) is None:
            count += 1
            yield replace(genuine, body=orjson.dumps({**body, name: _other(str(value))}))
    expect(count, "the emulator's unsigned webhooks do not differ from signed ones")


def _other(value: str) -> str:
    """As long, and wrong."""
    return "".join("1" if sign != "1" else "2" for sign in value) or "1"


async def _only_rejected(stage: Stage, request: WebhookRequest, what: str) -> Hint | None:
    """A hint or a refusal; anything else is a crash."""
    try:
        return await stage.line.crm.read_webhook(request)
    except Rejected:
        return None
    except CrmError as error:
        raise Failed(f"{what}: {type(error).__name__} in place of Rejected") from error
    except Exception as error:
        raise Failed(f"{what}: the plugin breaks with {type(error).__name__}") from error


@group.case("T57", "the body is only a hint: a forged one changes nothing but a fetch", skips=["webhooks"])
async def only_a_hint(subject: Subject) -> None:
    async with subject.stage() as stage:
        subscription = await _subscribed(stage)
        object = stage.crowd.main
        (id,) = stage.crowd.add()
        stage.settle()
        before = await stage.line.record(object, id)
        _, request = await _rung(stage, subscription)
        writes, reading = stage.writes(), stage.line.reading()
        await reading.round()
        forged = replace(request, body=orjson.dumps(_forged(stage, request, id)))
        hint = await _only_rejected(stage, forged, "a forged body")
        if hint is not None:
            expect(all(len(ref) == 2 for ref in hint.refs), "a hint holds more than objects and ids")
        expect(stage.writes() == writes, "a webhook makes a write")
        after = await stage.line.record(object, id)
        expect(after.fields == before.fields and after.extra == before.extra, "a forged body is believed")
        told = (await reading.round()).last(object, id)
        expect(told is None or told.fields == before.fields, "a forged body is believed")


def _forged(stage: Stage, request: WebhookRequest, id: str) -> dict[str, Any]:
    """The genuine body, with values of a record beside it in every form that one could take them from."""
    form = stage.crowd.forms[stage.crowd.main]
    values = {**dict.fromkeys(form.fields.values(), FORGED), **dict.fromkeys(form.fields, FORGED), "id": id}
    body = _with_values(read_object(request.body), values)
    return {
        **body,
        "data": values,
        "record": values,
        "fields": values,
        "affected_values": [{"record_id": id, "values": values}],
    }


def _with_values(body: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Objects inside lists get the values too."""
    changed: dict[str, Any] = {}
    for name, value in body.items():
        if isinstance(value, list):
            changed[name] = [
                {**one, "data": values, "fields": values} if isinstance(one, dict) else one for one in value
            ]
        else:
            changed[name] = value
    return changed


@group.case("T58", "answers in a second, durable before the answer", skips=["webhooks"])
async def durable(subject: Subject) -> None:
    async with subject.stage() as stage:
        subscription = await _subscribed(stage)
        id, request = await _rung(stage, subscription)
        kept = _stored(subscription) if subscription else None
        other = stage.connect(tokens=stage.line.tokens)
        hint = await other.crm.read_webhook(replace(request, subscription=kept))
        fresh = (stage.crowd.main, id) in hint.refs
        expect(fresh, "a new connection cannot read a webhook: the subscription's state does not hold what it needs")
        expect(not other.wire.sent, "reading a webhook asks the CRM: the answer must not wait for that")
        if kept is not None:
            renewed = await stage.line.crm.subscribe(URL, kept)
            _, next_one = await _rung(stage, renewed)
            expect((await _hint(stage, next_one)).refs, "after a renewal no webhook can be read")


@group.case("T59", "an unknown event and an unknown id are answered, and logged", skips=["webhooks"])
async def strange_ones(subject: Subject) -> None:
    async with subject.stage() as stage:
        subscription = await _subscribed(stage)
        object = stage.crowd.main
        id, request = await _rung(stage, subscription)
        stage.crowd.people.delete(object, id)
        stage.settle()
        hint = await _hint(stage, request)
        for name, one in hint.refs:
            found = await stage.line.fetch(name, one)
            expect(isinstance(found, Gone), "a webhook about a record that is gone does not lead to Gone")
        body = read_object(request.body)
        for name, value in body.items():
            for strange in STRANGE:
                if value != strange:
                    twisted = replace(request, body=orjson.dumps({**body, name: strange}))
                    await _only_rejected(stage, twisted, f"a webhook with a strange {name}")
        for raw in (b"", b"[]", b"not json", b"\xff\xfe", b"null"):
            await _only_rejected(stage, replace(request, body=raw), "a webhook that is no JSON object")
