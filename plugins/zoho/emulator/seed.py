"""Fills an organisation with generated records, always the same for the same seed. Nobody in it exists.

`records` counts contacts; accounts, cases, deals, calls and tasks come in proportion. Rows are made as the table keeps
them, without a check for each, so that 100,000 contacts are usable."""

from collections.abc import Iterable, Sequence
from typing import Any

from kequn.testing.emulator.crowd import DAY, GROUPS, TIERS, Company, Crowd, Person, Trace, pick
from plugins.zoho.emulator import metadata, records
from plugins.zoho.emulator.org import Module, Org
from plugins.zoho.emulator.tags import create_tag

STAGES = ("Closed Won", "Negotiation/Review", "Closed Lost", "Qualification")


class Seeder:
    def __init__(self, org: Org, count: int) -> None:
        self._org = org
        self._count = count
        self._now = org.now()
        self._users = list(org.users)
        self._crowd = Crowd(org.options.seed, count, len(self._users))
        self._names = self._crowd.names

    def run(self) -> None:
        """Add the customer tier, the tags and all records."""
        contacts = self._org.modules["Contacts"]
        metadata.add_field(self._org, contacts, "Customer Tier", "picklist", options=TIERS)
        tags = [create_tag(self._org, contacts, name, None, self._users[1]).id for name in GROUPS]
        accounts = self._put("Accounts", [(one.trace, self._account(one)) for one in self._crowd.companies])
        people = self._put("Contacts", [(one.trace, self._contact(one, accounts, tags)) for one in self._crowd.people])
        self._fill("Cases", self._count // 5, lambda n: self._case(n, people))
        self._fill("Deals", self._count // 3, lambda n: self._deal(n, people))
        self._fill("Calls", self._count // 10, lambda n: self._call(n, people))
        self._fill("Tasks", self._count // 10, lambda n: self._task(n, people))

    def _fill(self, name: str, count: int, make: Any) -> None:
        self._put(name, ((self._crowd.trace(), make(number)) for number in range(count)))

    def _put(self, name: str, given: Iterable[tuple[Trace, dict[str, Any]]]) -> list[str]:
        module = self._org.modules[name]
        rows = {}
        for trace, values in given:
            row = self._frame(module, trace) | values
            rows[row["id"]] = records.derive(module, row)
        module.table.fill(rows)
        return list(rows)

    def _frame(self, module: Module, trace: Trace) -> dict[str, Any]:
        created = self._now - trace.age
        maker, editor = self._users[trace.maker], self._users[trace.editor]
        row = {
            "id": self._org.next_id(), "Owner": maker, "Created_By": maker, "Created_Time": created,
            "Modified_By": editor, "Modified_Time": created + trace.later, "Tag": (), "Record_Status__s": "Available",
            "Locked__s": False,
        }  # fmt: skip
        if module.api_name == "Cases":
            module.numbers += 1
            row["Case_Number"] = str(module.numbers)
        return row

    def _account(self, company: Company) -> dict[str, Any]:
        return {
            "Account_Name": company.name, "Website": company.website, "Phone": company.phone,
            "Billing_City": company.city, "Billing_Country": "中国",
        }  # fmt: skip

    def _contact(self, person: Person, accounts: Sequence[str], tags: Sequence[str]) -> dict[str, Any]:
        return {
            "First_Name": person.first, "Last_Name": person.last, "Email": person.email, "Mobile": person.phone,
            "Account_Name": None if person.employer is None else accounts[person.employer],
            "Mailing_City": person.city, "Mailing_Country": "中国", "Customer_Tier": person.tier,
            "Tag": pick(tags, person.groups), "Email_Opt_Out": person.opted_out, "Lead_Source": person.source,
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
