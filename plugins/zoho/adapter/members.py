"""Writing what is no record of a module: tier options, tags, tags on contacts, members of campaigns."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.contracts.changes import Change, Receipt
from kequn.contracts.codecs import Text
from kequn.contracts.errors import ChangedMeanwhile, CrmError, MissingReference, NotThere, Rejected
from kequn.contracts.pushing import Task
from kequn.contracts.records import Ref
from plugins.zoho.adapter.discovery import Discovery
from plugins.zoho.adapter.organisation import Organisation
from plugins.zoho.adapter.results import is_unknown, read_result
from plugins.zoho.adapter.scanning import Scanner
from plugins.zoho.client import API, ZohoClient
from plugins.zoho.mapping import labels
from plugins.zoho.mapping.values import EMPTY_OPTION

OF_CONTACTS = {"module": "Contacts"}
TAGGED_AT_ONCE = 500
RELATED_AT_ONCE = 100
TAGGED_PER_CREDIT = 50
OPTION_LENGTH = 120
OPTION_KEYS = ("id", "display_value", "actual_value", "sequence_number", "reference_value", "type")


class TierWriter:
    """Tiers are options: one may be added. Zoho's API neither renames one nor moves records off one, so kequn does
    neither."""

    def __init__(self, client: ZohoClient, organisation: Organisation, discovery: Discovery) -> None:
        self._client = client
        self._organisation = organisation
        self._discovery = discovery

    async def create(self, task: Task) -> None:
        await self._discovery.refresh("Contacts")
        if self._organisation.tier_field_id is None:
            field = self._organisation.chosen.tier_field
            raise Rejected(f"Contacts of Zoho have no picklist field {field} for tiers", field=field)
        for at in task.open:
            await self._add(task, at)

    async def _add(self, task: Task, at: int) -> None:
        try:
            name = tier_name(task.changes[at].fields.get("name"))
        except Rejected as error:
            task.answers[at] = error
            return
        if self._organisation.knows_tier(name):
            task.answers[at] = Rejected("Zoho has a tier of that name", field="name", other_id=name)
            return
        kept = [{key: one[key] for key in OPTION_KEYS if key in one} for one in self._organisation.tier_options]
        new = {"display_value": name, "actual_value": name, "sequence_number": len(kept) + 2}
        empty = {"display_value": EMPTY_OPTION, "actual_value": EMPTY_OPTION, "sequence_number": 1}
        field = {"id": self._organisation.tier_field_id, "pick_list_values": [empty, *kept, new]}
        path = f"{API}/settings/fields/{self._organisation.tier_field_id}"
        reply = await task.send([at], self._client.write("PATCH", path, {"fields": [field]}, params=OF_CONTACTS))
        if reply is None:
            return
        result = read_result(_first(reply.rows("fields")))
        task.answers[at] = Receipt(name) if isinstance(result, Receipt) else result
        await self._discovery.refresh("Contacts")

    async def update(self, task: Task) -> None:
        task.answer(task.open, Rejected("an option of Zoho's tier field is not renamed from here", field="name"))

    async def delete(self, task: Task) -> None:
        task.answer(task.open, Rejected("an option of Zoho's tier field is not deleted from here"))


def tier_name(value: object) -> str:
    """Raises Rejected."""
    name = Text(OPTION_LENGTH).write(value if isinstance(value, str) else None)
    if name is None or name == EMPTY_OPTION:
        raise Rejected("name: an option of Zoho's tier field needs a name", field="name")
    return name


class TagWriter:
    def __init__(self, client: ZohoClient, scanner: Scanner) -> None:
        self._client = client
        self._scanner = scanner

    async def create(self, task: Task) -> None:
        for at in task.open:
            await self._write(task, at, "POST", f"{API}/settings/tags")

    async def update(self, task: Task) -> None:
        for at in task.open:
            await self._write(task, at, "PUT", f"{API}/settings/tags/{task.changes[at].id}")

    async def _write(self, task: Task, at: int, method: str, path: str) -> None:
        change = task.changes[at]
        try:
            tag = _tag(change, new=method == "POST")
        except Rejected as error:
            task.answers[at] = error
            return
        reply = await task.send([at], self._client.write(method, path, {"tags": [tag]}, params=OF_CONTACTS))
        if reply is not None:
            task.answers[at] = await self._result(_first(reply.rows("tags")), tag)
        elif is_unknown(task.answers.get(at)):
            task.answers[at] = NotThere("Zoho has no such tag")

    async def _result(self, row: Mapping[str, Any], tag: Mapping[str, Any]) -> Receipt | CrmError:
        result = read_result(row)
        if row.get("code") == "DUPLICATE_DATA":
            # Upper and lower case are one tag; the answer does not say which tag has the name already.
            wanted = str(tag.get("name")).casefold()
            await self._scanner.read_tags()
            other = next((id for id, name in self._scanner.tag_names.items() if name.casefold() == wanted), None)
            return Rejected("Zoho has a tag of that name", field="name", other_id=other)
        if row.get("code") == "LIMIT_EXCEEDED":
            return Rejected("Zoho has as many tags for Contacts as it takes", field="name")
        return NotThere("Zoho has no such tag") if is_unknown(result) else result

    async def delete(self, task: Task) -> None:
        for at in task.open:
            change = task.changes[at]
            request = self._client.write("DELETE", f"{API}/settings/tags/{change.id}", params=OF_CONTACTS)
            reply = await task.send([at], request)
            if reply is not None:
                task.answers[at] = read_result(_first(reply.rows("tags")))
            if is_unknown(task.answers.get(at)):
                task.answers[at] = Receipt(str(change.id))


def _tag(change: Change, *, new: bool) -> dict[str, Any]:
    fields = labels.tag_fields(change.fields)
    if (new or "name" in fields) and not fields.get("name"):
        raise Rejected("name: a tag of Zoho needs one", field="name")
    said = {"name": fields.get("name"), "color_code": fields.get("colour")}
    return {key: value for key, value in said.items() if value is not None or (key == "color_code" and not new)}


class TaggingWriter:
    """Memberships are tags on contacts: put on and taken off by name, many contacts at once."""

    def __init__(self, client: ZohoClient, scanner: Scanner) -> None:
        self._client = client
        self._scanner = scanner

    async def create(self, task: Task) -> None:
        await self._tag(task, "add_tags")

    async def delete(self, task: Task) -> None:
        await self._tag(task, "remove_tags")

    async def update(self, task: Task) -> None:
        task.answer(task.open, Rejected("a tag is put on a contact or taken off, nothing in between"))

    async def _tag(self, task: Task, action: str) -> None:
        by_tag = grouped(task, "Tags")
        if by_tag:  # right before: a tag that somebody has renamed would stay, one that was deleted be made anew
            await self._scanner.read_tags()
        for tag, places in by_tag.items():
            name = self._scanner.tag_names.get(tag)
            if name is None:
                self._unknown(task, places, action)
                continue
            for at in range(0, len(places), TAGGED_AT_ONCE):
                await self._send(task, places[at : at + TAGGED_AT_ONCE], action, name)

    def _unknown(self, task: Task, places: Sequence[int], action: str) -> None:
        for at in places:
            missing = MissingReference("group: Zoho has no such tag", field="group")
            task.answers[at] = missing if action == "add_tags" else Receipt(str(task.changes[at].id))

    async def _send(self, task: Task, places: Sequence[int], action: str, name: str) -> None:
        body: dict[str, Any] = {"tags": [{"name": name}], "ids": [ends(task.changes[at])[0] for at in places]}
        if action == "add_tags":
            body["over_write"] = False
        path = f"{API}/Contacts/actions/{action}"
        reply = await task.send(
            places, self._client.write("POST", path, body, cost=-(-len(places) // TAGGED_PER_CREDIT))
        )
        if reply is None:
            return
        for at, row in zip(places, reply.rows(), strict=False):
            task.answers[at] = joined(task.changes[at], row, leaving=action == "remove_tags")


class CampaignWriter:
    """Memberships are contacts related to a campaign."""

    def __init__(self, client: ZohoClient) -> None:
        self._client = client

    async def create(self, task: Task) -> None:
        await self._relate(task, "PUT")

    async def delete(self, task: Task) -> None:
        await self._relate(task, "DELETE")

    async def update(self, task: Task) -> None:
        task.answer(task.open, Rejected("a contact is a member of a campaign or not, nothing in between"))

    async def _relate(self, task: Task, method: str) -> None:
        for campaign, all_places in grouped(task, "Campaigns").items():
            path = f"{API}/Campaigns/{campaign}/Contacts"
            for at in range(0, len(all_places), RELATED_AT_ONCE):
                places = all_places[at : at + RELATED_AT_ONCE]
                ids = [ends(task.changes[place])[0] for place in places]
                if method == "PUT":
                    request = self._client.write(method, path, {"data": [{"id": id} for id in ids]})
                else:
                    request = self._client.write(method, path, params={"ids": ",".join(ids)})
                reply = await task.send(places, request)
                for place, row in zip(places, reply.rows() if reply else (), strict=False):
                    task.answers[place] = joined(task.changes[place], row, leaving=method == "DELETE")


def grouped(task: Task, object: str) -> dict[str, list[int]]:
    """The places of the changes of each group. Memberships of what is no contact or no such group are answered."""
    groups: dict[str, list[int]] = {}
    for at in task.open:
        fields = task.changes[at].fields
        for name, wanted in (("customer", "Contacts"), ("group", object)):
            ref = fields.get(name)
            if isinstance(ref, Ref) and ref.object != wanted:
                task.answers[at] = Rejected(f"{name}: Zoho takes one of {wanted}, not of {ref.object}", field=name)
        if at not in task.answers:
            groups.setdefault(ends(task.changes[at])[1], []).append(at)
    return groups


def ends(change: Change) -> tuple[str, str]:
    """Contact and group."""
    if change.id is not None:
        return labels.pair(change.id)
    customer, group = change.fields.get("customer"), change.fields.get("group")
    return (customer.id if isinstance(customer, Ref) else "", group.id if isinstance(group, Ref) else "")


def joined(change: Change, row: Mapping[str, Any], *, leaving: bool) -> Receipt | CrmError:
    contact, group = ends(change)
    result = read_result(row)
    if isinstance(result, Receipt) and _wears(row, group) is leaving:
        return ChangedMeanwhile("group: the tag was renamed or deleted in Zoho at that moment", maybe_applied=True)
    if isinstance(result, Receipt) or (leaving and is_unknown(result)):
        return Receipt(f"{contact}|{group}")
    if is_unknown(result):
        return MissingReference("customer: Zoho has no such contact", field="customer")
    if row.get("code") in {"LIMIT_EXCEEDED", "MAXIMUM_LIMIT_EXCEEDED"}:
        return Rejected("group: the contact has as many tags as Zoho takes (10)", field="group")
    return result


def _wears(row: Mapping[str, Any], tag: str) -> bool | None:
    """Whether the contact has the tag now, where the answer says it: tags go by name, and names change hands."""
    details = row.get("details")
    tags = details.get("tags") if isinstance(details, Mapping) else None
    if not isinstance(tags, list):
        return None
    return any(isinstance(one, Mapping) and str(one.get("id")) == tag for one in tags)


def _first(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return rows[0] if rows else {}
