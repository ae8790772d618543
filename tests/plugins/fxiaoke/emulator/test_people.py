"""People at the screens, and what an emulator starts with."""

from pathlib import Path

import pytest

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import Emulator, EmulatorOptions
from plugins.fxiaoke.emulator import FxiaokeEmulator, build
from plugins.zoho.emulator import build as build_zoho
from tests.plugins.fxiaoke.emulator.desk import Desk


def seeded(count: int, seed: int = 1) -> FxiaokeEmulator:
    return build(EmulatorOptions(clock=ManualClock(), random=SeededRandom(1), seed=seed, records=count))


def test_a_record_from_making_to_purging() -> None:
    people = Desk().people
    id = people.create("AccountObj", {"name": "Mill"})
    people.edit("AccountObj", id, {"fax": "9", "owner": ["FSUID_0003"]})
    row = people.read("AccountObj")[id]
    assert (row["fax"], row["owner"], row["created_by"]) == ("9", ["FSUID_0003"], ["FSUID_0002"])
    people.delete("AccountObj", id)
    assert people.read("AccountObj") == {}
    with pytest.raises(KeyError):
        people.edit("AccountObj", id, {"fax": "8"})
    people.restore("AccountObj", id)
    assert list(people.read("AccountObj")) == [id]
    with pytest.raises(ValueError, match="未作废"):
        people.purge("AccountObj", id)


def test_what_the_api_refuses_people_cannot_do() -> None:
    people = Desk().people
    with pytest.raises(ValueError, match="必填字段客户名称"):
        people.create("AccountObj", {})
    id = people.create("AccountObj", {"name": "Mill"})
    with pytest.raises(ValueError, match="account_no cannot be written"):
        people.edit("AccountObj", id, {"account_no": "7"})
    with pytest.raises(ValueError, match="merged with itself"):
        people.merge("AccountObj", id, id)


def test_a_merge_leaves_one_and_its_relations() -> None:
    people = Desk().people
    first, second = (people.create("AccountObj", {"name": name}) for name in "ab")
    contact = people.create("ContactObj", {"name": "Bado", "account_id": second})
    people.merge("AccountObj", first, second)
    assert list(people.read("AccountObj")) == [first]
    assert people.read("ContactObj")[contact]["account_id"] == first


def test_a_seed_makes_everything_in_proportion() -> None:
    people = seeded(100).people
    names = ("AccountObj", "SalesOrderObj", "CasesObj", "ActiveRecordObj", "object_kqgroup__c", "Users")
    assert [len(people.read(name)) for name in names] == [100, 33, 20, 10, 5, 5]
    accounts, groups = people.read("AccountObj"), people.read("object_kqgroup__c")
    for member in people.read("object_kqmember__c").values():
        assert (member["kq_customer__c"] in accounts, member["kq_group__c"] in groups) == (True, True)
    lines = people.read("SalesOrderProductObj").values()
    assert {line["order_id"] for line in lines} == set(people.read("SalesOrderObj"))


def test_generated_customers_are_all_different() -> None:
    accounts = seeded(500).people.read("AccountObj").values()
    assert len({account["email"] for account in accounts}) == len({account["tel"] for account in accounts}) == 500
    assert all(account["email"].endswith("@example.com") for account in accounts)
    assert {account.get("account_level__r") for account in accounts} == {None, "普通", "VIP", "战略"}


def test_every_third_customer_is_known_to_another_crm() -> None:
    options = EmulatorOptions(clock=ManualClock(), random=SeededRandom(1), seed=4, records=300)
    contacts = {one["Email"]: one for one in build_zoho(options).people.read("Contacts").values()}
    shared = [one for one in build(options).people.read("AccountObj").values() if one["email"] in contacts]
    assert len(shared) == 100
    assert sum(one["tel"] != contacts[one["email"]]["Mobile"] for one in shared) == 1


def test_the_same_seed_makes_the_same_records() -> None:
    assert seeded(50).people.read("AccountObj") == seeded(50).people.read("AccountObj")
    assert seeded(50).people.read("AccountObj") != seeded(50, seed=2).people.read("AccountObj")


def test_an_emulator_starts_empty_and_loads_nothing() -> None:
    emulator: Emulator = seeded(0)
    assert emulator.people.read("AccountObj") == {}
    with pytest.raises(ValueError, match="loads no file"):
        build(EmulatorOptions(load=Path("x.csv")))
