"""Fills a tenant with generated records, always the same for the same seed. Nobody in it exists.

`records` counts customers, every third of whom stands in the other emulators of the same seed too; orders with lines,
cases, notes of visits, groups and their members come in proportion. Rows are made as the table keeps them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kequn.testing.emulator.crowd import DAY, GROUPS, TIERS, Crowd, Person, Trace
from plugins.fxiaoke.emulator import records
from plugins.fxiaoke.emulator.metadata import set_options
from plugins.fxiaoke.emulator.objects import GROUP, MEMBER
from plugins.fxiaoke.emulator.tenant import Tenant

OFFSET = 2_000_000
"""The number of the first customer whom only this CRM has."""

PRODUCTS = 10
Drawn = tuple[Trace, Mapping[str, Any]]


class Seeder:
    def __init__(self, tenant: Tenant, count: int) -> None:
        self._tenant = tenant
        self._count = count
        self._crowd = Crowd(tenant.options.seed, count, users=len(tenant.users))
        self._names = self._crowd.names
        self._now = tenant.now()
        self._users = list(tenant.users)

    def run(self) -> None:
        """Add the tiers' names and all records."""
        levels = tuple((tier, str(place + 1)) for place, tier in enumerate(TIERS))
        set_options(self._tenant.objects["AccountObj"], "account_level", levels)
        people = self._crowd.overlapping(OFFSET)
        accounts = self._put("AccountObj", [(person.trace, self._account(person)) for person in people])
        groups = self._put(GROUP, [(self._old(), {"name": name}) for name in GROUPS])
        members = [(person, account, place) for person, account in zip(people, accounts, strict=True)
                   for place in person.groups]  # fmt: skip
        self._put(MEMBER, [(person.trace, self._member(at, account, groups[place]))
                           for at, (person, account, place) in enumerate(members)])  # fmt: skip
        self._put("CasesObj", [self._case(number, accounts) for number in range(self._count // 5)])
        self._put("ActiveRecordObj", [self._note(number, accounts) for number in range(self._count // 10)])
        self._sell(accounts)
        self._put("PersonnelObj", [(self._old(), self._employee(id)) for id in self._users])

    def _put(self, name: str, drawn: Iterable[Drawn]) -> list[str]:
        """Ids in the order in which the records were drawn; they grow with the time of making."""
        object = self._tenant.objects[name]
        listed = list(drawn)
        rows: dict[int, dict[str, Any]] = {}
        for place in sorted(range(len(listed)), key=lambda at: (-listed[at][0].age, at)):
            trace, fields = listed[place]
            made = (self._now // 1000 - trace.age) * 1000 + place % 1000
            maker, editor = self._users[trace.maker], self._users[trace.editor]
            row = records.new_row(self._tenant, object, {"owner": [maker], **fields}, maker, made)
            rows[place] = row | {"last_modified_by": [editor], "last_modified_time": made + trace.later * 1000}
        object.table.fill({row["_id"]: row for row in rows.values()})
        return [rows[place]["_id"] for place in range(len(listed))]

    def _account(self, person: Person) -> dict[str, Any]:
        sources = dict(self._tenant.objects["AccountObj"].fields["account_source"].options)
        tier = None if person.tier is None else str(TIERS.index(person.tier) + 1)
        return {
            "name": person.name, "tel": person.phone, "email": person.email, "account_type": "2", "account_level": tier,
            "account_source": None if person.source is None else sources[person.source],
        }  # fmt: skip

    def _member(self, number: int, account: str, group: str) -> dict[str, Any]:
        return {"name": f"M{number + 1:06d}", "kq_customer__c": account, "kq_group__c": group}

    def _case(self, number: int, accounts: Sequence[str]) -> Drawn:
        names = self._names
        return self._crowd.trace(), {
            "name": f"工单 {number + 1}", "account_id": names.one_of(accounts), "kq_kind__c": _option(names.below(3)),
            "kq_channel__c": _option(names.below(3)), "kq_status__c": _option(names.below(4)),
            "kq_priority__c": _option(names.below(3)), "kq_content__c": "请尽快回复 🙏",
        }  # fmt: skip

    def _note(self, number: int, accounts: Sequence[str]) -> Drawn:
        names, trace = self._names, self._crowd.trace()
        return trace, {
            "name": f"拜访 {number + 1}", "account_id": names.one_of(accounts),
            "kq_channel__c": _option(names.below(3)), "kq_direction__c": _option(names.below(2)),
            "kq_status__c": _option(names.below(2)),
            "kq_happened_at__c": (self._now // 1000 - names.below(trace.age)) * 1000,
        }  # fmt: skip

    def _sell(self, accounts: Sequence[str]) -> None:
        prices = [(self._names.below(50_000) + 100) for _ in range(PRODUCTS)]
        products = self._put(
            "ProductObj",
            [(self._old(), {"name": f"产品 {at + 1}", "price": _money(price)}) for at, price in enumerate(prices)],
        )
        baskets = [self._basket() for _ in range(self._count // 3)]
        orders = self._put(
            "SalesOrderObj", [self._order(at, basket, prices, accounts) for at, basket in enumerate(baskets)]
        )
        self._put(
            "SalesOrderProductObj",
            [
                (self._old(), self._line(order, product, quantity, products, prices))
                for order, basket in zip(orders, baskets, strict=True)
                for product, quantity in basket
            ],
        )

    def _basket(self) -> list[tuple[int, int]]:
        """Products by their place, and how many of each."""
        return [(self._names.below(PRODUCTS), self._names.below(3) + 1) for _ in range(self._names.below(3) + 1)]

    def _order(
        self, number: int, basket: Sequence[tuple[int, int]], prices: Sequence[int], accounts: Sequence[str]
    ) -> Drawn:
        trace, paid = self._crowd.trace(), self._names.below(3) > 0
        ordered = (self._now // 1000 - trace.age) // DAY * DAY - 8 * 3600  # midnight of the tenant's zone
        return trace, {
            "name": f"SO{number + 1:06d}", "account_id": self._names.one_of(accounts), "order_time": ordered * 1000,
            "order_amount": _money(sum(prices[product] * quantity for product, quantity in basket)),
            "kq_kind__c": "1", "kq_status__c": "2" if paid else "1",
            "kq_paid_at__c": (ordered + 36_000) * 1000 if paid else None,
        }  # fmt: skip

    def _line(
        self, order: str, product: int, quantity: int, products: Sequence[str], prices: Sequence[int]
    ) -> dict[str, Any]:
        return {
            "order_id": order, "product_id": products[product], "quantity": str(quantity),
            "sales_price": _money(prices[product]), "subtotal": _money(prices[product] * quantity),
        }  # fmt: skip

    def _employee(self, id: str) -> dict[str, Any]:
        user = self._tenant.users[id]
        return {
            "name": user.name, "full_name": user.name, "phone": user.mobile, "user_id": user.number,
            "employee_number": user.number, "position": user.position, "status": "1" if user.is_stop else "0",
        }  # fmt: skip

    def _old(self) -> Trace:
        return Trace(400 * DAY, 0, 0, 0)


def _option(place: int) -> str:
    return str(place + 1)


def _money(cents: int) -> str:
    return f"{cents / 100:.2f}"
