"""Tiers, tags, tags on contacts, campaigns and users: read and written against the emulator."""

from collections.abc import Callable
from typing import Any

import pytest

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.errors import ChangedMeanwhile, MissingReference, Rejected
from kequn.contracts.records import Gone, Kind, Record, Ref, Roster, Value
from tests.plugins.zoho.rig import Rig, opened

pytestmark = pytest.mark.anyio

PERSON, GROUP, MEMBER = Kind.CUSTOMER, Kind.GROUP, Kind.MEMBERSHIP


def person(rig: Rig) -> str:
    return str(rig.people.create("Contacts", {"Last_Name": "Bado"}))


def joining(contact: str, group: str, object: str = "Taggings", to: str = "Tags") -> Change:
    fields: dict[str, Value] = {"customer": Ref(PERSON, "Contacts", contact), "group": Ref(GROUP, to, group)}
    return Change(Op.CREATE, MEMBER, object, f"mem_{contact}", fields=fields)


def leaving(contact: str, group: str, object: str = "Taggings") -> Change:
    return Change(Op.DELETE, MEMBER, object, "mem_1", f"{contact}|{group}")


async def members(rig: Rig, contact: str, object: str = "Taggings") -> set[str]:
    found = await rig.crm.fetch(object, [f"{contact}|x"])
    return {member.id for roster in found if isinstance(roster, Roster) for member in roster.members}


async def test_a_tier_is_added_to_the_options() -> None:
    rig = await opened(records=3)
    before = (await rig.walk("tiers")).ids
    receipt = await rig.create(Kind.TIER, "Tiers", "tir_1", name="Platinum")
    walked = await rig.walk("tiers")
    assert receipt.id == "Platinum"
    assert walked.ids == [*before, "Platinum"]
    assert [record.fields["rank"] for record in walked.records] == [1, 2, 3, 4]


async def test_a_tier_field_is_made_where_there_is_none() -> None:
    rig = await opened()
    assert (await rig.walk("tiers")).records == []
    await rig.create(Kind.TIER, "Tiers", "tir_1", name="Gold")
    receipt = await rig.create(PERSON, "Contacts", "cus_1", name="Bado", tier=Ref(Kind.TIER, "Tiers", "Gold"))
    assert rig.people.read("Contacts")[receipt.id]["Customer_Tier"] == "Gold"


async def test_a_tier_that_is_there_is_refused_with_its_id() -> None:
    rig = await opened(records=3)
    name = (await rig.walk("tiers")).ids[0]
    (answer,) = await rig.push(Change(Op.CREATE, Kind.TIER, "Tiers", "tir_1", fields={"name": name}))
    assert isinstance(answer, Rejected)
    assert answer.other_id == name


@pytest.mark.parametrize("op", [Op.UPDATE, Op.DELETE])
async def test_an_option_is_neither_renamed_nor_deleted(op: Op) -> None:
    rig = await opened(records=3)
    (answer,) = await rig.push(Change(op, Kind.TIER, "Tiers", "tir_1", "VIP", fields={"name": "Gold"}))
    assert isinstance(answer, Rejected)
    assert not rig.crm.capabilities.objects["Tiers"].update
    assert "VIP" in (await rig.walk("tiers")).ids


async def test_an_option_added_by_somebody_may_be_used_at_once() -> None:
    rig = await opened(records=1)
    rig.people.add_option("Contacts", "Customer_Tier", "Platinum")
    tier = Ref(Kind.TIER, "Tiers", "Platinum")
    receipt = await rig.create(PERSON, "Contacts", "cus_1", name="Bado", tier=tier)
    assert (await rig.record("Contacts", receipt.id)).fields["tier"] == tier


async def test_tiers_that_nobody_has_are_gone() -> None:
    rig = await opened(records=1)
    found = await rig.crm.fetch("Tiers", ["VIP", "Nobody's", "Nobody"])
    assert [type(one) for one in found] == [Record, Record, Gone]  # a quote cannot be asked for: it is kept


async def test_a_tag_lives() -> None:
    rig = await opened()
    receipt = await rig.create(GROUP, "Tags", "grp_1", name="vip", colour="#57b1fd")
    (tag,) = await rig.crm.fetch("Tags", [receipt.id])
    assert isinstance(tag, Record)
    assert tag.fields == {"name": "vip", "colour": "#57B1FD"}
    (renamed,) = await rig.push(Change(Op.UPDATE, GROUP, "Tags", "grp_1", receipt.id, fields={"name": "VIP"}))
    assert isinstance(renamed, Receipt)
    assert [record.fields["name"] for record in (await rig.walk("tags")).records] == ["VIP"]
    gone = await rig.push(*[Change(Op.DELETE, GROUP, "Tags", "grp_1", receipt.id)])
    again = await rig.push(*[Change(Op.DELETE, GROUP, "Tags", "grp_1", receipt.id)])
    assert [*gone, *again] == [Receipt(receipt.id), Receipt(receipt.id)]
    assert [type(one) for one in await rig.crm.fetch("Tags", [receipt.id])] == [Gone]


async def test_a_tag_of_the_same_name_is_refused_with_its_id() -> None:
    rig = await opened()
    receipt = await rig.create(GROUP, "Tags", "grp_1", name="vip")
    (answer,) = await rig.push(Change(Op.CREATE, GROUP, "Tags", "grp_2", fields={"name": "vip"}))
    assert isinstance(answer, Rejected)
    assert answer.other_id == receipt.id


@pytest.mark.parametrize("name", ["x" * 26, "a,b", "a<b", "vip 🐼", "☎", None])
async def test_what_no_tag_can_be_called(name: str | None) -> None:
    rig = await opened()
    writes = rig.writes()
    (answer,) = await rig.push(Change(Op.CREATE, GROUP, "Tags", "grp_1", fields={"name": name}))
    assert isinstance(answer, Rejected)
    assert answer.field == "name"
    assert rig.writes() == writes
    if name is not None:
        with pytest.raises(Rejected, match="name"):
            rig.crm.normal("Tags", {"name": name})


@pytest.mark.parametrize("name", ["重点客户", "a-b_c d", "é ü", "№ 1 – α"])
async def test_what_a_tag_can_be_called(name: str) -> None:
    rig = await opened()
    await rig.create(GROUP, "Tags", "grp_1", name=name)
    assert rig.crm.normal("Tags", {"name": name}) == {"name": name}


async def test_another_colour_is_refused() -> None:
    rig = await opened()
    with pytest.raises(Rejected, match="13 colours"):
        rig.crm.normal("Tags", {"colour": "#000000"})


async def test_no_more_tags_than_zoho_takes() -> None:
    rig = await opened(knobs={"tag_limit": 1})
    await rig.create(GROUP, "Tags", "grp_1", name="one")
    (answer,) = await rig.push(Change(Op.CREATE, GROUP, "Tags", "grp_2", fields={"name": "two"}))
    assert isinstance(answer, Rejected)
    assert answer.field == "name"


async def test_joining_and_leaving() -> None:
    rig = await opened()
    one, two = person(rig), person(rig)
    vip = (await rig.create(GROUP, "Tags", "grp_1", name="vip")).id
    beta = (await rig.create(GROUP, "Tags", "grp_2", name="beta")).id
    before = rig.writes()
    answers = await rig.push(joining(one, vip), joining(two, vip), joining(one, beta))
    assert answers == [Receipt(f"{one}|{vip}"), Receipt(f"{two}|{vip}"), Receipt(f"{one}|{beta}")]
    assert rig.writes() == before + 2
    assert await members(rig, one) == {f"{one}|{vip}", f"{one}|{beta}"}
    assert await rig.push(leaving(one, vip), leaving(one, vip)) == [Receipt(f"{one}|{vip}")] * 2
    assert await members(rig, one) == {f"{one}|{beta}"}
    assert await members(rig, two) == {f"{two}|{vip}"}


async def test_joining_twice_is_one_membership() -> None:
    rig = await opened()
    one = person(rig)
    vip = (await rig.create(GROUP, "Tags", "grp_1", name="vip")).id
    assert await rig.push(joining(one, vip), joining(one, vip)) == [Receipt(f"{one}|{vip}")] * 2
    assert await members(rig, one) == {f"{one}|{vip}"}


async def test_a_tag_renamed_by_somebody_is_put_on_by_its_new_name() -> None:
    rig = await opened()
    one = person(rig)
    vip = (await rig.create(GROUP, "Tags", "grp_1", name="vip")).id
    await rig.push(joining(one, vip))
    rig.people.rename_tag("Contacts", "vip", "very")
    two = person(rig)
    await rig.push(joining(two, vip))
    assert await members(rig, two) == {f"{two}|{vip}"}
    assert [record.id for record in (await rig.walk("tags")).records] == [vip]


async def test_a_tag_renamed_by_somebody_is_taken_off_by_its_new_name() -> None:
    rig = await opened()
    one = person(rig)
    vip = (await rig.create(GROUP, "Tags", "grp_1", name="vip")).id
    await rig.push(joining(one, vip))
    rig.people.rename_tag("Contacts", "vip", "very")
    assert await rig.push(leaving(one, vip)) == [Receipt(f"{one}|{vip}")]
    assert await members(rig, one) == set()


@pytest.mark.parametrize("change", [joining, leaving])
async def test_a_tag_renamed_in_the_last_moment_is_told(change: Callable[[str, str], Change]) -> None:
    """Zoho knows tags by their names alone."""
    rig = await opened()
    one = person(rig)
    vip = (await rig.create(GROUP, "Tags", "grp_1", name="vip")).id
    await rig.push(joining(one, vip))

    async def rename(method: str, path: str) -> None:
        if path.endswith("_tags"):
            rig.emulator.faults.before(None)
            rig.people.rename_tag("Contacts", "vip", "very")

    two = one if change is leaving else person(rig)
    rig.emulator.faults.before(rename)
    (answer,) = await rig.push(change(two, vip))
    assert isinstance(answer, ChangedMeanwhile)


async def test_a_tag_that_somebody_has_deleted_is_not_made_anew() -> None:
    """Zoho makes a tag of each name that it does not know."""
    rig = await opened()
    one = person(rig)
    vip = (await rig.create(GROUP, "Tags", "grp_1", name="vip")).id
    await rig.push(joining(one, vip))
    rig.people.drop_group(vip)
    (answer,) = await rig.push(joining(person(rig), vip))
    assert isinstance(answer, MissingReference)
    assert (await rig.walk("tags")).ids == []


async def test_joining_what_is_not_there_waits() -> None:
    rig = await opened()
    one = person(rig)
    vip = (await rig.create(GROUP, "Tags", "grp_1", name="vip")).id
    answers = await rig.push(joining(one, "554023000000999999"), joining("554023000000999998", vip))
    assert [type(answer) for answer in answers] == [MissingReference, MissingReference]
    assert [answer.field for answer in answers if isinstance(answer, Rejected)] == ["group", "customer"]


async def test_leaving_what_is_not_there_is_fine() -> None:
    rig = await opened()
    one = person(rig)
    assert await rig.push(leaving(one, "554023000000999999")) == [Receipt(f"{one}|554023000000999999")]


async def test_ten_tags_and_no_more() -> None:
    rig = await opened()
    one = person(rig)
    tags = [(await rig.create(GROUP, "Tags", f"grp_{at}", name=f"tag {at}")).id for at in range(11)]
    answers = await rig.push(*[joining(one, tag) for tag in tags])
    assert [type(answer) for answer in answers[:10]] == [Receipt] * 10
    assert isinstance(answers[10], Rejected)
    assert answers[10].field == "group"
    assert len(await members(rig, one)) == 10


async def test_organisations_have_no_tags_of_contacts() -> None:
    rig = await opened()
    account = Ref(PERSON, "Accounts", "1")
    assert rig.crm.place(MEMBER, {"customer": account}) is None
    fields: dict[str, Value] = {"customer": account, "group": Ref(GROUP, "Tags", "2")}
    (answer,) = await rig.push(Change(Op.CREATE, MEMBER, "Taggings", "mem_1", fields=fields))
    assert isinstance(answer, Rejected)
    assert answer.field == "customer"


async def test_memberships_of_a_contact_that_is_gone() -> None:
    rig = await opened()
    one = person(rig)
    rig.people.delete("Contacts", one)
    found = await rig.crm.fetch("Taggings", [f"{one}|7", f"{one}|8"])
    assert [(type(gone), gone.id) for gone in found if isinstance(gone, Gone)] == [
        (Gone, f"{one}|7"),
        (Gone, f"{one}|8"),
    ]


async def test_campaigns_as_groups() -> None:
    rig = await opened(groups="campaigns")
    one, two = person(rig), person(rig)
    spring = (await rig.create(GROUP, "Campaigns", "grp_1", name="Spring")).id
    joined = [joining(id, spring, "Campaign_Members", "Campaigns") for id in (one, two)]
    assert await rig.push(*joined) == [Receipt(f"{one}|{spring}"), Receipt(f"{two}|{spring}")]
    assert sorted((await rig.walk("members")).ids) == sorted([f"{one}|{spring}", f"{two}|{spring}"])
    assert await members(rig, one, "Campaign_Members") == {f"{one}|{spring}"}
    assert await rig.push(leaving(one, spring, "Campaign_Members")) == [Receipt(f"{one}|{spring}")]
    assert (await rig.walk("members")).ids == [f"{two}|{spring}"]
    assert (await rig.walk("contacts")).rosters == []
    assert rig.crm.place(GROUP, {"name": "x"}) == "Campaigns"


async def test_many_campaigns_with_and_without_members() -> None:
    rig = await opened(groups="campaigns")
    contacts = [person(rig) for _ in range(210)]
    campaigns = [rig.people.create("Campaigns", {"Campaign_Name": f"Fair {at}"}) for at in range(203)]
    await rig.push(*[joining(contact, campaigns[202], "Campaign_Members", "Campaigns") for contact in contacts])
    assert len(set((await rig.walk("members")).ids)) == 210


async def test_a_contact_in_more_campaigns_than_one_page() -> None:
    """What a roster leaves out would be taken for gone."""
    rig = await opened(groups="campaigns")
    one = person(rig)
    for at in range(203):
        fair = rig.people.create("Campaigns", {"Campaign_Name": f"Fair {at}"})
        await rig.push(joining(one, fair, "Campaign_Members", "Campaigns"))
    assert len(await members(rig, one, "Campaign_Members")) == 203


async def test_memberships_in_campaigns_of_a_contact_that_is_gone() -> None:
    rig = await opened(groups="campaigns")
    one, two = person(rig), person(rig)
    spring = (await rig.create(GROUP, "Campaigns", "grp_1", name="Spring")).id
    await rig.push(*[joining(id, spring, "Campaign_Members", "Campaigns") for id in (one, two)])
    rig.people.delete("Contacts", one)
    gone, roster = await rig.crm.fetch("Campaign_Members", [f"{one}|{spring}", f"{two}|{spring}"])
    assert isinstance(gone, Gone)
    assert isinstance(roster, Roster)
    assert gone.id == f"{one}|{spring}"
    assert [member.id for member in roster.members] == [f"{two}|{spring}"]


async def test_a_campaign_that_is_deleted_while_members_are_listed() -> None:
    rig = await opened(groups="campaigns")
    one = person(rig)
    spring, autumn = [(await rig.create(GROUP, "Campaigns", f"grp_{name}", name=name)).id for name in "ab"]
    await rig.push(*[joining(one, id, "Campaign_Members", "Campaigns") for id in (spring, autumn)])
    page = await rig.crm.pull("members", None)
    (met,) = page.records
    (rest,) = {f"{one}|{spring}", f"{one}|{autumn}"} - {met.id}
    rig.people.delete("Campaigns", rest.partition("|")[2])
    assert (await rig.walk("members", page.next_cursor)).ids == []


async def test_members_that_are_listed_on_a_day_later() -> None:
    """A page token lives for a day."""
    rig = await opened(groups="campaigns")
    contacts = [person(rig) for _ in range(210)]
    fair = rig.people.create("Campaigns", {"Campaign_Name": "Fair"})
    await rig.push(*[joining(contact, fair, "Campaign_Members", "Campaigns") for contact in contacts])
    page = await rig.crm.pull("members", None)
    rig.later(25 * 3600)
    rest = await rig.walk("members", page.next_cursor)
    assert {record.id for record in page.records} | set(rest.ids) == {f"{contact}|{fair}" for contact in contacts}


async def test_users_are_staff_and_read_only() -> None:
    rig = await opened()
    users = (await rig.walk("users")).records
    assert all(user.fields["active"] is True for user in users)
    rig.people.edit("Users", users[1].id, {"status": "inactive"})
    (changed,) = await rig.crm.fetch("Users", [users[1].id])
    assert isinstance(changed, Record)
    assert changed.fields["active"] is False
    (answer,) = await rig.push(Change(Op.UPDATE, Kind.STAFF, "Users", "stf_1", users[1].id, fields={"name": "Bado"}))
    assert isinstance(answer, Rejected)
    assert [type(one) for one in await rig.crm.fetch("Users", ["554023000000999999"])] == [Gone]


@pytest.mark.parametrize(
    ("object", "id", "answer"),
    [
        ("Users", "1", {"users": [{"id": "1"}]}),
        ("Tags", "1", {"tags": [{"id": "1"}]}),
        ("Taggings", "1|2", {"data": [{"id": "1", "Tag": []}]}),
    ],
)
async def test_what_cannot_be_read_is_not_gone(object: str, id: str, answer: Any) -> None:
    rig = await opened()
    rig.tap.nonsense = answer
    assert await rig.crm.fetch(object, [id]) == []
