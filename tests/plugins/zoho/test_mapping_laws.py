"""The laws of every column: what was written is read back in normal form; writing what was read changes nothing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kequn.contracts.errors import Rejected
from kequn.contracts.records import FIELDS, Kind, Money, Ref, Type, Value
from plugins.zoho.mapping import labels
from plugins.zoho.mapping.business import campaigns, cases, deals, sales_orders
from plugins.zoho.mapping.columns import Amount, Column, FirstOf, Party, Single
from plugins.zoho.mapping.customers import Facts, accounts, contacts
from plugins.zoho.mapping.interactions import About, calls, events, notes, tasks
from plugins.zoho.mapping.tables import Table
from plugins.zoho.mapping.values import Options, Whole
from tests.plugins.odd import ODD, betrayed, rows_of

FACTS = Facts(currency="CNY", currencies=True, zone="Asia/Shanghai", tiers=(("gold", "Gold"),), lines=True)
TABLES = [
    make(FACTS) for make in (accounts, contacts, deals, sales_orders, cases, campaigns, calls, events, tasks, notes)
]
CUSTOM = Table(
    "Contacts",
    Kind.CUSTOMER,
    (Single(field="interests", names=("Interests",), codec=Options()),),
)
RANKED = Table("Tiers", Kind.TIER, (Single(field="rank", names=("Rank",), codec=Whole(18, as_text=True)),))
COLUMNS = [(table, column) for table in [*TABLES, CUSTOM, RANKED] for column in table.columns if column.writable]

FIELDS_OF_FLAGS = {"Email_Opt_Out"}
LETTERS = st.characters(codec="utf-8")
TEXT = st.text(LETTERS, max_size=30) | st.text(st.sampled_from("ab 东西王·\n"), max_size=12)
TIMES = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
DECIMALS = st.decimals(Decimal("-99999999"), Decimal("99999999"), places=4)
BY_TYPE: dict[Type, st.SearchStrategy[Any]] = {
    Type.TEXT: TEXT,
    Type.BOOLEAN: st.booleans(),
    Type.DATE: st.dates(date(1900, 1, 1)),
    Type.DATETIME: TIMES,
    Type.INTEGER: st.integers(-(10**8), 10**8),
    Type.MONEY: st.builds(Money.of, DECIMALS, st.sampled_from(["CNY", "USD"])),
    Type.SET: st.frozensets(TEXT, max_size=4),
}
CONTACTS = st.sampled_from([Ref(Kind.CUSTOMER, "Contacts", "11"), Ref(Kind.CUSTOMER, "Contacts", "12")])
ACCOUNTS = st.sampled_from([Ref(Kind.CUSTOMER, "Accounts", "21"), Ref(Kind.CUSTOMER, "Accounts", "22")])
TIERS = st.sampled_from([Ref(Kind.TIER, "Tiers", "gold"), Ref(Kind.TIER, "Tiers", "Silver")])
USERS = st.just(Ref(Kind.STAFF, "Users", "31"))


def values(table: Table, column: Column) -> st.SearchStrategy[Any]:
    known = FIELDS[table.kind][column.field]
    if known.type is not Type.REF:
        return st.none() | BY_TYPE[known.type] if known.type is not Type.SET else BY_TYPE[known.type]
    both = isinstance(column, Party | About)
    return st.none() | {
        "owner": USERS, "tier": TIERS, "parent": ACCOUNTS, "customer": CONTACTS | ACCOUNTS if both else CONTACTS,
    }[column.field]  # fmt: skip


def written(column: Column, value: Value, present: dict[str, Any]) -> dict[str, Any]:
    try:
        return column.write(value, present)
    except Rejected:
        assume(False)
        raise


def standing(column: Column, data: st.DataObject, strategy: st.SearchStrategy[Any]) -> dict[str, Any]:
    """A record as Zoho holds it after some writes."""
    raw: dict[str, Any] = dict.fromkeys(column.names)
    if FIELDS_OF_FLAGS.issuperset(column.names):
        raw = dict.fromkeys(column.names, False)  # a checkbox is never empty
    for value in data.draw(st.lists(strategy, max_size=2)):
        raw |= written(column, value, raw)
    if isinstance(column, FirstOf):
        raw |= {name: data.draw(st.sampled_from([None, "1", "22"])) for name in column.names}
    if isinstance(column, Party):
        raw |= {name: data.draw(st.sampled_from([None, {"id": "1"}])) for name in column.names}
    return raw


def column_id(pair: tuple[Table, Column]) -> str:
    return f"{pair[0].object}.{pair[1].field}"


@pytest.mark.parametrize("pair", COLUMNS, ids=column_id)
@settings(max_examples=30)
@given(data=st.data())
def test_what_was_written_is_read_back(pair: tuple[Table, Column], data: st.DataObject) -> None:
    table, column = pair
    strategy = values(table, column)
    present = standing(column, data, strategy)
    value = data.draw(strategy)
    after = {**present, **written(column, value, present)}
    if column.normal(value) is None and column.looks:
        covered = column.read({**present, column.used(present)[0]: None})
        assert column.read(after) in [None, covered]
    else:
        assert column.read(after) == column.normal(value)


@pytest.mark.parametrize("pair", COLUMNS, ids=column_id)
@settings(max_examples=30)
@given(data=st.data())
def test_writing_what_was_read_changes_nothing(pair: tuple[Table, Column], data: st.DataObject) -> None:
    table, column = pair
    present = standing(column, data, values(table, column))
    again = written(column, column.read(present), present)
    assert {**present, **again} == present


@pytest.mark.parametrize("pair", COLUMNS, ids=column_id)
@settings(max_examples=30)
@given(data=st.data())
def test_the_normal_form_is_its_own_normal_form(pair: tuple[Table, Column], data: st.DataObject) -> None:
    table, column = pair
    value = data.draw(values(table, column))
    try:
        normal = column.normal(value)
    except Rejected:
        return
    assert column.normal(normal) == normal


def exact(column: Column, value: Value) -> bool:
    """Whether a column that is not declared lossy keeps this value as it is, but for what `normal` always does."""
    text = isinstance(value, str) and (value != value.strip() or value == "")
    fraction = isinstance(value, datetime) and value.microsecond > 0
    untrimmed = isinstance(value, frozenset) and any(one != one.strip() or not one for one in value)
    return not (text or fraction or untrimmed)


@pytest.mark.parametrize("pair", [pair for pair in COLUMNS if not pair[1].lossy], ids=column_id)
@settings(max_examples=30)
@given(data=st.data())
def test_only_lossy_columns_change_values(pair: tuple[Table, Column], data: st.DataObject) -> None:
    table, column = pair
    value = data.draw(values(table, column))
    assume(exact(column, value) and value != "-None-")
    try:
        normal = column.normal(value)
    except Rejected:
        return
    assert normal == value


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.object)
def test_no_two_columns_fill_the_same_field(table: Table) -> None:
    fields = [column.field for column in table.columns]
    assert len(fields) == len(set(fields))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.object)
def test_one_field_of_zohos_is_written_by_one_column(table: Table) -> None:
    # A name in whole and in parts; an amount's currency; a note's text, whose first line may be its title.
    shared = {"First_Name", "Last_Name", "Currency", "Note_Content"}
    names = [name for column in table.columns if column.writable for name in column.names if name not in shared]
    assert len(names) == len(set(names))


def test_an_amount_in_another_currency_is_refused_where_there_is_one() -> None:
    amount = Amount(field="amount", home="CNY", several=False)
    assert amount.names == ("Amount",)
    with pytest.raises(Rejected, match="one currency"):
        amount.write(Money.of(1, "USD"), {})


def test_an_event_keeps_its_length_when_it_moves() -> None:
    start = next(column for column in events(FACTS).columns if column.field == "happened_at")
    present = {"Start_DateTime": "2026-01-05T09:00:00+08:00", "End_DateTime": "2026-01-05T09:25:00+08:00"}
    moved = start.write(datetime(2026, 1, 6, 1, 0, tzinfo=UTC), present)
    assert moved == {"Start_DateTime": "2026-01-06T01:00:00+00:00", "End_DateTime": "2026-01-06T01:25:00+00:00"}


def test_a_day_is_the_day_of_the_organisations_zone() -> None:
    ordered = next(column for column in deals(FACTS).columns if column.field == "ordered_at")
    late = datetime(2026, 1, 5, 20, 0, tzinfo=UTC)
    assert ordered.write(late, {}) == {"Closing_Date": "2026-01-06"}
    assert ordered.normal(late) == late - timedelta(hours=4)


ITEM = ("Product_Name", "Quantity", "Net_Total", "Total")
READ = [(table, column) for table in [*TABLES, CUSTOM, RANKED] for column in table.columns if column.names]


@pytest.mark.parametrize(("table", "column"), READ, ids=[f"{table.object}.{column.field}" for table, column in READ])
def test_what_cannot_be_read_is_not_quoted(table: Table, column: Column) -> None:
    values = [*ODD, *(rows_of(ITEM) if column.field == "lines" else [])]
    alone = [{name: odd} for name in column.names for odd in values]
    assert betrayed(column.read, [*alone, *(dict.fromkeys(column.names, odd) for odd in values)]) == []


LABELS = [
    (labels.tag, {"id": "1", "name": "vip", "color_code": "#F17574", "modified_time": None}),
    (labels.roster, {"id": "1", "Modified_Time": "2026-01-01T00:00:00+00:00", "Tag": [{"id": "1"}]}),
    (labels.user, {"id": "1", "full_name": "x", "email": "a@example.com", "status": "active", "role": {"name": "r"}}),
    (lambda raw: labels.tiers([raw]), {"actual_value": "x", "display_value": "y", "type": "used"}),
]


@pytest.mark.parametrize(("read", "raw"), LABELS, ids=["tag", "roster", "user", "tiers"])
def test_labels_that_cannot_be_read_are_not_quoted(read: Any, raw: dict[str, Any]) -> None:
    assert betrayed(read, [{**raw, name: odd} for name in raw for odd in ODD]) == []
