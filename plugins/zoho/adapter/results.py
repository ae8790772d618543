"""What Zoho says of a single record of a write, as a receipt or one of our errors. Pure."""

from collections.abc import Mapping
from typing import Any

from kequn.contracts.changes import Receipt
from kequn.contracts.codecs import parse_time
from kequn.contracts.errors import (
    BrokenReply,
    ChangedMeanwhile,
    CrmError,
    MissingReference,
    NotThere,
    Rejected,
    RetryLater,
)
from kequn.contracts.records import FIELDS, Type
from plugins.zoho.client import Refused
from plugins.zoho.mapping.tables import Table

NO_SUCH_ID = "the id given seems to be invalid"
BUSY = {"INTERNAL_ERROR", "INTERNAL_SERVER_ERROR"}


def read_result(row: Mapping[str, Any], table: Table | None = None) -> Receipt | CrmError:
    """`table`: of the record, to name our field."""
    details = row.get("details")
    known: Mapping[str, Any] = details if isinstance(details, Mapping) else {}
    if row.get("status") == "error":
        return _error(str(row.get("code", "no code")), known, str(row.get("message", "")), table)
    if row.get("status") != "success" or not known.get("id"):
        return BrokenReply("Zoho did not say what became of the change", maybe_applied=True)
    return Receipt(str(known["id"]), version_in(known))


def version_in(details: Mapping[str, Any]) -> int | None:
    time = details.get("Modified_Time") or details.get("modified_time")
    try:
        return int(parse_time(time).timestamp()) if isinstance(time, str) else None
    except ValueError:
        return None


def read_refusal(error: Refused, table: Table | None = None) -> CrmError:
    """A refusal of the whole request, where the request was about one record."""
    if error.is_gone:
        return NotThere("Zoho has no such record")
    return _error(error.zoho, error.details, error.message, table)


def _error(code: str, details: Mapping[str, Any], message: str, table: Table | None) -> CrmError:
    if code == "MULTIPLE_OR_MULTI_ERRORS" and details.get("errors"):
        return _worst(details["errors"], table)
    name = details.get("api_name")
    field = ours(table, name) if isinstance(name, str) else None
    if code == "ALREADY_MODIFIED":
        return ChangedMeanwhile("the record was changed in Zoho meanwhile")
    if code in BUSY:
        return RetryLater(f"Zoho failed on this record: {code}", maybe_applied=True)
    if code == "DUPLICATE_DATA":
        return Rejected(f"Zoho has another record with the same {name}", field=field, other_id=_other(details))
    if code == "INVALID_DATA" and (name == "id" or (name is None and message == NO_SUCH_ID)):
        return NotThere("Zoho has no such record")
    if code == "INVALID_DATA" and _refers(table, field):
        return MissingReference(f"{field}: Zoho has no such record to point at", field=field)
    said = f"Zoho refused {name or 'the record'}: {code}{_why(details)}"
    return Refused(said, code=code, details=details, field=field)


def is_unknown(answer: Receipt | CrmError | None) -> bool:
    """How Zoho says that there is no such record."""
    return isinstance(answer, NotThere) or (isinstance(answer, Refused) and answer.zoho == "INVALID_DATA")


def _worst(errors: Any, table: Table | None) -> CrmError:
    """Of several: the duplicate, for it names the other record."""
    rows = [row for row in errors if isinstance(row, Mapping)]
    rows.sort(key=lambda row: row.get("code") != "DUPLICATE_DATA")
    result = read_result({**rows[0], "status": "error"}, table) if rows else None
    return result if isinstance(result, CrmError) else Rejected("Zoho refused the record for several reasons")


def _other(details: Mapping[str, Any]) -> str | None:
    other = details.get("duplicate_record")
    id = other.get("id") if isinstance(other, Mapping) else details.get("id")
    return str(id) if id else None


def _why(details: Mapping[str, Any]) -> str:
    if "maximum_length" in details:
        return f" (at most {details['maximum_length']} characters)"
    if "expected_data_type" in details:
        return f" (a {details['expected_data_type']} was expected)"
    return ""


def ours(table: Table | None, name: str) -> str:
    """Our field, or Zoho's name where we have none."""
    columns = table.columns if table is not None else ()
    return next((column.field for column in columns if column.writable and name in column.names), name)


def _refers(table: Table | None, field: str | None) -> bool:
    known = FIELDS[table.kind].get(field) if table is not None and field is not None else None
    return known is not None and known.type is Type.REF
