"""The laws of every codec: what was written is read back in normal form; writing what was read changes nothing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kequn.contracts.codecs import Text
from kequn.contracts.errors import MissingReference, Rejected
from kequn.contracts.records import FIELDS, Kind, Line, Money, Ref, Type, Value
from plugins.fxiaoke.emulator.fields import SYSTEM
from plugins.fxiaoke.emulator.objects import GROUP, standard
from plugins.fxiaoke.mapping.choices import Choice, Choices, shown_options
from plugins.fxiaoke.mapping.items import Items
from plugins.fxiaoke.mapping.tables import Column, Table
from plugins.fxiaoke.mapping.tailoring import Plan, tailor
from plugins.fxiaoke.mapping.tailoring import assume as assumed
from plugins.fxiaoke.mapping.values import Flag, Moment, Whole, zone_of
from tests.plugins.fxiaoke.rig import Rig
from tests.plugins.odd import ODD, betrayed, rows_of

CHOSEN = Rig(lines=True, fields={
    "AccountObj": {"type": "account_type"}, "SalesOrderObj": {"paid_at": "kq_paid_at__c", "status": "kq_status__c"},
    "ActiveRecordObj": {"happened_at": "kq_happened_at__c", "content": "kq_content__c"},
}, customers={"AccountObj": "person", "ContactObj": "person"}).crm._tenant.chosen  # fmt: skip
DESCRIBED = {
    spec.api_name: {"fields": {one.api_name: one.describe() for one in (*spec.fields, *SYSTEM)}}
    for spec in standard(order_numbers=False)
}
TABLES = [tailor(plan, DESCRIBED[plan.object]).table for plan in CHOSEN.plans]


def extra(field: str, kind: Kind, codec: Any) -> tuple[Table, Column]:
    column = Column(field=field, name="x__c", codec=codec, lossy=isinstance(codec, Choices))
    return Table("AccountObj", kind, (column,)), column


COLUMNS = [(table, column) for table in TABLES for column in table.columns if column.writable] + [
    extra("opted_out", Kind.CUSTOMER, Flag()),
    extra("rank", Kind.TIER, Whole()),
    extra("interests", Kind.CUSTOMER, Choices((("1", "a"), ("2", "b"), ("3", "c")))),
]

TEXT = st.text(st.characters(codec="utf-8"), max_size=30) | st.text(st.sampled_from("ab 东西王·\n"), max_size=12)
TIMES = st.builds(
    lambda moment, exact: moment.replace(microsecond=moment.microsecond // 1000 * 1000) if exact else moment,
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([True, True, False]),
)
AMOUNTS = st.decimals(Decimal("-99999999"), Decimal("99999999"), places=2)
MONEY = st.builds(Money.of, AMOUNTS, st.sampled_from(["CNY", "CNY", "USD"]))
LINES = st.lists(
    st.builds(Line, TEXT, quantity=st.decimals(Decimal(0), Decimal(999), places=2), amount=st.none() | MONEY),
    max_size=4,
).map(tuple)
BY_TYPE: dict[Type, st.SearchStrategy[Any]] = {
    Type.BOOLEAN: st.booleans(), Type.DATE: st.dates(date(1900, 1, 1), date(2200, 1, 1)), Type.DATETIME: TIMES,
    Type.INTEGER: st.integers(-(10**12), 10**12), Type.MONEY: MONEY, Type.LINES: LINES,
    Type.SET: st.frozensets(st.sampled_from("abc")),
}  # fmt: skip


def values(table: Table, column: Column) -> st.SearchStrategy[Any]:
    spec = FIELDS[table.kind][column.field]
    if spec.type in {Type.SET, Type.LINES}:
        return BY_TYPE[spec.type]
    if isinstance(column.codec, Choice):
        texts = [text for _, text in column.codec.shown] + [value for value, _ in column.codec.shown]
        return st.sampled_from(texts) if column.required else st.none() | st.sampled_from(texts)
    if spec.type is not Type.REF:
        return st.none() | BY_TYPE.get(spec.type, TEXT)
    objects = {
        Kind.STAFF: "Users", Kind.TIER: "Tiers", Kind.GROUP: GROUP, Kind.CUSTOMER: getattr(column.codec, "object", ""),
    }  # fmt: skip
    to = spec.to or Kind.CUSTOMER
    return st.none() | st.builds(Ref, st.just(to), st.just(objects[to]), st.sampled_from(["1", "2", "x"]))


def written(column: Column, value: Value) -> dict[str, Any]:
    try:
        return column.write(value)
    except Rejected:
        assume(False)
        raise


def column_id(pair: tuple[Table, Column]) -> str:
    return f"{pair[0].object}.{pair[1].field}"


@pytest.mark.parametrize("pair", COLUMNS, ids=column_id)
@settings(max_examples=30)
@given(data=st.data())
def test_what_was_written_is_read_back(pair: tuple[Table, Column], data: st.DataObject) -> None:
    table, column = pair
    value = data.draw(values(table, column))
    raw = written(column, value)
    assert column.read(raw) == column.normal(value)
    assert column.normal(column.normal(value)) == column.normal(value)


@pytest.mark.parametrize("pair", COLUMNS, ids=column_id)
@settings(max_examples=30)
@given(data=st.data())
def test_writing_what_was_read_changes_nothing(pair: tuple[Table, Column], data: st.DataObject) -> None:
    table, column = pair
    standing = written(column, data.draw(values(table, column)))
    again = written(column, column.read(standing))
    if isinstance(column.codec, Items):
        assert column.codec.difference(
            [{**item, "_id": str(at)} for at, item in enumerate(standing["items"])], again["items"]
        ) == ([], [])  # fmt: skip
    else:
        assert again == standing


@pytest.mark.parametrize("pair", [pair for pair in COLUMNS if not pair[1].lossy], ids=column_id)
@settings(max_examples=30)
@given(data=st.data())
def test_only_lossy_columns_change_values(pair: tuple[Table, Column], data: st.DataObject) -> None:
    table, column = pair
    value = data.draw(values(table, column))
    assume(not (isinstance(value, str) and value != value.strip()) and value != "")
    assume(not (isinstance(value, datetime) and value.microsecond % 1000))
    written(column, value)
    assert column.normal(value) == value


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.object)
def test_one_field_is_one_column(table: Table) -> None:
    for names in ([column.field for column in table.columns], [column.name for column in table.columns]):
        assert len(names) == len(set(names))


@pytest.mark.parametrize("plan", CHOSEN.plans, ids=lambda plan: plan.object)
def test_what_is_assumed_is_what_is_found(plan: Plan) -> None:
    assert assumed(plan).fields == tailor(plan, DESCRIBED[plan.object]).table.fields


def test_an_amount_that_does_not_fit_is_refused() -> None:
    amount = next(one for table in TABLES for one in table.columns if one.field == "amount")
    for money, words in ((Money.of(1, "USD"), "in CNY"), (Money.of("1.005", "CNY"), "2 decimal places")):
        with pytest.raises(Rejected, match=f"amount: .*{words}"):
            amount.write(money)
    assert amount.write(Money.of("100.1", "CNY")) == {"order_amount": "100.10"}


def test_a_day_is_the_day_of_the_tenants_zone() -> None:
    ordered = next(one for table in TABLES for one in table.columns if one.field == "ordered_at")
    late = datetime(2026, 1, 5, 20, 0, tzinfo=UTC)
    assert ordered.write(late) == {"order_time": 1767628800000}
    assert ordered.normal(late) == late - timedelta(hours=4)


@pytest.mark.parametrize(
    ("name", "hours"), [("GMT+8", 8), ("GMT+08:00", 8), ("UTC-3", -3), ("GMT+5:30", 5.5), ("Asia/Shanghai", 8)]
)
def test_zones(name: str, hours: float) -> None:
    assert datetime(2026, 1, 5, tzinfo=zone_of(name)).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize("name", ["", "GMT", "None", "../etc/passwd"])
def test_a_zone_that_is_none(name: str) -> None:
    if name == "GMT":
        assert zone_of(name).utcoffset(datetime(2026, 1, 1)) == timedelta(0)
        return
    with pytest.raises(ValueError, match="no time zone"):
        zone_of(name)


@given(
    st.dictionaries(st.text("123", min_size=1, max_size=2), st.text("ab12 ()", max_size=6), max_size=6),
    st.dictionaries(st.text("xya", min_size=1, max_size=2), st.text("123", min_size=1, max_size=2), max_size=3),
)
def test_each_option_has_a_text_of_its_own(options: dict[str, str], words: dict[str, str]) -> None:
    choice = Choice(shown_options(options.items(), words))
    texts = [text for _, text in choice.shown]
    assert len(texts) == len(set(texts)) == len(options)
    for value in options:
        text = choice.read(value)
        assert text is not None
        assert choice.write(text) == value


def test_an_unknown_option_passes_through_and_an_unknown_text_is_refused() -> None:
    choice = Choice((("1", "New"),))
    assert choice.read("7") == "7"
    with pytest.raises(Rejected, match="none of the options"):
        choice.write("Old")


def test_a_tier_that_is_no_option_is_missing() -> None:
    tier = next(one for table in TABLES for one in table.columns if one.field == "tier")
    with pytest.raises(MissingReference, match="tier"):
        tier.write(Ref(Kind.TIER, "Tiers", "99"))


@pytest.mark.parametrize("raw", [True, 1.5, [], "soon", 10**20])
def test_a_time_that_is_none(raw: Any) -> None:
    if raw == []:
        assert Moment().read(raw) is None
        return
    with pytest.raises(ValueError, match=r"milliseconds|range|invalid"):
        Moment().read(raw)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.object)
def test_a_refusal_names_our_field(table: Table) -> None:
    wrong = {one.field: "a\x00b" for one in table.columns if one.writable and isinstance(one.codec, Text)}
    closed = {one.field: "a" for one in table.columns if not one.writable}
    for name, value in {**wrong, **closed, "unheard_of": "a"}.items():
        with pytest.raises(Rejected) as refusal:
            table.changed({name: value})
        assert refusal.value.field == name


ITEM = ("product_id__r", "product_id", "quantity", "subtotal")
READ = [*[(table, column) for table in TABLES for column in table.columns if not column.writable], *COLUMNS]


@pytest.mark.parametrize(("table", "column"), READ, ids=[f"{table.object}.{column.field}" for table, column in READ])
def test_what_cannot_be_read_is_not_quoted(table: Table, column: Column) -> None:
    values = [*ODD, *(rows_of(ITEM) if column.field == "lines" else [])]
    assert betrayed(column.read, [{column.name: odd} for odd in values]) == []
