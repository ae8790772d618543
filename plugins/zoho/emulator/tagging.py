"""The tag calls (contract, section 10): tags of a module under settings, and putting them on records."""

from typing import Any

from plugins.zoho.emulator import records
from plugins.zoho.emulator.call import Call, Reply, several
from plugins.zoho.emulator.errors import ApiError, Element, bad_id, bad_module, element, invalid, param_missing
from plugins.zoho.emulator.org import Module, Org, Tag
from plugins.zoho.emulator.tags import COLORS, TagProblem, check_name, create_tag, find_tag, limited, named, tags_for
from plugins.zoho.emulator.values import id_of
from plugins.zoho.emulator.writes import each

MOST_IDS = 500


def list_tags(call: Call) -> Reply:
    module = _module(call)
    tags = [_show(call.org, tag) for tag in module.tags.values()]
    if call.params.get("my_tags") == "true":
        tags = [tag for tag in tags if tag["created_by"]["id"] == call.user]
    return Reply(200, {"tags": tags, "info": {"count": len(tags), "allowed_count": call.org.knobs.tag_limit}})


def create_tags(call: Call) -> Reply:
    module = _module(call)
    return several([_create(call, module, given) for given in call.items("tags")], "tags", 201)


def update_tags(call: Call) -> Reply:
    """The id stands in the path or in each element."""
    module = _module(call)
    return several([_update(call, module, given) for given in call.items("tags")], "tags")


def delete_tag(call: Call) -> Reply:
    module, tag = _tag(call)
    del module.tags[tag.id]
    done = {"code": "SUCCESS", "details": {"id": tag.id}, "message": "tags deleted successfully", "status": "success"}
    return Reply(200, {"tags": done})


def count_tagged(call: Call) -> Reply:
    module, tag = _tag(call)
    return Reply(200, {"count": str(sum(tag.id in row["Tag"] for row in module.table.rows.values()))})


def merge_tag(call: Call) -> Reply:
    """The tag in the path goes up in the one that the body names."""
    module, tag = _tag(call)
    wanted = call.items("tags", 1)[0]
    into = module.tags.get(str(wanted.get("conflict_id"))) if isinstance(wanted, dict) else None
    if into is None or into is tag:
        raise bad_id(3)
    for row in [row for row in module.table.rows.values() if tag.id in row["Tag"]]:
        tags = dict.fromkeys(into.id if id == tag.id else id for id in row["Tag"])
        module.table.put(row["id"], {**row, "Tag": tuple(tags)})
    del module.tags[tag.id]
    details = _show(call.org, into)
    done = {"code": "SUCCESS", "details": details, "message": "tags merged successfully", "status": "success"}
    return Reply(200, {"tags": [done]})


def add_tags(call: Call) -> Reply:
    replace = call.body.get("over_write") in {True, "true"}

    def add(module: Module, id: str) -> list[str]:
        tags = tags_for(call.org, module, call.items("tags", MOST_IDS), call.user)
        return tags if replace else limited(dict.fromkeys((*module.table.rows[id]["Tag"], *tags)))

    return _change(call, add)


def remove_tags(call: Call) -> Reply:
    def remove(module: Module, id: str) -> list[str]:
        given = call.items("tags", MOST_IDS)
        gone = {tag.id for one in given if isinstance(one, dict) and (tag := named(module, one))}
        return [tag for tag in module.table.rows[id]["Tag"] if tag not in gone]

    return _change(call, remove)


def _change(call: Call, new_tags: Any) -> Reply:
    """Give each record the tags that `new_tags` computes."""
    module = call.module
    ids = [call.path["id"]] if "id" in call.path else [id_of(id) or "" for id in call.items("ids", MOST_IDS)]
    call.items("tags", MOST_IDS)

    def change(id: str, at: int) -> Element:
        if id not in module.table.rows:
            return invalid({"id": id}, "the id given seems to be invalid")
        try:
            tags = new_tags(module, id)
        except TagProblem as problem:
            return element(problem.code, problem.message, {**problem.details, "id": id})
        records.set_tags(call.org, module, id, tags, call.user)
        details = {"id": id, "tags": [module.tags[tag].show() for tag in tags if tag in module.tags]}
        return {"code": "SUCCESS", "details": details, "message": "tags updated successfully", "status": "success"}

    reply = several(each(call, ids, change))
    succeeded = sum(result["status"] == "success" for result in reply.body["data"])
    return Reply(reply.status, {**reply.body, "success_count": str(succeeded), "locked_count": "0"})


def _create(call: Call, module: Module, given: Any) -> Element:
    name, color = (given.get("name"), given.get("color_code")) if isinstance(given, dict) else (None, None)
    try:
        tag = create_tag(call.org, module, name, color, call.user)
    except TagProblem as problem:
        return element(problem.code, problem.message, problem.details)
    details = {key: value for key, value in _show(call.org, tag).items() if key != "name"}
    return {"code": "SUCCESS", "details": details, "message": "tags created successfully", "status": "success"}


def _update(call: Call, module: Module, given: Any) -> Element:
    id = call.path.get("id") or str(given.get("id") if isinstance(given, dict) else "")
    tag = module.tags.get(id)
    if tag is None:
        return invalid({"id": id}, "the id given seems to be invalid")
    try:
        name = check_name(given.get("name", tag.name))
    except TagProblem as problem:
        return element(problem.code, problem.message, problem.details)
    other = find_tag(module, name)
    if other is not None and other is not tag:
        return element("DUPLICATE_DATA", "duplicate data", {"api_name": "name", "id": other.id})
    color = given.get("color_code", tag.color)
    if color is not None and color not in COLORS:
        return element("MAPPING_MISMATCH", "the color code is not allowed", {"api_name": "color_code"})
    tag.name, tag.color, tag.modified = name, color, call.org.now()
    details = {key: value for key, value in _show(call.org, tag).items() if key != "name"}
    return {"code": "SUCCESS", "details": details, "message": "tags updated successfully", "status": "success"}


def _show(org: Org, tag: Tag) -> dict[str, Any]:
    by = org.user(tag.by)
    return {
        "created_time": org.time(tag.created), "modified_time": org.time(tag.modified), "name": tag.name,
        "modified_by": by, "id": tag.id, "created_by": by, "color_code": tag.color,
    }  # fmt: skip


def _module(call: Call) -> Module:
    name = call.params.get("module")
    if not name:
        raise param_missing("module")
    module = call.org.module(name)
    if module is None:
        raise bad_module()
    return module


def _tag(call: Call) -> tuple[Module, Tag]:
    """The tag in the path; its id is enough, without the module."""
    for module in call.org.modules.values():
        if (tag := module.tags.get(call.path["id"])) is not None:
            return module, tag
    raise ApiError("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 2})
