"""What can happen to a record, whoever does it: inserted, updated, deleted, restored, merged. Values come in checked.
Each sets the times and hands, keeps references whole, and notes a change for the notifications."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kequn.testing.emulator import Row
from plugins.zoho.emulator.org import Bin, Change, Module, Org


def insert(org: Org, module: Module, values: Mapping[str, Any], by: str, tags: Sequence[str] = ()) -> Row:
    now, id = org.now(), org.next_id()
    row = {
        **values, "id": id, "Owner": values.get("Owner") or by, "Created_By": by, "Created_Time": now,
        "Modified_By": by, "Modified_Time": now, "Tag": tuple(tags), "Record_Status__s": "Available",
        "Locked__s": False,
    }  # fmt: skip
    for field in module.fields.values():
        if field.type == "autonumber":
            module.numbers += 1
            row[field.api_name] = str(module.numbers)
    row = derive(module, _with_rows(org, module, row, {}))
    module.table.put(id, row)
    org.changes.append(Change(module.api_name, "insert", id, (), by))
    return row


def update(org: Org, module: Module, id: str, values: Mapping[str, Any], by: str) -> Row:
    """Change only these fields."""
    old = module.table.rows[id]
    row = {**old, **values, "Modified_By": by, "Modified_Time": org.now()}
    row = derive(module, _with_rows(org, module, row, old))
    module.table.put(id, row)
    org.changes.append(Change(module.api_name, "update", id, tuple(values), by))
    return row


def delete(org: Org, module: Module, id: str, by: str) -> None:
    """Into the recycle bin."""
    module.bin[id] = Bin(module.table.drop(id), org.exact_now(), by, "recycle")
    org.changes.append(Change(module.api_name, "delete", id, ("Modified_By", "Record_Status__s"), by))


def restore(org: Org, module: Module, id: str, by: str) -> None:
    """Out of the recycle bin. Raises KeyError when it is not in there."""
    if module.bin[id].kind != "recycle":
        raise KeyError(id)
    row = module.bin.pop(id).row
    module.table.put(id, {**row, "Modified_By": by, "Modified_Time": org.now()})
    org.changes.append(Change(module.api_name, "insert", id, (), by))


def merge(org: Org, module: Module, winner: str, loser: str, by: str) -> None:
    """The winner keeps its values, fills its gaps from the loser and takes its tags; what pointed at the loser points
    at the winner. The loser is gone for good."""
    kept, lost = module.table.rows[winner], module.table.rows[loser]
    gaps = {
        name: lost[name]
        for name, field in module.fields.items()
        if kept.get(name) is None and lost.get(name) is not None and not field.read_only
    }
    tags = tuple(dict.fromkeys((*kept["Tag"], *lost["Tag"])))
    module.bin[loser] = Bin(module.table.drop(loser), org.exact_now(), None, "permanent")
    org.changes.append(Change(module.api_name, "delete", loser, ("Modified_By", "Record_Status__s"), by))
    update(org, module, winner, {**gaps, "Tag": tags}, by)
    repoint(org, module, loser, winner)


def repoint(org: Org, module: Module, loser: str, winner: str) -> None:
    """References move without a new Modified_Time: the system does it, not a person."""
    for other, field in org.lookups_to(module.api_name):
        old: Any = (module.api_name, loser) if field.type == "multi_module_lookup" else loser
        new: Any = (module.api_name, winner) if field.type == "multi_module_lookup" else winner
        for row in [row for row in other.table.all() if row.get(field.api_name) == old]:
            other.table.put(row["id"], {**row, field.api_name: new})
    for (parent, kind), members in list(org.relations.items()):
        if kind == module.api_name and loser in members:
            members.setdefault(winner, members.pop(loser))
        if parent == loser:
            org.relations.setdefault((winner, kind), {}).update(org.relations.pop((parent, kind)))


def set_tags(org: Org, module: Module, id: str, tags: Sequence[str], by: str) -> None:
    """Replace the tags of a record. Whether that counts as an edit is a knob: the contract does not know."""
    if org.knobs.tag_bumps_time:
        update(org, module, id, {"Tag": tuple(tags)}, by)
    else:
        module.table.put(id, {**module.table.rows[id], "Tag": tuple(tags)})


def derive(module: Module, row: dict[str, Any]) -> dict[str, Any]:
    """Fill the fields that the system computes."""
    rule = _RULES.get(module.api_name)
    return row if rule is None else {**row, **rule(row)}


def _with_rows(org: Org, module: Module, row: dict[str, Any], old: Row) -> dict[str, Any]:
    """Merge the rows of subforms: one without an id is added, one with `_delete` goes, the others stay."""
    for name, field in module.fields.items():
        if field.type == "subform" and row.get(name) is not old.get(name):
            kept = {part["id"]: part for part in old.get(name) or ()}
            for part in row.get(name) or ():
                id = part.get("id")
                if "_delete" in part:
                    kept.pop(id, None)
                elif id in kept:
                    kept[id] = _line({**kept[id], **part})
                else:
                    id = org.next_id()
                    kept[id] = _line({**part, "id": id})
            row = {**row, name: tuple(kept.values())}
    return row


def _line(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "Total": (part.get("Quantity") or 0) * (part.get("List_Price") or 0) - (part.get("Discount") or 0)}


def _full_name(row: Row) -> dict[str, Any]:
    return {"Full_Name": " ".join(part for part in (row.get("First_Name"), row.get("Last_Name")) if part)}


def _revenue(row: Row) -> dict[str, Any]:
    amount, chance = row.get("Amount"), row.get("Probability")
    return {"Expected_Revenue": None if amount is None else amount * (100 if chance is None else chance) / 100}


def _sums(row: Row) -> dict[str, Any]:
    sub = sum(part["Total"] for part in row.get("Ordered_Items") or ())
    rest = (row.get("Tax") or 0) + (row.get("Adjustment") or 0) - (row.get("Discount") or 0)
    return {"Sub_Total": sub, "Grand_Total": sub + rest}


def _converted(row: Row) -> dict[str, Any]:
    return {**_full_name(row), "Converted__s": bool(row.get("Converted__s"))}


_RULES: Mapping[str, Callable[[Row], dict[str, Any]]] = {
    "Contacts": _full_name, "Leads": _converted, "Deals": _revenue, "Sales_Orders": _sums,
}  # fmt: skip
