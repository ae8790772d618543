"""The calls about many records at once (contract, sections 3.4, 3.6, 3.8), and what a repeated transaction_id does."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from plugins.jiandaoyun.emulator import records
from plugins.jiandaoyun.emulator.call import Call
from plugins.jiandaoyun.emulator.errors import ApiError
from plugins.jiandaoyun.emulator.forms import Form

Body = dict[str, Any]
MOST = 100
HOUR = 3_600_000
"""How long a transaction is remembered, in milliseconds."""


def create(call: Call) -> Body:
    form, given = call.form, call.items("data_list")
    if len(given) > MOST:
        raise ApiError(17024)
    if not all(isinstance(one, Mapping) for one in given):
        raise ApiError(17017, "data_list")
    creator, transaction = call.person("data_creator"), _transaction(call)
    cells = [records.kept(call.company, form, one, {}, by_api=True) for one in given]
    ids = _before(call, form, transaction, len(cells))
    if call.company.knobs.replay == "overwrite":
        for id, one in zip(ids, cells, strict=False):
            if id in form.table.rows:
                records.update(call.company, form, id, one, call.company.creator, by_api=True)
    rest = cells[len(ids) :]
    cut = len(rest) // 2 if call.mark == "partial_batch" else len(rest)
    for one in rest[:cut]:
        ids.append(records.create(call.company, form, one, creator, by_api=True)["_id"])
    if transaction:
        call.company.transactions[transaction] = (call.company.now(), form.entry_id, ids)
    if cut < len(rest):
        raise ApiError(4000)
    shown = ids[::-1] if call.company.knobs.ids_order == "reversed" else ids
    return {"status": "success", "success_count": len(shown), "success_ids": list(shown)}


def _transaction(call: Call) -> str | None:
    text = call.body.get("transaction_id")
    if text is None:
        return None
    try:
        return str(UUID(str(text)))
    except ValueError:
        raise ApiError(17025) from None


def _before(call: Call, form: Form, transaction: str | None, count: int) -> list[str]:
    """The records that this transaction has made within the hour."""
    stamp, entry_id, ids = call.company.transactions.get(transaction or "", (0, "", []))
    if call.company.now() - stamp > HOUR:
        return []
    if entry_id != form.entry_id or len(ids) > count:
        raise ApiError(17026)
    return list(ids)


def update(call: Call) -> Body:
    """The same change for many records. Unknown ids are not counted."""
    form, ids = call.form, _ids(call, 17023)
    given = call.object("data")
    if any((widget := form.widget(name)) is not None and widget.type == "subform" for name in given):
        raise ApiError(17032)
    known = [id for id in ids if id in form.table.rows]
    cells = {id: records.kept(call.company, form, given, form.table.rows[id], by_api=True) for id in known}
    for id, one in cells.items():
        records.update(call.company, form, id, one, call.company.creator, by_api=True)
    return {"status": "success", "success_count": len(known)}


def delete(call: Call) -> Body:
    form = call.form
    known = [id for id in _ids(call, 17033) if id in form.table.rows]
    for id in known:
        records.delete(call.company, form, id, call.company.creator, by_api=True)
    return {"status": "success", "success_count": len(known)}


def _ids(call: Call, too_many: int) -> Sequence[str]:
    ids = call.items("data_ids")
    if len(ids) > MOST:
        raise ApiError(too_many)
    return list(dict.fromkeys(id for id in ids if isinstance(id, str)))
