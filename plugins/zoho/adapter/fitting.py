"""What needs no question to Zoho: fields that it does not let be written, ends that a membership must have."""

from kequn.contracts.changes import Change, Op
from kequn.contracts.crm import ObjectCapability
from kequn.contracts.errors import Rejected
from kequn.contracts.records import FIELDS, Type


def unfit(change: Change, can: ObjectCapability | None) -> Rejected | None:
    """Why Zoho would surely refuse this change."""
    if can is None:
        return None
    closed = sorted(change.fields.keys() - can.writable)
    if closed:
        return Rejected(f"{change.object} of Zoho cannot be written in {closed[0]}", field=closed[0])
    ends = (name for name, spec in FIELDS[change.kind].items() if spec.required and spec.type is Type.REF)
    lacking = [name for name in ends if change.op is Op.CREATE and change.fields.get(name) is None]
    return Rejected(f"{change.object} of Zoho needs {lacking[0]}", field=lacking[0]) if lacking else None
