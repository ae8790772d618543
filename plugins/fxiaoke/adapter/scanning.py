"""Feeds that are walked from the start each time: the people of the company, and the tiers, which are the options of a
field. Fxiaoke keeps no list of changes for these."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.codecs import Text
from kequn.contracts.crm import Cursor, Page, Problem
from kequn.contracts.errors import BrokenReply
from kequn.contracts.records import Gone, Kind, Record, Value
from plugins.fxiaoke.adapter.discovery import Discovery
from plugins.fxiaoke.adapter.raws import Records, where
from plugins.fxiaoke.adapter.tenant import Tenant
from plugins.fxiaoke.client import NOBODY, PERSON, FxiaokeClient, Refused
from plugins.fxiaoke.mapping.choices import TIERS
from plugins.fxiaoke.mapping.values import USERS

AT_ONCE = 50
"""People in one page: each is asked for alone, for lists leave e-mail and state out."""


class Scanner:
    def __init__(self, client: FxiaokeClient, source: Records, tenant: Tenant, discovery: Discovery) -> None:
        self._client = client
        self._source = source
        self._tenant = tenant
        self._discovery = discovery

    async def users(self, cursor: Cursor | None) -> Page:
        after = str(cursor["after"]) if cursor else ""
        ids = [id for id in sorted(await self._listed()) if id > after]
        found = [await self._user(id) for id in ids[:AT_ONCE]]
        following = {"after": ids[AT_ONCE - 1]} if len(ids) > AT_ONCE else None
        records = [one for one in found if isinstance(one, Record)]
        gone = [one for one in found if isinstance(one, Gone)]
        problems = [one for one in found if isinstance(one, Problem)]
        return Page(records, gone, problems=problems, next_cursor=following, complete=following is None)

    async def _listed(self) -> list[str]:
        asked = {"departmentId": self._tenant.chosen.department, "fetchChild": True}
        users = (await self._client.read("/cgi/user/list", asked)).get("userList")
        if not isinstance(users, list):
            raise BrokenReply("Fxiaoke lists the people of a department without userList")
        return [str(one["openUserId"]) for one in users if isinstance(one, Mapping) and one.get("openUserId")]

    async def _user(self, id: str) -> Record | Gone | Problem:
        """A person whom Fxiaoke does not show is neither there nor gone."""
        try:
            answer = await self._client.read(PERSON, {"openUserId": id})
        except Refused as error:
            if error.fxiaoke in NOBODY:
                return Gone(Kind.STAFF, USERS, id, 0)
            return Problem(USERS, id, error.message)
        return user_of(id, answer)

    async def tiers(self) -> Page:
        """As described when the connection was opened."""
        return Page([tier_of(id, name) for id, name in self._tenant.tiers.items()])

    async def fetch(self, object: str, ids: Sequence[str]) -> list[Record | Gone]:
        if object == USERS:
            found = [await self._user(id) for id in dict.fromkeys(ids)]
            return [one for one in found if not isinstance(one, Problem)]
        home = self._tenant.tier_home
        if home is not None:
            await self._discovery.refresh(home[0])
        return [await self._tier(id) for id in dict.fromkeys(ids)]

    async def _tier(self, id: str) -> Record | Gone:
        """A value that is no option is a tier all the same as long as a customer has it."""
        home = self._tenant.tier_home
        if id in self._tenant.tiers:
            return tier_of(id, self._tenant.tiers[id])
        used = await self._source.query(home[0], [where(home[1], "EQ", id)], limit=1) if home else []
        return tier_of(id, id) if used else Gone(Kind.TIER, TIERS, id, 0)


def user_of(id: str, answer: Mapping[str, Any]) -> Record:
    """A colleague. What a text is not is left out."""
    fields: dict[str, Value] = {"name": id}
    for ours, theirs in (("name", "name"), ("email", "email"), ("phone", "mobile"), ("role", "position")):
        if isinstance(text := answer.get(theirs), str):
            fields[ours] = Text().read(text) or fields.get(ours)
    if isinstance(stopped := answer.get("isStop"), bool):
        fields["active"] = not stopped
    return Record(Kind.STAFF, USERS, id, 0, fields)


def tier_of(id: str, name: str) -> Record:
    return Record(Kind.TIER, TIERS, id, 0, {"name": name.strip() or id})
