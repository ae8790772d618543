"""The scenarios of the kill matrix: what has happened before, and what kequn does when it is cut off. Whoever repeats
`work` after a crash does what is left of it. People's acts are drawn by the seed, and written into the history."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from kequn.contracts.records import Type
from kequn.domain import runs, undo
from kequn.domain.editing import Desk
from kequn.store import conflicts
from kequn.store.tables import Run
from kequn.sync import conflicts as settling
from kequn.testing.simulation.history import HUB, Delete, Write
from kequn.testing.simulation.hub import key_of
from kequn.testing.simulation.office import Office
from kequn.testing.simulation.people import People
from kequn.testing.simulation.script import Script
from kequn.testing.simulation.sites import Site
from kequn.testing.simulation.things import PERSON, thing_of, type_of
from tests.flows.scene import Scene, Work

Act = Callable[[People, Site], Awaitable[None]]
CROWD = 4
CHOICES = {"field": "ours", "delete": "keep", "merge": "keep", "match": "new", "double": "keep"}
FXIAOKE, JIANDAOYUN, ZOHO = 0, 1, 2  # seeds: the CRMs take turns in this order
HERE = -1


async def nothing(scene: Scene) -> None:
    pass


async def everyone(scene: Scene) -> None:
    """Every connection is synced, as by a worker."""
    for name in scene.awake:
        remote = await scene.remote(name)
        await scene.listen(remote)
        await scene.engine.sync(remote)


def calm(**given: Any) -> Script:
    """Nothing is left to chance but what people write."""
    still = {"systems": 1, "faults": 0.0, "crash": 0.0, "busy": 0.0, "crowd": CROWD}
    never = dict.fromkeys(("twins", "groups", "voices", "hears", "late", "asks", "changes"), 0.0)
    return Script(**{**still, **never, **given})


def acts(act: Act, times: int, at: int = HERE) -> Work:
    """People do this some times, in kequn or in a CRM."""

    async def work(scene: Scene) -> None:
        for _ in range(times):
            await act(scene.people, scene.here if at == HERE else scene.crm(at))
        scene.clock.move(5)

    return work


# -- what people do that no chance draws -------------------------------------------------------------------------------


async def write(scene: Scene, site: Site, key: str, name: str) -> None:
    """One field of one record is filled in anew."""
    saw, value = dict(await site.read())[key].get(name), f"w{len(scene.history.writes)}"
    await site.edit(key, {name: value})
    scene.history.writes.append(Write(site.name, key, name, value, saw))


async def persons(site: Site) -> list[str]:
    return sorted(key for key, _ in await site.read() if thing_of(key) is PERSON)


def text(scene: Scene) -> str:
    return next(name for name in scene.here.fields[PERSON] if type_of(PERSON, name) is Type.TEXT)


async def argue(scene: Scene) -> None:
    """The same field of the same people, on both sides at once."""
    for key in (await persons(scene.here))[:2]:
        for site in (scene.here, scene.crm()):
            await write(scene, site, key, text(scene))
    scene.clock.move(5)


async def reword(scene: Scene) -> None:
    """What stands in a CRM, and is known here, is written anew there."""
    for key, saw in await scene.crm().read():
        if saw.get(text(scene)):
            await write(scene, scene.crm(), key, text(scene))
    scene.clock.move(5)


async def delete_what_others_edit(scene: Scene) -> None:
    key = (await persons(scene.here))[0]
    saw = dict(dict(await scene.here.read())[key])
    await write(scene, scene.crm(), key, text(scene))
    await scene.here.delete(key)
    scene.history.deletes.append(Delete(HUB, key, saw))


async def ring(scene: Scene) -> None:
    """The webhooks of everything that happened arrive, some of them twice."""
    for name in scene.plugins:
        scene.emulators[name].faults.script("webhook_duplicate")
        await scene.ring(name)
    for _ in range(5):
        await scene.bells.again()


# -- what staff do -----------------------------------------------------------------------------------------------------


def staff(act: Callable[[Office], Awaitable[None]]) -> Work:
    async def work(scene: Scene) -> None:
        await act(Office(scene))

    return work


async def old_backup(scene: Scene) -> None:
    """What people did in kequn since is lost, as far as no CRM holds it."""
    await scene.keep_a_backup()
    known = len(scene.history.writes)
    await acts(People.edit, 3)(scene)
    await acts(People.create, 2, 0)(scene)
    await everyone(scene)
    await scene.put_the_backup_in_place()
    scene.history.writes[known:] = [
        Write(one.sys, one.key, one.field, one.value, one.prev, lost=one.sys == HUB)
        for one in scene.history.writes[known:]
    ]


async def choose(scene: Scene) -> None:
    """Whatever is asked is answered."""
    async with scene.database.reading() as session:
        found = await conflicts.load(session, scene.scope, scene.ledger.vault)
    for one in found:
        if one.state == "open":
            async with scene.database.writing() as session:
                await settling.settle(session, scene.ledger, scene.hub.actor, one.id, CHOICES[one.type])


async def remember_the_run(scene: Scene) -> None:
    async with scene.database.reading() as session:
        scene.last_run = (await session.execute(select(Run.id).order_by(col(Run.id).desc()).limit(1))).scalar_one()


async def take_back(scene: Scene) -> None:
    """The last run is undone."""
    assert scene.last_run
    known = await scene.hub.rows()
    async with scene.database.writing() as session:
        desk = Desk(session, scene.hub.actor, scene.ledger)
        back = await undo.compensate(desk, scene.last_run, "taken back")
        await undo.carry_out(desk, back)
    scene.history.writes += [
        Write(HUB, key_of(edit.after, known), name, str(then), str(now))
        for edit in back.edits
        for name, (now, then) in edit.moved.items()
        if name in scene.history.fields
    ]


async def review(scene: Scene) -> None:
    """A plan is made, and applied as it stands."""
    for name in scene.awake:
        remote = await scene.remote(name)
        await scene.engine.apply(remote, await scene.engine.propose(remote))


async def ask_for_a_run(scene: Scene) -> None:
    [connection] = scene.connections.values()
    async with scene.database.writing() as session:
        scene.last_run = await runs.start(Desk(session, scene.hub.actor, scene.ledger), connection)


async def take_it_up(scene: Scene) -> None:
    """As a worker does, who goes on with it where another one was lost."""
    assert scene.last_run
    job = await scene.engine.begin(await scene.remote(*scene.connections), scene.last_run)
    async with aclosing(scene.engine.steps(job)) as steps:
        async for _ in steps:
            pass


# -- the table ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scenario:
    """`first`: which CRM comes first. `before` happens in peace; what people have `asked` for, and `work`, under the
    knife."""

    name: str
    first: int
    script: Script
    before: tuple[Work, ...]
    asked: Work = nothing
    work: Work = everyone

    async def whole(self, scene: Scene) -> None:
        await self.asked(scene)
        await self.work(scene)


def full(**given: Any) -> Script:
    """Every kind travels."""
    return calm(groups=1.0, voices=1.0, **given)


SCENARIOS = (
    Scenario("first sync of Fxiaoke", FXIAOKE, full(), (acts(People.create, 8, 0),)),
    Scenario("first sync of Jiandaoyun", JIANDAOYUN, full(), (acts(People.create, 8, 0),)),
    Scenario("first sync of Zoho", ZOHO, full(), (acts(People.create, 8, 0),)),
    Scenario("changed there", JIANDAOYUN, calm(systems=2), (everyone, acts(People.edit, 5, 0))),
    Scenario("made here", ZOHO, full(), (everyone, acts(People.create, 5))),
    Scenario("edited here", FXIAOKE, calm(systems=2), (everyone, acts(People.edit, 5))),
    Scenario("deleted here", ZOHO, calm(systems=2), (everyone, acts(People.delete, 2))),
    Scenario("deleted there, people are asked", JIANDAOYUN, calm(asks=1.0), (everyone, acts(People.delete, 2, 0))),
    Scenario("edited on both sides", ZOHO, calm(), (everyone, argue, acts(People.edit, 3), acts(People.edit, 3, 0))),
    Scenario("deleted against edited", JIANDAOYUN, calm(), (everyone, delete_what_others_edit)),
    Scenario("merged there", FXIAOKE, calm(), (everyone, acts(People.merge, 1, 0))),
    Scenario("webhook burst", FXIAOKE, calm(hears=1.0), (everyone, acts(People.edit, 6, 0), ring)),
    Scenario(
        "connected late, others known",
        JIANDAOYUN,
        calm(systems=2, late=1.0, known=0.8),
        (everyone, acts(People.create, 5, 1), staff(Office.connect)),
    ),
    Scenario(
        "scope narrowed",
        ZOHO,
        calm(),
        (everyone, staff(Office.narrow), acts(People.edit, 4), acts(People.edit, 4, 0)),
    ),
    Scenario("a run taken back", FXIAOKE, calm(), (everyone, reword, everyone, remember_the_run), take_back),
    Scenario("conflicts settled", JIANDAOYUN, calm(), (everyone, argue, everyone), choose),
    Scenario(
        "members come and go",
        JIANDAOYUN,
        calm(groups=1.0),
        (acts(People.create, 8), everyone, acts(People.create, 6), acts(People.delete, 2), acts(People.create, 3, 0)),
    ),
    Scenario(
        "feedback on both sides",
        FXIAOKE,
        calm(voices=1.0),
        (acts(People.create, 5), everyone, acts(People.create, 4), acts(People.edit, 4), acts(People.create, 3, 0)),
    ),
    Scenario("an old backup put in place", ZOHO, calm(), (everyone, old_backup)),
    Scenario(
        "a plan applied", JIANDAOYUN, calm(), (everyone, acts(People.edit, 3), acts(People.edit, 3, 0)), work=review
    ),
    Scenario(
        "a run that was asked for",
        ZOHO,
        calm(),
        (everyone, acts(People.edit, 3), acts(People.edit, 3, 0), ask_for_a_run),
        work=take_it_up,
    ),
    Scenario(
        "two accounts of one CRM", ZOHO, calm(systems=2, twins=1.0), (acts(People.create, 2), acts(People.create, 2, 1))
    ),
    Scenario(
        "a plugin upgraded",
        FXIAOKE,
        calm(),
        (everyone, staff(Office.upgrade), acts(People.edit, 3), acts(People.edit, 3, 0)),
    ),
)
