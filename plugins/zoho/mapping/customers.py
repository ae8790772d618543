"""Which field of a customer stands where: persons in Contacts, organisations in Accounts. Pure."""

from dataclasses import dataclass

from kequn.contracts.codecs import Text
from kequn.contracts.records import Kind
from plugins.zoho.mapping.columns import Column, Constant, FirstOf, Single
from plugins.zoho.mapping.names import WholeName
from plugins.zoho.mapping.tables import Table
from plugins.zoho.mapping.values import Day, Flag, Lookup, Option, Tier


@dataclass(frozen=True)
class Facts:
    """What the tables must know of the organisation and the connection's settings."""

    currency: str = "CNY"
    currencies: bool = False
    zone: str = "UTC"
    tier_field: str = "Customer_Tier"
    tiers: tuple[tuple[str, str], ...] = ()
    won_stages: tuple[str, ...] = ("Closed Won",)
    all_deals: bool = False
    lines: bool = False


def owner() -> Column:
    """Every record of Zoho has an owner: it may be replaced, not taken away."""
    return Single(field="owner", names=("Owner",), codec=Lookup(Kind.STAFF, "Users"), required=True, filled=True)


def address(prefix: str, code: str) -> tuple[Column, ...]:
    parts = (("street", "Street"), ("city", "City"), ("region", "State"), ("country", "Country"), ("postcode", code))
    return tuple(Single(field=field, names=(f"{prefix}_{part}",)) for field, part in parts)


def contacts(facts: Facts) -> Table:
    columns: tuple[Column, ...] = (
        Constant(field="type", value="person"),
        Single(field="first_name", names=("First_Name",), codec=Text(40), lossy=True),
        Single(field="last_name", names=("Last_Name",), codec=Text(80), lossy=True),
        WholeName(),
        FirstOf(field="phone", names=("Mobile", "Phone"), codec=Text(30), lossy=True, looks=True),
        Single(field="email", names=("Email",), codec=Text(100)),
        Single(field="gender", names=("Gender",), codec=Option(), optional=True),
        Single(field="occupation", names=("Title",), codec=Text(100)),
        Single(field="birthday", names=("Date_of_Birth",), codec=Day()),
        Single(field="source", names=("Lead_Source",), codec=Option(120)),
        Single(field="notes", names=("Description",), codec=Text(32000)),
        Single(field="opted_out", names=("Email_Opt_Out",), codec=Flag(), lossy=True),
        Single(field="currency", names=("Currency",), codec=Option(), optional=True),
        *address("Mailing", "Zip"),
        Single(field="tier", names=(facts.tier_field,), codec=Tier(facts.tiers), optional=True),
        Single(field="parent", names=("Account_Name",), codec=Lookup(Kind.CUSTOMER, "Accounts")),
        owner(),
    )
    return Table("Contacts", Kind.CUSTOMER, columns)


def accounts(facts: Facts) -> Table:
    columns: tuple[Column, ...] = (
        Constant(field="type", value="organisation"),
        Single(field="name", names=("Account_Name",), codec=Text(200), required=True),
        Single(field="phone", names=("Phone",), codec=Text(30)),
        Single(field="website", names=("Website",), codec=Text(255)),
        Single(field="industry", names=("Industry",), codec=Option(120)),
        Single(field="notes", names=("Description",), codec=Text(32000)),
        Single(field="currency", names=("Currency",), codec=Option(), optional=True),
        *address("Billing", "Code"),
        Single(field="parent", names=("Parent_Account",), codec=Lookup(Kind.CUSTOMER, "Accounts")),
        owner(),
    )
    return Table("Accounts", Kind.CUSTOMER, columns)
