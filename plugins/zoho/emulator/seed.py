"""Fills an organisation with generated records, always the same for the same seed. Nobody in it exists.

`records` counts contacts; accounts, cases, deals, calls and tasks come in proportion. Rows are made as the table keeps
them, without a check for each, so that 100,000 contacts are usable."""

from collections.abc import Sequence
from typing import Any

from kequn.testing.emulator import Names
from plugins.zoho.emulator import metadata, records
from plugins.zoho.emulator.org import Module, Org
from plugins.zoho.emulator.tags import create_tag

TIERS = ("普通", "VIP", "战略")
TAGS = ("newsletter", "重点客户", "beta", "trade fair", "老客户")
DAY = 86400
STAGES = ("Closed Won", "Negotiation/Review", "Closed Lost", "Qualification")


class Seeder:
    def __init__(self, org: Org, count: int) -> None:
        self._org = org
        self._count = count
        self._names = Names(org.options.seed)
        self._now = org.now()
        self._users = list(org.users)

    def run(self) -> None:
        """Add the customer tier, the tags and all records."""
        contacts = self._org.modules["Contacts"]
        metadata.add_field(self._org, contacts, "Customer Tier", "picklist", options=TIERS)
        tags = [create_tag(self._org, contacts, name, None, self._users[1]).id for name in TAGS]
        accounts = self._fill("Accounts", -(-self._count // 10), self._account)
        people = self._fill("Contacts", self._count, lambda n: self._contact(n, accounts, tags))
        self._fill("Cases", self._count // 5, lambda n: self._case(n, people))
        self._fill("Deals", self._count // 3, lambda n: self._deal(n, people))
        self._fill("Calls", self._count // 10, lambda n: self._call(n, people))
        self._fill("Tasks", self._count // 10, lambda n: self._task(n, people))

    def _fill(self, name: str, count: int, make: Any) -> list[str]:
        module = self._org.modules[name]
        rows = {}
        for number in range(count):
            row = self._frame(module) | make(number)
            rows[row["id"]] = records.derive(module, row)
        module.table.fill(rows)
        return list(rows)

    def _frame(self, module: Module) -> dict[str, Any]:
        """What the system keeps of a record: made within 400 days, changed since by somebody or not."""
        created = self._now - DAY - self._names.below(400 * DAY)
        modified = created + self._names.below(self._now - created) if self._names.below(3) else created
        maker, editor = self._names.one_of(self._users), self._names.one_of(self._users)
        row = {
            "id": self._org.next_id(), "Owner": maker, "Created_By": maker, "Created_Time": created,
            "Modified_By": editor, "Modified_Time": modified, "Tag": (), "Record_Status__s": "Available",
            "Locked__s": False,
        }  # fmt: skip
        if module.api_name == "Cases":
            module.numbers += 1
            row["Case_Number"] = str(module.numbers)
        return row

    def _account(self, number: int) -> dict[str, Any]:
        return {
            "Account_Name": self._names.company(number + 1), "Website": f"https://company{number + 1}.example.org",
            "Phone": self._names.phone(9_000_000 + number), "Billing_City": self._names.city(),
            "Billing_Country": "中国",
        }  # fmt: skip

    def _contact(self, number: int, accounts: Sequence[str], tags: Sequence[str]) -> dict[str, Any]:
        names = self._names
        first, last = names.person()
        some = tuple(tag for tag in tags if names.below(4) == 0)
        return {
            "First_Name": first, "Last_Name": last, "Email": names.email(number + 1), "Mobile": names.phone(number),
            "Account_Name": names.one_of(accounts) if names.below(4) else None, "Mailing_City": names.city(),
            "Mailing_Country": "中国", "Customer_Tier": names.one_of((*TIERS, None)), "Tag": some,
            "Email_Opt_Out": names.below(20) == 0, "Lead_Source": names.one_of(("Chat", "Web Download", None)),
        }  # fmt: skip

    def _case(self, number: int, people: Sequence[str]) -> dict[str, Any]:
        person = self._names.one_of(people)
        return {
            "Subject": f"反馈 {number + 1}", "Status": self._names.one_of(("New", "On Hold", "Escalated", "Closed")),
            "Case_Origin": self._names.one_of(("Email", "Phone", "Web")), "Description": "请尽快回复 🙏",
            "Type": self._names.one_of(("Problem", "Feature Request", "Question")),
            "Priority": self._names.one_of(("High", "Medium", "Low")), "Related_To": person,
            "Account_Name": self._account_of(person),
        }  # fmt: skip

    def _deal(self, number: int, people: Sequence[str]) -> dict[str, Any]:
        person = self._names.one_of(people)
        closing = self._org.time(self._now - self._names.below(300) * DAY)[:10]
        return {
            "Deal_Name": f"订单 {number + 1}", "Stage": self._names.one_of(STAGES), "Closing_Date": closing,
            "Amount": (self._names.below(1_000_000) + 1) / 100, "Contact_Name": person,
            "Account_Name": self._account_of(person), "Probability": 100,
        } | ({"Currency": "CNY", "Exchange_Rate": 1} if self._org.knobs.multi_currency else {})  # fmt: skip

    def _call(self, number: int, people: Sequence[str]) -> dict[str, Any]:
        return {
            "Subject": f"电话 {number + 1}", "Call_Type": self._names.one_of(("Outbound", "Inbound")),
            "Call_Start_Time": self._now - self._names.below(90 * DAY), "Call_Duration": "05:00",
            "Call_Duration_in_seconds": 300, "Who_Id": self._names.one_of(people),
        }  # fmt: skip

    def _task(self, number: int, people: Sequence[str]) -> dict[str, Any]:
        due = self._org.time(self._now + self._names.below(30) * DAY)[:10]
        return {
            "Subject": f"Task {number + 1}", "Status": self._names.one_of(("Not Started", "Completed")),
            "Priority": "Normal", "Due_Date": due, "Who_Id": self._names.one_of(people),
        }  # fmt: skip

    def _account_of(self, person: str) -> str | None:
        found: str | None = self._org.modules["Contacts"].table.rows[person]["Account_Name"]
        return found
