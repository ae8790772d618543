"""Feeds of what Zoho keeps no list of changes for: users, tier options, tags, the tags on contacts, members of
campaigns."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from kequn.contracts.codecs import Unreadable
from kequn.contracts.crm import Cursor, Page, Problem
from kequn.contracts.records import Gone, Kind, Record, Ref, Roster
from plugins.zoho.adapter.discovery import Discovery
from plugins.zoho.adapter.listing import START, Listing, Place
from plugins.zoho.adapter.organisation import Organisation
from plugins.zoho.adapter.reading import Reader
from plugins.zoho.client import API, Refused, Reply, ZohoClient
from plugins.zoho.mapping import labels

PER_PAGE = "200"
CONTACT_TAGS = "Tag,Modified_Time"


class Scanner:
    """`tag_names`: the names of Contacts' tags by id, as last read: tags are put on records by name."""

    def __init__(self, client: ZohoClient, organisation: Organisation, discovery: Discovery, reader: Reader) -> None:
        self._client = client
        self._organisation = organisation
        self._discovery = discovery
        self._reader = reader
        self._list = Listing(client)
        self.tag_names: dict[str, str] = {}

    async def users(self, cursor: Cursor | None) -> Page:
        number = int(cursor["page"]) if cursor else 1
        parameters = {"type": "AllUsers", "page": str(number), "per_page": PER_PAGE}
        reply = await self._client.read(f"{API}/users", parameters)
        records, problems = _readable("Users", labels.user, reply.rows("users"))
        following = {"page": number + 1} if reply.more else None
        return Page(records, problems=problems, next_cursor=following, complete=following is None)

    async def tiers(self) -> Page:
        if "Contacts" in self._organisation.modules:
            await self._discovery.refresh("Contacts")
        return Page(labels.tiers(self._organisation.tier_options))

    async def tags(self) -> Page:
        records, problems = _readable("Tags", labels.tag, await self.read_tags())
        return Page(records, problems=problems)

    async def read_tags(self) -> Sequence[Mapping[str, Any]]:
        reply = await self._client.read(f"{API}/settings/tags", {"module": "Contacts"})
        rows = reply.rows("tags")
        self.tag_names = {str(row["id"]): str(row["name"]) for row in rows if "id" in row and "name" in row}
        return rows

    async def taggings(self, cursor: Cursor | None) -> Page:
        """A tag may be put on a contact without a new Modified_Time, so that no list of changes shows it: each round
        reads one page of a sweep over all contacts. The first sweep, and one that has taken too long, is read to its
        end. The cursor: where it goes on, and when it began. Right behind a first load there is nothing to find."""
        if cursor is None and self._reader.swept:
            return Page(next_cursor={**START, "began": self._now()}, partial=True)
        state = {**START, "began": 0, **(cursor or {})}
        reply, following = await self._list.page(f"{API}/Contacts", CONTACT_TAGS, state)
        rosters: list[Roster] = []
        problems: list[Problem] = []
        for raw in reply.records():
            try:
                rosters.append(labels.roster(raw))
            except Unreadable as error:
                problems.append(Problem("Taggings", str(raw["id"]), str(error), error.field))
        now = self._now()
        is_late = now - state["began"] >= self._organisation.chosen.tag_sweep_seconds
        return Page(
            rosters=rosters, problems=problems, next_cursor=following or {**START, "began": now},
            complete=following is None or not is_late, partial=True,
        )  # fmt: skip

    async def members(self, cursor: Cursor | None) -> Page:
        """Campaign by campaign. The cursor: the campaigns still to do, where the list of the first one goes on, and
        where the list of campaigns does."""
        state = {**START, **(cursor or await self._campaigns(START))}
        if not state["ids"]:
            return Page()
        campaign = str(state["ids"][0])
        reply, following = await self._members_of(campaign, state)
        records = [self._member(str(raw["id"]), campaign) for raw in reply.records()]
        after = following or await self._after(state)
        return Page(records, next_cursor=after, complete=after is None)

    async def _members_of(self, campaign: str, place: Place) -> tuple[Reply, Place | None]:
        try:
            return await self._list.page(f"{API}/Campaigns/{campaign}/Contacts", "Modified_Time", place)
        except Refused as error:
            if not error.is_gone:
                raise
        return Reply(204, {}, None), None  # deleted since it was listed

    async def _after(self, state: Mapping[str, Any]) -> dict[str, Any] | None:
        """The next campaign."""
        rest = {**state, **START, "ids": state["ids"][1:]}
        if not rest["ids"] and rest.get("rest"):
            rest = await self._campaigns(rest["rest"])
        return rest if rest["ids"] else None

    async def _campaigns(self, place: Place) -> dict[str, Any]:
        reply, rest = await self._list.page(f"{API}/Campaigns", "Modified_Time", place)
        return {**START, "ids": [str(raw["id"]) for raw in reply.records()], "rest": rest}

    def _member(self, contact: str, campaign: str) -> Record:
        customer, group = Ref(Kind.CUSTOMER, "Contacts", contact), Ref(Kind.GROUP, "Campaigns", campaign)
        return labels.membership("Campaign_Members", customer, group, 0)

    async def fetch(self, object: str, ids: Sequence[str]) -> list[Record | Gone | Roster]:
        """The present state of what is no record of a module. What cannot be read is left out: it is neither there nor
        gone."""
        if object == "Users":
            return [one for id in ids if (one := await self._user(id)) is not None]
        if object == "Taggings":
            return await self._tag_rosters(ids)
        if object == "Campaign_Members":
            return [one for contact in _owners(ids) for one in await self._campaigns_of(contact, ids)]
        if object == "Tags":
            page = await self.tags()
            present, unread = {record.id: record for record in page.records}, {problem.id for problem in page.problems}
            known = [id for id in ids if id not in unread]
            return [present.get(id) or Gone(Kind.GROUP, "Tags", id, self._now()) for id in known]
        options = {record.id: record for record in (await self.tiers()).records}
        return [options.get(id) or await self._other_tier(id) for id in ids]

    async def _other_tier(self, id: str) -> Record | Gone:
        """A value that is no option is a tier all the same as long as a contact has it."""
        if "'" not in id and "\\" not in id:
            field = self._organisation.chosen.tier_field
            query = f"select {field} from Contacts where {field} = '{id}' limit 0, 1"  # noqa: S608
            if not (await self._client.ask(f"{API}/coql", {"select_query": query})).rows():
                return Gone(Kind.TIER, "Tiers", id, self._now())
        return labels.tier(id)

    async def _user(self, id: str) -> Record | Gone | None:
        rows = (await self._client.read(f"{API}/users/{id}")).rows("users") if id.isdecimal() else []
        if not rows:
            return Gone(Kind.STAFF, "Users", id, self._now())
        records, _ = _readable("Users", labels.user, rows[:1])
        return records[0] if records else None

    async def _tag_rosters(self, ids: Sequence[str]) -> list[Record | Gone | Roster]:
        owners = _owners(ids)
        raws = await self._reader.by_ids("Contacts", owners, CONTACT_TAGS)
        rosters: list[Record | Gone | Roster] = []
        for raw in raws.values():
            with suppress(Unreadable):
                rosters.append(labels.roster(raw))
        lost = [id for id in ids if labels.pair(id)[0] not in raws]
        return rosters + [Gone(Kind.MEMBERSHIP, "Taggings", id, self._now()) for id in lost]

    async def _campaigns_of(self, contact: str, ids: Sequence[str]) -> list[Roster | Gone]:
        """All of them: what a roster leaves out is gone. So is what a contact that is gone was in."""
        members: dict[str, Record] = {}
        place: Place | None = START
        try:
            while place is not None:
                path = f"{API}/Contacts/{contact}/Campaigns"
                reply, place = await self._list.page(path, "Modified_Time", place)
                found = (self._member(contact, str(raw["id"])) for raw in reply.records())
                members |= {member.id: member for member in found}
        except Refused as error:
            if not error.is_gone:
                raise
            lost = [id for id in ids if labels.pair(id)[0] == contact]
            return [Gone(Kind.MEMBERSHIP, "Campaign_Members", id, self._now()) for id in lost]
        return [Roster(Ref(Kind.CUSTOMER, "Contacts", contact), "Campaign_Members", 0, tuple(members.values()))]

    def _now(self) -> int:
        """Zoho's clock: what it has just said of something that is gone."""
        now = self._client.now()
        return int(now.timestamp()) if now else 0


def _owners(ids: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(labels.pair(id)[0] for id in ids))


def _readable(object: str, translate: Any, rows: Sequence[Mapping[str, Any]]) -> tuple[list[Record], list[Problem]]:
    records: list[Record] = []
    problems: list[Problem] = []
    for row in rows:
        try:
            records.append(translate(row))
        except ValueError as error:
            problems.append(Problem(object, str(row.get("id", "")), str(error), getattr(error, "field", None)))
    return records, problems
