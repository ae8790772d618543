"""/metrics: numbers for Prometheus, for this machine or for a token; the tenant's own for the latter."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kequn.clock import uuid7
from kequn.contracts.records import Kind
from kequn.store import connections, outbox, runs, tenants, workers
from kequn.store.scope import Role, Scope
from tests.api.conftest import House

pytestmark = pytest.mark.anyio
Found = dict[str, dict[str, float]]


async def filled(house: House) -> None:
    """A connection of each of two tenants; the first has had a run of 90 seconds, and a row waits."""
    plugin, clock = house.registry.crm("memory"), house.clock
    tools: dict[str, Any] = {"keyring": house.keyring, "clock": clock, "chance": house.random}
    async with house.database.writing() as session:
        other = await tenants.create(session, "other", clock=clock, chance=house.random)
        mine, theirs = Scope(house.tenant), Scope(other.id)
        shop = await connections.add(session, mine, plugin, "shop", {}, **tools)
        await connections.add(session, theirs, plugin, "till", {}, **tools)
        claim = await runs.claim(session, mine, shop.id, uuid7(clock, house.random), "w", clock.now())
        clock.move(90)
        await runs.finish(session, claim, "done", clock.now(), {"pulled": 7})
        await outbox.queue(session, mine, [(uuid7(clock, house.random), Kind.CUSTOMER, shop.id)], clock.now())


def read(text: str) -> Found:
    """By metric: the values by connection."""
    found: Found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[sample.labels.get("connection", "")] = sample.value
    return found


async def asked(house: House, **headers: str) -> tuple[int, Found]:
    async with house.browser(base="http://kequn.example.com", **headers) as browser:
        answer = await browser.get("/metrics")
    return answer.status_code, read(answer.text) if answer.status_code == 200 else {}


async def test_this_machine_sees_every_tenant(house: House) -> None:
    await filled(house)
    async with house.browser() as browser:
        found = read((await browser.get("/metrics")).text)
    assert found["kequn_connection_active"] == {"shop": 1, "till": 1}
    assert found["kequn_run_seconds"] == {"shop": 90}
    assert found["kequn_lag_seconds"] == {"shop": 90}
    assert found["kequn_run_pulled_records"] == {"shop": 7, "till": 0}
    assert found["kequn_outbox_rows"] == {"shop": 1, "till": 0}
    assert "process_resident_memory_bytes" in found


async def test_a_worker_that_was_killed_is_not_counted_for_long(house: House) -> None:
    """Though nobody is left who could bury it."""

    async def counted() -> float:
        async with house.browser() as browser:
            return read((await browser.get("/metrics")).text)["kequn_workers"][""]

    async with house.database.writing() as session:
        await workers.beat(session, "here:1", house.clock.now())
        await workers.beat(session, "there:1", house.clock.now() + timedelta(seconds=20))  # its clock is ahead
    assert await counted() == 2
    house.clock.move(61)
    assert await counted() == 1
    house.clock.move(20)
    assert await counted() == 0


async def test_this_machine_sees_how_long_answers_took(house: House) -> None:
    async with house.browser() as browser:
        await browser.get("/healthz")
        await browser.get("/nothing/of/the/kind")
        text = (await browser.get("/metrics")).text
    family = next(one for one in text_string_to_metric_families(text) if one.name == "kequn_http_seconds")
    counted = {one.labels["route"]: one.value for one in family.samples if one.name.endswith("_count")}
    assert counted == {"/healthz": 1, "none": 1}


async def test_a_token_sees_nothing_of_the_process(house: House) -> None:
    await filled(house)
    _, found = await asked(house, authorization=f"Bearer {await house.token(Role.OPERATOR)}")
    assert not [name for name in found if name.startswith(("kequn_http", "kequn_crm_seconds", "process"))]


async def test_a_token_sees_its_own_tenant(house: House) -> None:
    await filled(house)
    status, found = await asked(house, Authorization=f"Bearer {await house.token(Role.OPERATOR)}")
    assert (status, found["kequn_connection_active"]) == (200, {"shop": 1})
    assert "process_resident_memory_bytes" not in found


async def test_nobody_else_sees_anything(house: House) -> None:
    assert (await asked(house))[0] == 401
    assert (await asked(house, Authorization=f"Bearer {await house.token(Role.VIEWER)}"))[0] == 403
