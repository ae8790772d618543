"""Which field of a purchase, a feedback or a campaign stands where: Deals, Sales_Orders, Cases, Campaigns. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kequn.contracts.codecs import Text, read_number
from kequn.contracts.records import Kind, Line, Value
from plugins.zoho.mapping.columns import Amount, Column, Constant, Party, Single
from plugins.zoho.mapping.customers import Facts, owner
from plugins.zoho.mapping.tables import Table
from plugins.zoho.mapping.values import DayOf, Moment, Option, Raw, read_money


@dataclass(frozen=True, kw_only=True)
class Paid(Column):
    """A deal counts as paid on its closing date once its stage is a won one."""

    stages: tuple[str, ...]
    zone: str
    field: str = "paid_at"
    names: tuple[str, ...] = ("Stage", "Closing_Date")
    writable: bool = False

    def read(self, raw: Raw) -> Value:
        return DayOf(self.zone).read(raw.get("Closing_Date")) if raw.get("Stage") in self.stages else None


@dataclass(frozen=True, kw_only=True)
class Items(Column):
    """The lines of a sales order, which only the answer for a single record has."""

    home: str
    several: bool
    field: str = "lines"
    names: tuple[str, ...] = ("Ordered_Items",)
    writable: bool = False

    def read(self, raw: Raw) -> Value:
        currency = (Text().read(raw.get("Currency")) if self.several else None) or self.home
        return tuple(_line(item, currency) for item in _items(raw.get("Ordered_Items")))


def _items(held: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(held or [], list) or not all(isinstance(item, Mapping) for item in held or ()):
        raise ValueError("a list of lines was expected")
    return held or ()


def _line(item: Mapping[str, Any], currency: str) -> Line:
    product = item.get("Product_Name")
    name = product.get("name") if isinstance(product, Mapping) else product
    if not name:
        raise ValueError("a line without a product")
    amount = next((item[key] for key in ("Net_Total", "Total") if item.get(key) is not None), None)
    return Line(str(name), quantity=read_number(item.get("Quantity") or 1), amount=read_money(amount, currency))


def deals(facts: Facts) -> Table:
    stages = facts.won_stages
    columns: tuple[Column, ...] = (
        Constant(field="kind", value="sale"),
        Single(field="name", names=("Deal_Name",), codec=Text(120), required=True),
        Single(field="status", names=("Stage",), codec=Option(120), required=True),
        Amount(field="amount", home=facts.currency, several=facts.currencies, lossy=True),
        Single(field="ordered_at", names=("Closing_Date",), codec=DayOf(facts.zone), lossy=True),
        Paid(stages=stages, zone=facts.zone),
        Party(person="Contact_Name", organisation="Account_Name"),
        owner(),
    )

    def won(raw: Raw) -> bool:
        return facts.all_deals or raw.get("Stage") in stages

    return Table(
        "Deals", Kind.PURCHASE, columns, defaults={"Stage": stages[0]}, admits=won, notifies=facts.all_deals
    )  # fmt: skip


def sales_orders(facts: Facts) -> Table:
    """Zoho makes the amount from the lines, and a new order needs lines of its own products: none is created here."""
    columns: tuple[Column, ...] = (
        Constant(field="kind", value="sale"),
        Single(field="name", names=("Subject",), codec=Text(255), required=True),
        Single(field="status", names=("Status",), codec=Option(120)),
        Amount(
            field="amount", name="Grand_Total", home=facts.currency, several=facts.currencies,
            writable=False, lossy=True,
        ),
        Single(field="ordered_at", names=("Created_Time",), codec=Moment(), writable=False),
        Party(person="Contact_Name", organisation="Account_Name"),
        owner(),
    )  # fmt: skip
    items = (Items(home=facts.currency, several=facts.currencies),) if facts.lines else ()
    return Table("Sales_Orders", Kind.PURCHASE, columns + items, create=False, exclude=frozenset({"Ordered_Items"}))


def cases(facts: Facts) -> Table:
    columns: tuple[Column, ...] = (
        Single(field="subject", names=("Subject",), codec=Text(255), required=True),
        Single(field="kind", names=("Type",), codec=Option(120)),
        Single(field="channel", names=("Case_Origin",), codec=Option(120), required=True),
        Single(field="status", names=("Status",), codec=Option(120), required=True),
        Single(field="priority", names=("Priority",), codec=Option(120)),
        Single(field="content", names=("Description",), codec=Text(32000)),
        Single(field="solution", names=("Solution",), codec=Text(32000)),
        Single(field="happened_at", names=("Created_Time",), codec=Moment(), writable=False),
        Party(person="Related_To", organisation="Account_Name"),
        owner(),
    )
    return Table("Cases", Kind.FEEDBACK, columns, defaults={"Status": "New", "Case_Origin": "Web"})


def campaigns(facts: Facts) -> Table:
    columns: tuple[Column, ...] = (
        Single(field="name", names=("Campaign_Name",), codec=Text(200), required=True),
        Single(field="purpose", names=("Type",), codec=Option(120)),
        Single(field="description", names=("Description",), codec=Text(32000)),
        owner(),
    )
    return Table("Campaigns", Kind.GROUP, columns)


def told(object: str, kind: Kind) -> Callable[[Facts], Table]:
    """A module of the organisation's own, which kequn fills: all its fields stand in the settings."""

    def make(facts: Facts) -> Table:
        return Table(object, kind, (), upsert=False, notifies=False)

    return make
