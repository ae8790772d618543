"""The company's members as staff: listed by department, asked for by username. kequn only reads them."""

from collections.abc import Mapping, Sequence

from kequn.contracts.codecs import Unreadable
from kequn.contracts.crm import Page, Problem
from kequn.contracts.errors import NotThere
from kequn.contracts.host import Log
from kequn.contracts.records import Gone, Kind, Record
from plugins.jiandaoyun.client import JiandaoyunClient, Refused
from plugins.jiandaoyun.client.replies import NO_MEMBER
from plugins.jiandaoyun.client.rest import Answer
from plugins.jiandaoyun.mapping.members import read_member
from plugins.jiandaoyun.mapping.values import STAFF


class Members:
    """`top`: the department whose members are listed, those of its departments too. `emails`: by username."""

    def __init__(self, client: JiandaoyunClient, top: int, emails: Mapping[str, str], log: Log) -> None:
        self._client = client
        self._top = top
        self._emails = emails
        self._log = log
        self._departments: dict[int, str] | None = None
        self._known: set[str] = set()

    async def walk(self) -> Page:
        self._departments = None
        departments = await self._names()
        answer = await self._client.read("corp/department/user/list", {"dept_no": self._top, "has_child": True})
        records: list[Record] = []
        problems: list[Problem] = []
        for row in answer.rows("users"):
            try:
                records.append(read_member(row, departments, self._emails))
            except Unreadable as error:
                problems.append(Problem(STAFF, str(row.get("username") or ""), str(error), error.field))
        self._known.update(record.id for record in records)
        return Page(records, problems=problems)

    async def fetch(self, usernames: Sequence[str]) -> list[Record | Gone]:
        return [one for username in dict.fromkeys(usernames) if (one := await self._one(username)) is not None]

    async def _one(self, username: str) -> Record | Gone | None:
        answer = await self._ask(username)
        if answer is None:
            return Gone(Kind.STAFF, STAFF, username, 0)
        try:
            return read_member(answer.object("user"), await self._names(), self._emails)
        except Unreadable as error:
            self._log.warning("jiandaoyun.unreadable", object=STAFF, id=username, field=error.field)
            return None

    async def has(self, username: str) -> bool:
        """Whether there is such a member, so that a record can name it."""
        if username not in self._known and await self._ask(username) is not None:
            self._known.add(username)
        return username in self._known

    async def _ask(self, username: str) -> Answer | None:
        try:
            return await self._client.read("corp/user/get", {"username": username})
        except NotThere:
            return None
        except Refused as error:
            if error.jdy == NO_MEMBER:
                return None
            raise

    async def _names(self) -> dict[int, str]:
        """Departments by number."""
        if self._departments is None:
            answer = await self._client.read("corp/department/list", {"dept_no": self._top, "has_child": True})
            named = {row.get("dept_no"): row.get("name") for row in answer.rows("departments")}
            self._departments = {
                no: name for no, name in named.items() if isinstance(no, int) and isinstance(name, str)
            }
        return self._departments
