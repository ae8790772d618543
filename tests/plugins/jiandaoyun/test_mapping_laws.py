"""The laws of every column: what was written is read back in normal form; writing what was read changes nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kequn.contracts.errors import Rejected
from kequn.contracts.records import FIELDS, Kind, Line, Money, Ref, Type, Value
from plugins.jiandaoyun import MANIFEST
from plugins.jiandaoyun.adapter.options import read_options
from plugins.jiandaoyun.emulator.designs import DESIGNS, form_settings
from plugins.jiandaoyun.mapping.columns import KEYS, Amount, Column, Link, Part
from plugins.jiandaoyun.mapping.lines import Rows
from plugins.jiandaoyun.mapping.members import read_member
from plugins.jiandaoyun.mapping.tables import Table
from plugins.jiandaoyun.mapping.tailoring import Tailor
from plugins.jiandaoyun.mapping.widgets import read_widgets
from tests.plugins.odd import ODD, betrayed, rows_of

OPTIONS = read_options(
    {**{one.name: one.default for one in MANIFEST.settings}, "forms": form_settings(), "api_key": None}
)  # fmt: skip
WIDGETS = {design.key: read_widgets([widget.shown() for widget in design.widgets()]) for design in DESIGNS}
TABLES = {name: Tailor(form, WIDGETS[name], OPTIONS.facts).table()[0] for name, form in OPTIONS.forms.items()}
COLUMNS = [(table, column) for table in TABLES.values() for column in table.columns if column.writable]

LETTERS = st.characters(codec="utf-8")
TEXT = st.text(LETTERS, max_size=30) | st.text(st.sampled_from("ab 东西王·\n是否"), max_size=12)
MONEY = st.builds(Money.of, st.decimals(Decimal("-99999999"), Decimal("99999999"), places=4), st.just("CNY"))
BY_TYPE: dict[Type, st.SearchStrategy[Any]] = {
    Type.TEXT: TEXT,
    Type.BOOLEAN: st.booleans(),
    Type.DATE: st.dates(date(1900, 1, 1)),
    Type.DATETIME: st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    Type.INTEGER: st.integers(-(10**8), 10**8),
    Type.MONEY: MONEY,
    Type.SET: st.frozensets(TEXT, max_size=4),
    Type.LINES: st.lists(
        st.builds(
            Line, TEXT, st.none() | TEXT.filter(bool), st.decimals(Decimal(0), Decimal(999), places=2),
            st.none() | MONEY, st.none() | MONEY, st.booleans(),
        ), max_size=4,
    ).map(tuple),
}  # fmt: skip
PHONES = st.from_regex(r"\A(\+86|0086)?\s?1[3-9]\d-?\d{4}-?\d{4}\Z") | TEXT
IDS = st.sampled_from(["5" * 24, "6" * 24])


def values(table: Table, column: Column) -> st.SearchStrategy[Any]:
    spec = FIELDS[table.kind][column.field]
    if column.field == "phone":
        return st.none() | PHONES
    if column.field == "type":
        return st.sampled_from(["person", "organisation"])
    if isinstance(column, Link):
        return st.none() | st.builds(Ref, st.just(column.kind), st.just(column.object), IDS)
    if spec.type is Type.REF:
        return st.none() | st.builds(Ref, st.just(Kind.STAFF), st.just("staff"), st.sampled_from(["jdy-a", "jdy-b"]))
    return BY_TYPE[spec.type] if spec.empty is not None else st.none() | BY_TYPE[spec.type]


def written(column: Column, value: Value, present: dict[str, Any]) -> dict[str, Any]:
    try:
        return column.write(value, present)
    except Rejected:
        assume(False)
        raise


def standing(column: Column, data: st.DataObject, strategy: st.SearchStrategy[Any]) -> dict[str, Any]:
    """A record as Jiandaoyun holds it after some writes."""
    raw: dict[str, Any] = dict.fromkeys(column.names)
    least = 1 if column.field == "type" else 0  # read where there is none, so that writing it would change something
    for value in data.draw(st.lists(strategy, min_size=least, max_size=2)):
        raw |= written(column, value, raw)
    if isinstance(column, Part) and data.draw(st.booleans()):
        raw[column.names[0]] = {**(raw[column.names[0]] or {}), "district": "徐汇区"}
    return raw


def column_id(pair: tuple[Table, Column]) -> str:
    return f"{pair[0].object}.{pair[1].field}"


@pytest.mark.parametrize("pair", COLUMNS, ids=column_id)
@settings(max_examples=30)
@given(data=st.data())
def test_what_was_written_is_read_back(pair: tuple[Table, Column], data: st.DataObject) -> None:
    strategy = values(*pair)
    present = standing(pair[1], data, strategy)
    value = data.draw(strategy)
    after = {**present, **written(pair[1], value, present)}
    assert pair[1].read(after) == pair[1].normal(value)


@pytest.mark.parametrize("pair", COLUMNS, ids=column_id)
@settings(max_examples=30)
@given(data=st.data())
def test_writing_what_was_read_changes_nothing(pair: tuple[Table, Column], data: st.DataObject) -> None:
    present = standing(pair[1], data, values(*pair))
    again = written(pair[1], pair[1].read(present), present)
    after = {**present, **again}
    assert {name: held or None for name, held in after.items()} == {
        name: held or None for name, held in present.items()
    }


@pytest.mark.parametrize("pair", COLUMNS, ids=column_id)
@settings(max_examples=30)
@given(data=st.data())
def test_the_normal_form_is_its_own_normal_form(pair: tuple[Table, Column], data: st.DataObject) -> None:
    value = data.draw(values(*pair))
    try:
        normal = pair[1].normal(value)
    except Rejected:
        return
    assert pair[1].normal(normal) == normal


@pytest.mark.parametrize("pair", [pair for pair in COLUMNS if not pair[1].lossy], ids=column_id)
@settings(max_examples=30)
@given(data=st.data())
def test_only_lossy_columns_change_values(pair: tuple[Table, Column], data: st.DataObject) -> None:
    value = data.draw(values(*pair))
    assume(value != "")  # an empty text is none
    if isinstance(value, datetime):
        value = value.replace(microsecond=value.microsecond // 1000 * 1000)  # times are in milliseconds
    try:
        normal = pair[1].normal(value)
    except Rejected:
        return
    assert normal == value


@pytest.mark.parametrize("name", TABLES)
def test_every_field_of_the_kind_has_a_place_of_its_own(name: str) -> None:
    table = TABLES[name]
    fields = [column.field for column in table.columns]
    assert len(fields) == len(set(fields)) == len(OPTIONS.forms[name].fields)
    missing = set(FIELDS[table.kind]) - set(fields)
    assert missing <= {"first_name", "last_name", "role", "joined_at"}  # names are one text; who is what is kequn's own


def test_the_parts_of_an_address_leave_each_other_alone() -> None:
    city = TABLES["customer"].column("city")
    place = {"province": "上海市", "city": "上海", "district": "徐汇区"}
    assert city.write("北京", {"address": place}) == {"address": {**place, "city": "北京"}}
    assert city.write(None, {"address": {"city": "上海"}}) == {"address": None}
    record = TABLES["customer"].read({"_id": "5" * 24, "updateTime": "2026-01-01T00:00:00.000Z", "address": place})
    assert (record.fields["region"], record.fields["city"], record.extra) == (
        "上海市", "上海", {"address": {"district": "徐汇区"}},
    )  # fmt: skip


@pytest.mark.parametrize("text", ["021-55667788", "+49 30 1234567", "12", "phone"])
def test_other_numbers_do_not_go_into_a_phone_widget(text: str) -> None:
    with pytest.raises(Rejected, match="mainland"):
        TABLES["customer"].column("phone").write(text, {})


@pytest.mark.parametrize("text", ["+86 138 0000 0000", "008613800000000", "138-0000-0000", "13800000000"])
def test_a_mobile_number_has_eleven_digits(text: str) -> None:
    assert TABLES["customer"].column("phone").write(text, {}) == {"phone": {"phone": "13800000000"}}


def test_an_amount_says_its_currency_where_a_widget_does() -> None:
    amount = TABLES["purchase"].column("amount")
    assert amount.write(Money.of("12.5", "EUR"), {}) == {"amount": 12.5, "currency": "EUR"}
    home = Amount(field="amount", name="amount", home="CNY", words={"CNY": "人民币"})
    assert home.write(Money.of(3, "CNY"), {}) == {"amount": 3}
    with pytest.raises(Rejected, match="one currency"):
        home.write(Money.of(1, "USD"), {})
    named = Amount(field="amount", name="amount", currency="currency", words={"CNY": "人民币"})
    assert named.read({"amount": 1, "currency": "人民币"}) == Money.of(1, "CNY")


def test_a_number_that_json_cannot_say_is_refused() -> None:
    with pytest.raises(Rejected, match="exactly"):
        TABLES["purchase"].column("amount").write(Money.of("9007199254740.123456", "CNY"), {})


def lines() -> Rows:
    column = TABLES["purchase"].column("lines")
    assert isinstance(column, Rows)
    return column


STANDING = {
    "currency": "CNY",
    "lines": [
        {"_id": "a" * 24, "sku": "P1", "title": "茶叶", "qty": 2, "price": 3.5, "amount": 7, "returned": "否"},
        {"_id": "b" * 24, "sku": "P2", "title": "茶具", "qty": 1, "price": 9, "amount": 9, "returned": None},
    ],
}


def test_rows_keep_their_ids_and_what_is_not_mapped() -> None:
    standing = lines().read(STANDING)
    assert isinstance(standing, tuple)
    tea, cup = standing
    more = Line("礼盒", amount=Money.of(1, "CNY"))
    cheaper = Line("茶具", amount=Money.of(8, "CNY"))
    rows = lines().write((more, cheaper, tea), STANDING)["lines"]
    assert [row.get("_id") for row in rows] == [None, "b" * 24, "a" * 24]
    assert rows[2] == STANDING["lines"][0]
    assert (rows[1]["sku"], rows[1]["price"], rows[1]["amount"]) == ("P2", 9, 8)
    assert cup.returned is False


def test_rows_with_files_are_refused_and_not_lost() -> None:
    column = Rows(
        name="lines", items={"product": "title"}, types={"title": "text", "photo": "image"},
        money=Amount(field="amount", name="amount"),
    )  # fmt: skip
    present = {"lines": [{"_id": "a" * 24, "title": "茶", "photo": [{"name": "a.png", "mime": "image/png"}]}]}
    with pytest.raises(Rejected, match="photo"):
        column.write((Line("茶"),), present)


def test_lines_are_in_the_currency_of_the_purchase() -> None:
    with pytest.raises(Rejected, match="CNY"):
        lines().write((Line("茶", amount=Money.of(1, "USD")),), STANDING)
    mixed = (Line("茶", amount=Money.of(1, "USD")), Line("茶", amount=Money.of(1, "CNY")))
    with pytest.raises(Rejected, match="several"):
        lines().normal(mixed)


def test_a_reference_is_read_from_the_kequn_id_where_the_lookup_is_empty() -> None:
    column = TABLES["feedback"].column("customer")
    assert isinstance(column, Link)
    raw = {"customer_ref": None, "customer_kq_id": "cus_1", "$targets": {"cus_1": "5" * 24}}
    assert column.wanted(raw) == "cus_1"
    assert column.read(raw) == Ref(Kind.CUSTOMER, "customer", "5" * 24)
    target = Ref(Kind.CUSTOMER, "customer", "6" * 24)
    assert column.write(target, {KEYS: {"6" * 24: "cus_2"}}) == {
        "customer_ref": "6" * 24, "customer_kq_id": "cus_2",
    }  # fmt: skip
    assert column.write(None, {}) == {"customer_ref": None, "customer_kq_id": None}
    with pytest.raises(Rejected, match="customer"):
        column.write(Ref(Kind.CUSTOMER, "other", "1"), {})


@pytest.mark.parametrize(("text", "read", "rest"), [
    ("个人", "person", {}), ("组织", "organisation", {}), (None, "person", {}), ("其他", "person", {"type": "其他"}),
])  # fmt: skip
def test_a_type_without_a_word_stays_in_extra(text: str | None, read: str, rest: dict[str, str]) -> None:
    column = TABLES["customer"].column("type")
    assert (column.read({"type": text}), column.rest({"type": text})) == (read, rest)


READ = [(table, column) for table in TABLES.values() for column in table.columns if column.names]


@pytest.mark.parametrize(("table", "column"), READ, ids=[f"{table.object}.{column.field}" for table, column in READ])
def test_what_cannot_be_read_is_not_quoted(table: Table, column: Column) -> None:
    cells = tuple(column.items.values()) if isinstance(column, Rows) else ()
    values = [{KEYS: {}, **dict.fromkeys(column.names, odd)} for odd in [*ODD, *rows_of(cells)]]
    assert betrayed(column.read, values) == []


def test_members_that_cannot_be_read_are_not_quoted() -> None:
    raw = {"username": "a", "name": "b", "departments": [1], "status": 1, "type": 0, "integrate_id": ""}
    values = [{**raw, name: odd} for name in raw for odd in ODD]
    assert betrayed(lambda one: read_member(one, {1: "c"}, {}), values) == []
