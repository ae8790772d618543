"""What an emulator starts with: generated records, or a person's own export."""

from pathlib import Path

import pytest

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import Emulator, EmulatorOptions
from plugins.zoho.emulator import ZohoEmulator, build


def seeded(count: int, seed: int = 1) -> ZohoEmulator:
    return build(EmulatorOptions(clock=ManualClock(), random=SeededRandom(1), seed=seed, records=count))


def loaded(tmp_path: Path, text: str, encoding: str = "utf-8") -> ZohoEmulator:
    path = tmp_path / "contacts.csv"
    path.write_text(text, encoding=encoding)
    return build(EmulatorOptions(clock=ManualClock(), random=SeededRandom(1), load=path))


def test_a_seed_makes_everything_in_proportion() -> None:
    people = seeded(100).people
    sizes = {name: len(people.read(name)) for name in ("Contacts", "Accounts", "Cases", "Deals", "Calls", "Tasks")}
    assert sizes == {"Contacts": 100, "Accounts": 10, "Cases": 20, "Deals": 33, "Calls": 10, "Tasks": 10}
    assert len(people.read("Users")) == 5


def test_generated_contacts_are_nobody_and_all_different() -> None:
    contacts = seeded(500).people.read("Contacts").values()
    assert len({contact["Email"] for contact in contacts}) == len({contact["Mobile"] for contact in contacts}) == 500
    assert all(contact["Email"].endswith("@example.com") for contact in contacts)
    assert {contact["Customer_Tier"] for contact in contacts} == {None, "普通", "VIP", "战略"}
    assert any(ord(character) > 0xFFFF for contact in contacts for character in contact["Full_Name"])
    tags = {tag["name"] for contact in contacts for tag in contact["Tag"]}
    assert len(tags) == 5


def test_some_deals_are_won() -> None:
    deals = seeded(100).people.read("Deals").values()
    won = [deal for deal in deals if deal["Stage"] == "Closed Won"]
    assert won
    assert all(deal["Amount"] > 0 and deal["Closing_Date"] and deal["Contact_Name"] for deal in won)


def test_the_same_seed_makes_the_same_records() -> None:
    assert seeded(50).people.read("Contacts") == seeded(50).people.read("Contacts")
    assert seeded(50).people.read("Contacts") != seeded(50, seed=2).people.read("Contacts")


def test_an_emulator_starts_empty() -> None:
    emulator: Emulator = seeded(0)
    assert emulator.people.read("Contacts") == {}


EXPORT = (
    "Record Id,First Name,Last Name,Email,Mobile,Account Name,Tag,Created Time,Modified Time,Mailing City,"
    "Customer Tier,Colour\n"
    'zcrm_554023000000527002,小明,王,w@example.com,+86 19900000001,Acme,"vip,老客户",2024-05-01 10:00:00,'
    "2024-05-30 14:22:15,上海,Gold,red\n"
    ",Pat,Boyle,b@example.com,,Acme,,,,,,\n"
)


def test_an_export_is_loaded(tmp_path: Path) -> None:
    people = loaded(tmp_path, EXPORT, "utf-8-sig").people
    first, second = people.read("Contacts").values()
    (account,) = people.read("Accounts").values()
    assert (first["id"], first["Full_Name"], first["Mailing_City"]) == ("554023000000527002", "小明 王", "上海")
    assert [tag["name"] for tag in first["Tag"]] == ["vip", "老客户"]
    assert first["Account_Name"] == second["Account_Name"] == {"name": "Acme", "id": account["id"]}
    assert (first["Created_Time"], first["Modified_Time"]) == ("2024-05-01T10:00:00+08:00", "2024-05-30T14:22:15+08:00")
    assert (first["Customer_Tier"], first["Colour"]) == ("Gold", "red")
    assert int(second["id"]) > int(first["id"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Name,Mail\nA,b\n",
            ["the column Last Name is missing", "unknown columns: Name, Mail", "accepted columns: Account"],
        ),
        ("", ["empty"]),
        ("Last Name,Last Name\nA,B\n", ["a column has no name, or the name of another one"]),
        ("Last Name,Email\nA\n", ["line 2 has not as many cells"]),
        ("Last Name,Email\nA,secret at example\n,x@example.com\n", ["line 2: Email", "line 3: Last Name"]),
        ("Last Name,Created Time\nA,yesterday\n", ["line 2: Created Time"]),
        ("Last Name,Record Id\nA,abc\n", ["line 2: Record Id"]),
        (
            "Last Name,Record Id\nA,554023000000527002\nB,554023000000527002\n",
            ["line 3: Record Id stands in the file twice"],
        ),
        ("Last Name,Tag\nA,a-tag-that-is-much-too-long-for-zoho\n", ["line 2: Tag"]),
        ("Last Name,Email Opt Out\nA,maybe\n", ["line 2: Email Opt Out"]),
    ],
)
def test_a_file_that_is_refused(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(ValueError, match=r"contacts\.csv") as refusal:
        loaded(tmp_path, text)
    assert [word for word in words if word not in str(refusal.value)] == []
    assert "secret" not in str(refusal.value)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a CSV file in UTF-8"):
        loaded(tmp_path, "Last Name\n王\n", "gb18030")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        build(EmulatorOptions(load=tmp_path / "none.csv"))
