"""Zoho's official Python SDK, unmodified, as the other person at the CRM: it knows nothing of us and speaks to whatever
listens at a loopback address.

The SDK keeps one connection for the whole process and writes files: `connect` may be called again, with a fresh folder
each time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store.file_store import FileStore
from zohocrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.header import Header
from zohocrmsdk.src.com.zoho.crm.api.header_map import HeaderMap
from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zohocrmsdk.src.com.zoho.crm.api.parameter_map import ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.record import BodyWrapper, Record, RecordOperations
from zohocrmsdk.src.com.zoho.crm.api.record.record_operations import DeleteRecordParam
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig


def connect(base_url: str, settings: Mapping[str, Any], folder: Path) -> None:
    """Point the SDK at the emulator with these settings. `folder` must exist; the SDK writes its files there."""
    token = OAuthToken(
        client_id=settings["client_id"],
        client_secret=settings["client_secret"],
        refresh_token=settings["refresh_token"],
    )
    Initializer.initialize(
        DataCenter.Environment(base_url, f"{base_url}/oauth/v2/token", base_url),
        token,
        store=FileStore(str(folder / "tokens.csv")),
        sdk_config=SDKConfig(pick_list_validation=False, connect_timeout=30, read_timeout=30, update_api_domain=False),
        resource_path=str(folder),
    )


def parameters(given: Mapping[Any, Any]) -> Any:
    """A ParameterMap."""
    made = ParameterMap()
    for name, value in given.items():
        made.add(name, value)
    return made


def headers(given: Mapping[str, str]) -> Any:
    """A HeaderMap of headers that the SDK has no constants for: it sends them as they are when told they are text."""
    made = HeaderMap()
    for name, value in given.items():
        made.add(Header(name, "String"), value)
    return made


def body(*records: Mapping[str, Any], **more: Any) -> Any:
    """A BodyWrapper of records; `id` and any field of the module may be given."""
    made = BodyWrapper()
    made.set_data([record(fields) for fields in records])
    made.set_trigger(list(more.pop("trigger", [])))
    for name, value in more.items():
        getattr(made, f"set_{name}")(value)
    return made


def create(module: str, fields: Mapping[str, Any]) -> str:
    """Create one record; returns its id. Raises AssertionError with the CRM's words when it is refused."""
    reply = RecordOperations(module).create_records(body(fields), HeaderMap())
    return str(_accepted(reply).get_details()["id"])


def edit(module: str, id: str, fields: Mapping[str, Any]) -> None:
    _accepted(RecordOperations(module).update_records(body({"id": int(id), **fields}), HeaderMap()))


def delete(module: str, id: str) -> None:
    reply = RecordOperations(module).delete_record(int(id), parameters({DeleteRecordParam.wf_trigger: False}))
    _accepted(reply)


def read(module: str, id: str) -> dict[str, Any] | None:
    """All fields of one record, or None when it is not there."""
    reply = RecordOperations(module).get_record(int(id), ParameterMap(), HeaderMap())
    if reply.get_status_code() == 204:
        return None
    values: dict[str, Any] = reply.get_object().get_data()[0].get_key_values()
    return values


def record(fields: Mapping[str, Any]) -> Any:
    made = Record()
    for name, value in fields.items():
        made.add_key_value(name, value)
    return made


def _accepted(reply: Any) -> Any:
    """The one result of a write."""
    answer = reply.get_object()
    result = answer.get_data()[0] if hasattr(answer, "get_data") else answer
    assert type(result).__name__ == "SuccessResponse", f"{result.get_code().get_value()}: {result.get_details()}"
    return result
