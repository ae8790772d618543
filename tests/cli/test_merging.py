"""A merge inside a CRM, settled from the command line: the rows become one as well, one by one or many at once. And
what was settled is told with the value that lost, and who wrote it."""

import asyncio

from sqlmodel import col, func, select

from cli.installation import opened
from kequn.store.tables import Customer
from tests.cli.shell import Command, Zoho
from tests.cli.story import contacts, disputed, run

PHONE = "+8619900001{:03}"


def merged(kequn: Command, zoho: Zoho, count: int = 1) -> None:
    """So many pairs who share a phone; in the CRM each pair is made one contact."""
    pairs = []
    for number in range(count):
        given = {"Phone": PHONE.format(number)}
        pairs.append([zoho.emulator.people.create("Contacts", {"Last_Name": name, **given}) for name in ("甲", "乙")])
    run(kequn)
    for winner, loser in pairs:
        zoho.emulator.people.merge("Contacts", winner, loser)
    run(kequn, "--full")


def customers_of(phone: str) -> int:
    async def work() -> int:
        async with opened() as here, here.database.reading() as session:
            live = (col(Customer.deleted_at).is_(None), col(Customer.merged_into).is_(None))
            query = select(func.count()).select_from(Customer).where(*live, col(Customer.phone) == phone)
            return (await session.execute(query)).scalar_one()

    return asyncio.run(work())


def test_a_merge_in_the_crm_is_settled_as_a_merge(kequn: Command, synced: Zoho) -> None:
    merged(kequn, synced)
    (one,) = kequn.well("sync", "conflicts", "--json").json["conflicts"]
    assert (one["type"], one["choices"]) == ("merge", ["merge", "keep", "delete"])
    assert "--choose merge|keep|delete" in kequn.well("sync", "conflicts").out
    kequn.well("sync", "resolve", one["id"], "--choose", "merge")
    assert kequn.well("sync", "conflicts").out == "nothing to decide\n"
    writes = synced.writes
    run(kequn)
    run(kequn)
    assert customers_of(PHONE.format(0)) == 1
    assert synced.writes - writes <= 1


def test_merges_are_settled_many_at_once(kequn: Command, synced: Zoho) -> None:
    merged(kequn, synced, 3)
    said = kequn.well("sync", "resolve", "--all", "--kind", "customer", "--choose", "merge", "--yes")
    assert said.out == "3 of 3 conflicts are settled: merge\n"
    settled = kequn.well("sync", "conflicts", "--settled", "--json").json["conflicts"]
    assert [(one["choice"], one["settled_by"]) for one in settled] == [("merge", "command line")] * 3


def test_to_merge_into_nobody_is_refused_and_says_what_is_wanted(kequn: Command, synced: Zoho) -> None:
    merged(kequn, synced)
    (one,) = kequn.well("sync", "conflicts", "--json").json["conflicts"]
    assert (
        "--value says which row stays"
        in kequn("sync", "resolve", one["id"], "--choose", "merge", "--value", f"cus_{0:032x}").error
    )
    assert "takes merge, keep, delete, not ours" in kequn("sync", "resolve", one["id"], "--choose", "ours").error


def test_who_wrote_each_side_is_told_and_what_lost_stays(kequn: Command, synced: Zoho) -> None:
    id = disputed(kequn, synced)
    (one,) = kequn.well("sync", "conflicts", "zoho", "--field", "city", "--kind", "customer", "--json").json[
        "conflicts"
    ]
    assert (one["ours_by"]["who"], one["ours_by"]["source"], one["theirs_by"]["who"]) == ("ops", "person", "zoho")
    assert one["ours_by"]["at"]
    assert one["theirs_by"]["at"]
    told = kequn.well("sync", "conflicts").out
    assert "  (ops, 2" in told
    assert "  (zoho, 2" in told
    assert kequn.well("sync", "conflicts", "--field", "phone").out == "nothing to decide\n"
    kequn.well("sync", "resolve", one["id"], "--choose", "theirs")
    (done,) = kequn.well("sync", "conflicts", "--settled", "--json").json["conflicts"]
    assert done["lost"] == [{"side": "ours", "field": "city", "value": "杭州"}]
    assert "  settled: theirs  (command line, 2" in kequn.well("sync", "conflicts", "--settled").out
    assert contacts(synced)[id]["Mailing_City"] == "成都"


def test_a_long_list_says_that_there_is_more(kequn: Command, synced: Zoho) -> None:
    for name in ("甲", "乙"):
        disputed(kequn, synced, name)
    said = kequn.well("sync", "conflicts", "--first", "1")
    assert said.out.count("kequn sync resolve") == 1
    assert "--first 10" in said.err
    told = kequn.well("sync", "conflicts", "--first", "1", "--json").json
    assert (len(told["conflicts"]), told["more"]) == (1, True)
    assert kequn.well("sync", "conflicts", "--json").json["more"] is False
