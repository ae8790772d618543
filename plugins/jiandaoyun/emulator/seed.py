"""Fills the forms with generated records, always the same for the same seed. Nobody in them exists.

`records` counts customers, a third of whom other emulators know too; groups, tiers, memberships, feedback, orders and
interactions come in proportion. Rows are made as they are kept, without a check for each."""

from collections.abc import Iterable, Sequence
from typing import Any

from kequn.testing.emulator.crowd import GROUPS, TIERS, Crowd, Person, Trace
from plugins.jiandaoyun.emulator.company import Company

OFFSET = 3_000_000
"""Where the numbers of the customers begin whom only this company knows."""

SECOND, DAY = 1000, 86_400_000
Cells = dict[str, Any]


class Seeder:
    def __init__(self, company: Company, count: int) -> None:
        self._company = company
        self._count = count
        self._users = list(company.users)
        self._crowd = Crowd(company.options.seed, count, len(self._users))
        self._names = self._crowd.names
        self._now = company.now()

    def run(self) -> None:
        oldest = Trace(400 * 86400, 0, 0, 0)
        ranked = enumerate(TIERS, start=1)
        tiers = self._put("tier", [(oldest, {"name": name, "code": f"T{at}", "rank": at}) for at, name in ranked])
        groups = self._put("group", [(oldest, {"name": name, "kind": "运营", "platform": "微信"}) for name in GROUPS])
        people = self._crowd.overlapping(OFFSET)
        customers = self._put("customer", [(one.trace, self._customer(one, tiers)) for one in people])
        self._put("membership", self._memberships(people, customers, groups))
        self._fill("feedback", self._count // 5, lambda n: self._feedback(n, customers))
        self._fill("purchase", self._count // 3, lambda n: self._purchase(n, customers))
        self._fill("interaction", self._count // 10, lambda n: self._interaction(n, customers))

    def _fill(self, key: str, count: int, make: Any) -> None:
        self._put(key, ((self._crowd.trace(), make(number)) for number in range(count)))

    def _put(self, key: str, given: Iterable[tuple[Trace, Cells]]) -> list[str]:
        """Their ids, in the given order."""
        form = self._company.form(key)
        ids, rows = {widget.alias: widget.id for widget in form.widgets}, {}
        for trace, values in given:
            row = self._frame(trace) | {ids[name]: value for name, value in values.items() if value is not None}
            rows[row["_id"]] = row
        form.table.fill(rows)
        form.modified = max((row["updateTime"] for row in rows.values()), default=None)
        return list(rows)

    def _frame(self, trace: Trace) -> Cells:
        made = self._now - trace.age * SECOND
        return {
            "_id": self._company.ids.past(made), "creator": self._users[trace.maker],
            "updater": self._users[trace.editor], "deleter": None, "createTime": made,
            "updateTime": made + trace.later * SECOND, "deleteTime": None,
        }  # fmt: skip

    def _customer(self, person: Person, tiers: Sequence[str]) -> Cells:
        return {
            "name": person.name, "type": "个人", "email": person.email, "source": person.source,
            "phone": {"phone": person.phone.removeprefix("+86 "), "verified": False},
            "address": {"city": person.city}, "country": "中国",
            "tier_ref": tiers[TIERS.index(person.tier)] if person.tier else None,
            "opted_out": "是" if person.opted_out else "否", "owner": self._users[person.trace.maker],
        }  # fmt: skip

    def _memberships(
        self, people: Sequence[Person], customers: Sequence[str], groups: Sequence[str]
    ) -> Iterable[tuple[Trace, Cells]]:
        for person, customer in zip(people, customers, strict=True):
            for group in person.groups:
                joined = self._now - person.trace.age * SECOND
                yield person.trace, {"customer_ref": customer, "group_ref": groups[group], "joined_at": joined}

    def _feedback(self, number: int, customers: Sequence[str]) -> Cells:
        names = self._names
        return {
            "subject": f"反馈 {number + 1}", "customer_ref": names.one_of(customers), "content": "请尽快回复 🙏",
            "kind": names.one_of(("投诉", "建议", "咨询")), "channel": names.one_of(("电话", "微信", "邮件")),
            "status": names.one_of(("待处理", "处理中", "已完成")), "priority": names.one_of(("高", "中", "低")),
            "score": names.below(5) + 1, "handler": names.one_of(self._users),
            "happened_at": self._now - names.below(300) * DAY,
        }  # fmt: skip

    def _purchase(self, number: int, customers: Sequence[str]) -> Cells:
        names = self._names
        lines = [self._line(at) for at in range(names.below(3) + 1)]
        ordered = self._now - names.below(300) * DAY
        return {
            "order_no": f"DD{number + 1:06d}", "customer_ref": names.one_of(customers), "currency": "CNY",
            "kind": "销售", "status": names.one_of(("已付款", "已发货", "已完成")), "ordered_at": ordered,
            "paid_at": ordered + DAY, "lines": lines, "owner": names.one_of(self._users),
            "amount": round(sum(line["amount"] for line in self._named(lines)), 2),
        }  # fmt: skip

    def _line(self, at: int) -> Cells:
        quantity, price = self._names.below(4) + 1, (self._names.below(90_000) + 100) / 100
        values = {
            "sku": f"P{at + 1}", "title": self._names.one_of(("茶叶", "茶具", "礼盒")), "category": "食品",
            "qty": quantity, "price": price, "amount": round(quantity * price, 2), "returned": "否",
        }  # fmt: skip
        items = self._company.form("purchase").named("lines").items
        cells = {item.id: values[item.alias] for item in items if item.alias in values}
        return {"_id": self._company.ids.past(self._now), **cells}

    def _named(self, lines: Sequence[Cells]) -> Iterable[Cells]:
        items = self._company.form("purchase").named("lines").items
        return ({str(item.alias): line.get(item.id) for item in items} for line in lines)

    def _interaction(self, number: int, customers: Sequence[str]) -> Cells:
        names = self._names
        return {
            "subject": f"回访 {number + 1}", "customer_ref": names.one_of(customers), "summary": "老客户回访",
            "channel": names.one_of(("电话", "拜访", "微信")), "direction": names.one_of(("呼出", "呼入")),
            "status": "已完成", "happened_at": self._now - names.below(90) * DAY, "staff": names.one_of(self._users),
        }  # fmt: skip
