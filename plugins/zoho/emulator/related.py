"""Related records (contract, 5.13, sections 11 and 12): notes of a record, members of a campaign, records whose lookup
leads here; and handing records over to another owner."""

from collections.abc import Callable
from typing import Any

from kequn.testing.emulator import Row
from plugins.zoho.emulator import records
from plugins.zoho.emulator.call import Call, Reply, several
from plugins.zoho.emulator.errors import ApiError, Element, bad_id, bad_module, element, invalid, param_missing
from plugins.zoho.emulator.lists import show_page
from plugins.zoho.emulator.org import Module, Org
from plugins.zoho.emulator.render import show_record
from plugins.zoho.emulator.values import id_of
from plugins.zoho.emulator.writes import each, insert_one

PAIRS = {"Campaigns": ("Leads", "Contacts"), "Products": ("Leads", "Accounts", "Contacts", "Deals")}
"""Modules that are related to others by relations of their own, which can be written from both sides."""


def list_related(call: Call) -> Reply:
    module, row, related = _place(call)
    if related.api_name == "Notes":
        parent = (module.api_name, row["id"])
        return show_page(call, related, lambda note: note.get("Parent_Id") == parent)
    if _is_pair(module, related):
        return _list_pair(call, module, row["id"], related)
    field = _lookup_field(module, related)
    if field is None:
        raise _hidden()
    return show_page(call, related, lambda other: other.get(field) == row["id"])


def relate(call: Call) -> Reply:
    """PUT: add relations, or change what they say (`Member_Status`)."""
    module, row, related = _pair(call)

    def add(given: Any, at: int) -> Element:
        id = id_of(given.get("id")) if isinstance(given, dict) else None
        if id is None or id not in related.table.rows:
            return invalid({"api_name": "id", "json_path": f"$.data[{at}].id"}, "the id given seems to be invalid")
        said = {key: value for key, value in given.items() if key == "Member_Status"}
        members, key = _relation(call.org, module, row["id"], related, id)
        members[key] = {**members.get(key, {}), **said}
        return _done(id, "relation added")

    return several(each(call, call.items("data"), add))


def unrelate(call: Call) -> Reply:
    module, row, related = _pair(call)

    def remove(id: str, at: int) -> Element:
        members, key = _relation(call.org, module, row["id"], related, id)
        if members.pop(key, None) is None:
            return invalid({"id": id}, "the relation does not exist")
        return _done(id, "relation removed")

    return several(each(call, call.ids(), remove))


def add_notes(call: Call) -> Reply:
    """POST of notes to a record."""
    module, row, related = _place(call)
    if related.api_name != "Notes":
        raise ApiError("INVALID_REQUEST_METHOD", "The http request method type is not a valid one")
    parent = {"module": {"api_name": module.api_name}, "id": row["id"]}

    def add(given: Any, at: int) -> Element:
        return insert_one(call, related, {**given, "Parent_Id": parent} if isinstance(given, dict) else given, at)

    return several(each(call, call.items("data"), add), done=201)


def list_related_lists(call: Call) -> Reply:
    name = call.params.get("module")
    if not name:
        raise param_missing("module")
    module = call.org.module(name)
    if module is None:
        raise bad_module()
    lists = [
        {"id": f"{module.id[:-3]}{at:03d}", "sequence_number": str(at), "display_label": other.api_name,
         "api_name": other.api_name, "module": {"api_name": other.api_name, "id": other.id}, "name": other.api_name,
         "action": None, "href": f"{other.api_name}", "type": "default", "connectedmodule": None, "linkingmodule": None}
        for at, other in enumerate(call.org.modules.values(), 1)
        if other.api_name == "Notes" or _is_pair(module, other) or _lookup_field(module, other)
    ]  # fmt: skip
    return Reply(200, {"related_lists": lists})


def change_owner(call: Call) -> Reply:
    module, owner = call.module, call.body.get("owner")
    id = id_of(owner.get("id")) if isinstance(owner, dict) else None
    if id is None or id not in call.org.users:
        details = {"api_name": "id", "json_path": "$.owner.id"}
        raise ApiError("INVALID_DATA", "the id given seems to be invalid", details)
    ids = [call.path["id"]] if "id" in call.path else call.items("ids", 500)

    def change(given: Any, at: int) -> Element:
        record = id_of(given)
        if record is None or record not in module.table.rows:
            return element("INVALID_DATA", "the id given seems to be invalid", {"id": str(given)})
        records.update(call.org, module, record, {"Owner": id}, call.user)
        return _done(record, "owner updated")

    return several(each(call, ids, change))


def _list_pair(call: Call, module: Module, id: str, related: Module) -> Reply:
    def member(row: Row) -> bool:
        members, key = _relation(call.org, module, id, related, row["id"])
        return key in members

    def show(org: Org, shown: Module, row: Row, names: list[str]) -> dict[str, Any]:
        members, key = _relation(org, module, id, related, row["id"])
        record = show_record(org, shown, row, names)
        return {**record, "Member_Status": members[key].get("Member_Status")} if "Member_Status" in names else record

    return show_page(call, related, member, show)


def _relation(org: Org, module: Module, id: str, related: Module, other: str) -> tuple[dict[str, dict[str, Any]], str]:
    """Where the relation of the two is kept, and under which id: with the campaign or product, whoever asks."""
    if related.api_name in PAIRS.get(module.api_name, ()):
        return org.relations.setdefault((id, related.api_name), {}), other
    return org.relations.setdefault((other, module.api_name), {}), id


def _is_pair(module: Module, related: Module) -> bool:
    pairs: Callable[[Module], tuple[str, ...]] = lambda one: PAIRS.get(one.api_name, ())  # noqa: E731
    return related.api_name in pairs(module) or module.api_name in pairs(related)


def _lookup_field(module: Module, related: Module) -> str | None:
    """The field of the related module that leads here."""
    return next((f.api_name for f in related.fields.values() if f.type == "lookup" and f.to == module.api_name), None)


def _place(call: Call) -> tuple[Module, Row, Module]:
    """The module, the record and the related module of the path. Raises ApiError."""
    module, row = call.module, call.module.table.get(call.path["id"])
    if row is None:
        raise bad_id()
    related = call.org.module(call.path["related"])
    if related is None:
        raise _hidden()
    return module, row, related


def _pair(call: Call) -> tuple[Module, Row, Module]:
    module, row, related = _place(call)
    if not _is_pair(module, related):
        raise _hidden()
    return module, row, related


def _hidden() -> ApiError:
    return ApiError("INVALID_DATA", "the related list given seems to be invalid", {"resource_path_index": 2})


def _done(id: str, message: str) -> Element:
    return {"code": "SUCCESS", "details": {"id": id}, "message": message, "status": "success"}
