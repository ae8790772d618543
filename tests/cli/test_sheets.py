"""Sheets from the command line: shown first, done when asked for; what is wrong stands in a sheet of its own."""

import asyncio
import csv
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from cli.installation import opened
from kequn.domain import customers
from kequn.domain.editing import Desk
from kequn.store.scope import Actor, Role
from tests.cli.shell import Command, Said, Zoho
from tests.cli.story import contacts, run
from tests.working import held_up

PEOPLE = [
    ["姓名", "手机号", "城市", "兴趣爱好", "生日", "暗号"],
    ["甲", "+86 138 0000 0001", "上海", "茶,围棋", "1990/5/4", "x"],
    ["乙", "138 0000 0002", "杭州", "", "", "y"],
    ["丙", "12", "", "", "not a day", ""],
]


def csv_file(kequn: Command, rows: list[list[str]], name: str = "people.csv", encoding: str = "utf-8") -> str:
    path = kequn.folder / name
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows(rows)
    return str(path)


def exported(kequn: Command, kind: str = "customer") -> list[dict[str, str]]:
    kequn.well("export", "out.csv", "--kind", kind)
    with (kequn.folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def refused(kequn: Command, *arguments: str) -> Said:
    """An import that leaves rows out, as JSON."""
    said = kequn(*arguments, "--json")
    assert said.status == 1, said.err
    return said


def test_rows_that_are_left_out_are_counted_and_end_the_import_with_1(kequn: Command) -> None:
    command = ("import", csv_file(kequn, PEOPLE), "--map", "手机号=phone")
    shown = kequn(*command)
    assert (shown.status, exported(kequn)) == (1, [])
    assert shown.error.startswith("kequn: 1 of 3 rows would be refused")
    assert "--errors FILE writes them" in shown.error
    done = kequn(*command, "--apply", "--errors", "wrong.csv")
    assert (done.status, len(exported(kequn))) == (1, 2)
    assert "1 of 3 rows were refused" in done.error
    assert "wrong.csv holds them" in done.error


def test_what_would_be_written_is_shown_as_people_write_it(kequn: Command) -> None:
    kequn.well("import", csv_file(kequn, [["name", "phone"], ["甲", "13800000001"]]), "--apply")
    orders = [["name", "customer", "amount", "paid_at"], ["P1", "13800000001", "46.5", "2026-02-09"]]
    out = kequn.well("import", csv_file(kequn, orders, "orders.csv"), "--kind", "purchase").out
    assert "paid_at: 2026-02-09 00:00:00+0800, amount: 46.5 CNY, customer: cus_" in out


@pytest.mark.requirement("X02", "X12")
def test_a_sheet_is_shown_and_then_brought_in(kequn: Command) -> None:
    file = csv_file(kequn, PEOPLE, encoding="gb18030")
    command = ("import", file, "--map", "手机号=phone", "--errors", "wrong.xlsx")
    shown = refused(kequn, *command).json
    assert shown["counts"] == {"created": 2, "refused": 1}
    assert shown["columns"] == {
        "姓名": "name",
        "手机号": "phone",
        "城市": "city",
        "兴趣爱好": "interests",
        "生日": "birthday",
    }
    assert shown["ignored"] == ["暗号"]
    assert {(one["row"], one["column"], one["code"]) for one in shown["wrong"]} == {
        (4, "手机号", "BAD_PHONE"), (4, "生日", "BAD_DATE"),
    }  # fmt: skip
    assert exported(kequn) == []
    applied = kequn(*command, "--apply")
    assert (applied.status, "2 created" in applied.out) == (1, True)
    sheet = list(load_workbook(kequn.folder / "wrong.xlsx").worksheets[0].iter_rows(values_only=True))
    assert sheet[0][:4] == ("row", "column", "code", "problem")
    assert {line[2] for line in sheet[1:]} == {"BAD_PHONE", "BAD_DATE"}
    people = {one["name"]: one for one in exported(kequn)}
    assert (people["甲"]["interests"], people["甲"]["birthday"]) == ("围棋, 茶", "1990-05-04")


@pytest.mark.requirement("X12")
def test_the_columns_that_were_chosen_are_kept(kequn: Command) -> None:
    file = csv_file(kequn, [["叫什么", "号码"], ["甲", "13800000001"]])
    kequn.well("import", file, "--map", "叫什么=name", "--map", "号码=phone", "--apply")
    again = csv_file(kequn, [["叫什么", "号码"], ["甲甲", "+8613800000001"], ["乙", "13800000002"]])
    assert kequn.well("import", again, "--apply", "--json").json["counts"] == {"updated": 1, "created": 1}
    assert {one["name"] for one in exported(kequn)} == {"甲甲", "乙"}
    assert kequn("import", again, "--map", "号码=nothing").error.startswith("kequn: map.号码")


def test_what_is_exported_comes_in_unchanged(kequn: Command) -> None:
    kequn.well("import", csv_file(kequn, PEOPLE[:3]), "--map", "手机号=phone", "--apply")
    kequn.well("import", csv_file(kequn, [["name", "rank"], ["VIP", "2"]], "tiers.csv"), "--kind", "tier", "--apply")
    kequn.well("export", "all.xlsx")
    assert kequn.well("import", "all.xlsx", "--apply", "--json").json["counts"] == {"unchanged": 2}


def test_a_sheet_that_blanks_too_much_is_stopped(kequn: Command) -> None:
    full = [["name", "phone", "city"], *([f"c{n}", f"138000000{n:02}", "上海"] for n in range(30))]
    kequn.well("import", csv_file(kequn, full), "--apply")
    bare = [["name", "phone", "city"], *([f"c{n}", f"138000000{n:02}", ""] for n in range(30))]
    file = csv_file(kequn, bare)
    assert kequn.well("import", file, "--apply", "--json").json["counts"] == {"unchanged": 30}
    assert "20" in kequn("import", file, "--clear", "--apply").error
    assert {one["city"] for one in exported(kequn)} == {"上海"}
    kequn.well("import", file, "--clear", "--allow-unsafe", "--apply")
    assert {one["city"] for one in exported(kequn)} == {""}


def test_daily_counts_from_a_sheet(kequn: Command) -> None:
    kequn.well("import", csv_file(kequn, PEOPLE[:2]), "--map", "手机号=phone", "--apply")
    kequn.well("import", csv_file(kequn, [["name"], ["福利群"]], "groups.csv"), "--kind", "group", "--apply")
    days = [["群", "手机", "日期", "发言数"], ["福利群", "13800000001", "2026-01-02", "5"], ["没有", "1", "x", "-1"]]
    shown = refused(kequn, "import", csv_file(kequn, days, "days.csv"), "--kind", "activity", "--apply").json
    assert shown["counts"] == {"refused": 2}
    assert {one["code"] for one in shown["wrong"]} == {"NOT_A_MEMBER", "NOT_FOUND"}


def test_formulas_are_texts(kequn: Command) -> None:
    kequn.well("import", csv_file(kequn, [["name", "phone"], ["=1+1", "13800000001"]]), "--apply")
    kequn.well("export", "out.csv")
    line = (kequn.folder / "out.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    assert ",'=1+1," in line
    kequn.well("export", "out.xlsx")
    cells = [cell.value for row in load_workbook(kequn.folder / "out.xlsx").worksheets[0].iter_rows() for cell in row]
    assert "'=1+1" in cells
    assert kequn.well("import", "out.xlsx", "--json").json["counts"] == {"unchanged": 1}


@pytest.mark.parametrize(
    ("name", "rows", "said"),
    [
        ("people.txt", [["name"]], ".csv or .xlsx"),
        ("people.csv", [[]], "headers"),
        ("people.csv", [["name", "name"]], "same header"),
        ("people.csv", [["city"], ["上海"]], "by"),
    ],
)
def test_what_is_no_sheet(kequn: Command, name: str, rows: list[list[str]], said: str) -> None:
    assert said in kequn("import", csv_file(kequn, rows, name)).error


def test_a_workbook_that_is_none(kequn: Command) -> None:
    Path("bad.xlsx").write_bytes(b"PK nothing")
    assert "no workbook" in kequn("import", "bad.xlsx").error
    book = Workbook()
    book.active.append(["name", "phone"])
    book.active.append(["甲", 13800000001])
    book.save("good.xlsx")
    assert kequn.well("import", "good.xlsx", "--json").json["counts"] == {"created": 1}
    assert "activity" in kequn("import", "good.xlsx", "--kind", "nothing").error


@pytest.mark.requirement("X02")
def test_purchases_interactions_feedback_and_memberships_come_and_go_in_sheets(kequn: Command) -> None:
    kequn.well("import", csv_file(kequn, PEOPLE[:3]), "--map", "手机号=phone", "--apply")
    kequn.well("import", csv_file(kequn, [["name"], ["福利群"]], "groups.csv"), "--kind", "group", "--apply")
    sheets = {
        "purchase": [["name", "customer", "amount", "paid_at"], ["单1", "13800000001", "1,234.50 元", "2026-01-02"],
                     ["单2", "13800000002", "USD 3", ""], ["单3", "13900000000", "1", ""], ["单4", "", "x", ""]],
        "interaction": [["customer", "subject", "happened_at"], ["13800000001", "回访", "2026-01-02 09:00"],
                        ["13800000001", "回访", "2026-01-02 09:00"], ["", "回访", "2026-01-03"]],
        "feedback": [["customer", "subject", "kind", "happened_at"], ["13800000001", "慢", "投诉", "2021-01-02 09:00"],
                     ["13800000001", "贵", "", "昨天"]],
        "membership": [["customer", "group", "role"], ["13800000001", "福利群", "administrator"],
                       ["13800000001", "没有这个群", ""]],
    }  # fmt: skip
    wrong = {
        "purchase": [(4, "customer", "NOT_FOUND"), (5, "amount", "BAD_MONEY")],
        "interaction": [(3, "customer", "REPEATED"), (4, "customer", "REQUIRED")],
        "feedback": [(3, "happened_at", "BAD_DATE")],
        "membership": [(3, "group", "NOT_FOUND")],
    }
    for kind, lines in sheets.items():
        shown = refused(kequn, "import", csv_file(kequn, lines), "--kind", kind, "--apply").json
        assert [(one["row"], one["column"], one["code"]) for one in shown["wrong"]] == wrong[kind]
        kequn.well("export", "again.csv", "--kind", kind)
        again = kequn.well("import", "again.csv", "--kind", kind, "--apply", "--json").json
        assert again["counts"] == {"unchanged": shown["counts"]["created"]}, again
    told = {one["name"]: (one["customer"].strip("'"), one["amount"]) for one in exported(kequn, "purchase")}
    assert [one["happened_at"] for one in exported(kequn, "feedback")] == ["2021-01-02T01:00:00+00:00"]
    assert told == {"单1": ("+8613800000001", "1234.5 CNY"), "单2": ("+8613800000002", "3 USD")}


@pytest.mark.requirement("X12")
def test_a_preview_says_what_each_field_becomes_and_what_the_crms_are_asked(kequn: Command, synced: Zoho) -> None:
    people = [one for one in exported(kequn) if one["email"] and one["type"] == "person"][:3]
    lines = [["email", "name", "city"], *([one["email"], one["name"], "拉萨"] for one in people)]
    lines.append(["new@example.com", "新来的", "拉萨"])
    file, writes = csv_file(kequn, lines), synced.writes
    shown = kequn.well("import", file, "--by", "email", "--json").json
    assert shown["counts"] == {"created": 1, "updated": 3}
    assert [one["fields"]["city"][1] for one in shown["changes"]] == ["拉萨"] * 4
    assert [one["fields"]["city"][0] for one in shown["changes"][:3]] == [one["city"] or None for one in people]
    [asked] = shown["connections"]
    assert (asked["connection"], asked["creates"], asked["updates"]) == ("zoho", 1, 3)
    assert asked["requests"] >= 2
    assert synced.writes == writes
    assert "zoho: would create 1 and update 3 records" in kequn.well("import", file, "--by", "email").out
    kequn.well("import", file, "--by", "email", "--apply")
    assert run(kequn)["pushed"] == 4
    assert sum(one.get("Mailing_City") == "拉萨" for one in contacts(synced).values()) == 4


@pytest.mark.requirement("X12")
def test_a_sheet_that_replaces_too_much_stops(kequn: Command) -> None:
    lines = [["name", "phone", "city"], *([f"c{n}", f"138000000{n:02}", "上海"] for n in range(30))]
    kequn.well("import", csv_file(kequn, lines), "--apply")
    moved = csv_file(kequn, [["name", "phone", "city"], *([name, phone, "杭州"] for name, phone, _ in lines[1:])])
    told = kequn("import", moved, "--apply").error
    assert "30 of 30 rows would be replaced, more than the 20" in told
    assert "--allow-unsafe" in told
    assert {one["city"] for one in exported(kequn)} == {"上海"}
    assert kequn.well("import", moved, "--apply", "--allow-unsafe", "--json").json["replaced"] == 30


@pytest.mark.anyio
async def test_whom_a_sync_is_just_adding_a_sheet_does_not_add_too(kequn: Command, postgresql_url: str) -> None:
    kequn.monkeypatch.setenv("KEQUN_DATABASE_URL", postgresql_url)
    file = csv_file(kequn, [["name", "phone"], ["甲甲", "13800000001"]])
    async with opened() as here:
        async with here.database.writing() as session:
            await here.database.alone(session, here.scope.tenant)
            desk = Desk(session, Actor(here.scope.tenant, Role.OPERATOR, "sync"), here.ledger)
            await customers.create(desk, {"name": "甲", "phone": "13800000001"})
            brought = asyncio.create_task(asyncio.to_thread(kequn.well, "import", file, "--apply", "--json"))
            await held_up(here.database, brought)
        assert (await brought).json["counts"] == {"updated": 1}


def test_texts_with_odd_line_ends_come_back_whole(kequn: Command) -> None:
    odd = "a\u2028b\u2029c"
    kequn.well("import", csv_file(kequn, [["name", "phone", "notes"], ["甲", "13800000001", odd]]), "--apply")
    assert exported(kequn)[0]["notes"] == odd
    assert kequn.well("import", "out.csv", "--json").json["counts"] == {"unchanged": 1}


def test_nobody_is_known_by_what_is_no_identity(kequn: Command) -> None:
    people = csv_file(kequn, [["name", "phone", "city"], ["甲", "13800000001", "上海"]])
    kequn.well("import", people, "--apply")
    told = kequn("import", people, "--by", "city", "--apply").error
    assert "uscc, phone, email, union_id or reference" in told
    assert len(exported(kequn)) == 1
    assert "--by" in kequn("import", csv_file(kequn, [["email"], ["a@example.com"]], "mail.csv")).error
    assert "--map HEADER=email" in kequn("import", people, "--by", "email").error
    assert "by customer and group" in kequn("import", people, "--kind", "membership").error


def test_a_column_that_is_not_there_cannot_be_chosen(kequn: Command) -> None:
    file = csv_file(kequn, [["name", "phone"], ["甲", "13800000001"]])
    assert (
        "--map Fone: there is no such column; there are name, phone"
        in kequn("import", file, "--map", "Fone=phone").error
    )


def test_cells_beyond_the_headers_are_not_dropped(kequn: Command) -> None:
    (kequn.folder / "people.csv").write_text("name,phone\n甲,13800000001\n乙,13800000002,Main St\n", encoding="utf-8")
    assert "row 3 has more cells than there are headers" in kequn("import", "people.csv").error
    (kequn.folder / "people.csv").write_text("name,phone\n甲,13800000001,,\n", encoding="utf-8")
    assert kequn.well("import", "people.csv", "--json").json["counts"] == {"created": 1}


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_are_seen(kequn: Command, mark: str) -> None:
    text = f"name{mark}phone{mark}notes\n甲{mark}13800000001{mark}a, b\n"
    (kequn.folder / "people.csv").write_text(text, encoding="utf-8")
    (change,) = kequn.well("import", "people.csv", "--json").json["changes"]
    assert change["fields"]["notes"] == [None, "a, b"]


def test_a_row_is_told_by_the_number_that_a_spreadsheet_shows(kequn: Command) -> None:
    rows = [["name", "phone"], ["甲", "13800000001"], ["", ""], [], ["乙", "12"]]
    shown = refused(kequn, "import", csv_file(kequn, rows), "--errors", "wrong.csv").json
    assert [one["row"] for one in shown["wrong"]] == [5]
    assert [one["row"] for one in shown["changes"]] == [2]
    with (kequn.folder / "wrong.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [line["row"] for line in csv.DictReader(file)] == ["5"]


def test_a_file_that_cannot_be_read_is_told(kequn: Command) -> None:
    (kequn.folder / "people.csv").write_bytes(b"name\n" + b"x" * 140_000)
    assert "people.csv: this is not CSV" in kequn("import", "people.csv").error
    assert "nothing.xlsx: No such file" in kequn("import", "nothing.xlsx").error


def test_what_cannot_be_written_is_said_before_anything_is_done(kequn: Command) -> None:
    file = csv_file(kequn, PEOPLE[:3])
    for errors in ("wrong.txt", "nowhere/wrong.csv"):
        assert errors in kequn("import", file, "--map", "手机号=phone", "--apply", "--errors", errors).error
    assert exported(kequn) == []


def test_what_is_exported_is_for_its_owner_alone(kequn: Command) -> None:
    (kequn.folder / "out.csv").write_text("old")
    (kequn.folder / "out.csv").chmod(0o644)
    for name in ("out.csv", "out.xlsx"):
        kequn.well("export", name)
        assert (kequn.folder / name).stat().st_mode & 0o077 == 0
