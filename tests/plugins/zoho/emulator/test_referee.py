"""The referee: Zoho's official SDK, unmodified, on a socket, must understand everything that the emulator answers."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from zohocrmsdk.src.com.zoho.crm.api.bulk_read import BodyWrapper as BulkBody
from zohocrmsdk.src.com.zoho.crm.api.bulk_read import BulkReadOperations, Query
from zohocrmsdk.src.com.zoho.crm.api.coql import BodyWrapper as CoqlBody
from zohocrmsdk.src.com.zoho.crm.api.coql import CoqlOperations
from zohocrmsdk.src.com.zoho.crm.api.currencies import CurrenciesOperations
from zohocrmsdk.src.com.zoho.crm.api.exception import SDKException
from zohocrmsdk.src.com.zoho.crm.api.fields import BodyWrapper as FieldsBody
from zohocrmsdk.src.com.zoho.crm.api.fields import Fields, FieldsOperations
from zohocrmsdk.src.com.zoho.crm.api.fields.fields_operations import CreateFieldParam, GetFieldsParam
from zohocrmsdk.src.com.zoho.crm.api.header_map import HeaderMap
from zohocrmsdk.src.com.zoho.crm.api.modules import MinifiedModule, ModulesOperations
from zohocrmsdk.src.com.zoho.crm.api.notifications import BodyWrapper as WatchBody
from zohocrmsdk.src.com.zoho.crm.api.notifications import Notification, NotificationsOperations
from zohocrmsdk.src.com.zoho.crm.api.notifications.notifications_operations import (
    DeleteNotificationParam,
    GetNotificationsParam,
)
from zohocrmsdk.src.com.zoho.crm.api.org import OrgOperations
from zohocrmsdk.src.com.zoho.crm.api.parameter_map import ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.record import RecordOperations
from zohocrmsdk.src.com.zoho.crm.api.record.record_operations import (
    DeleteRecordsParam,
    GetDeletedRecordsParam,
    GetRecordsHeader,
    GetRecordsParam,
    SearchRecordsParam,
)
from zohocrmsdk.src.com.zoho.crm.api.tags import BodyWrapper as TagsBody
from zohocrmsdk.src.com.zoho.crm.api.tags import (
    ExistingTag,
    ExistingTagRequestWrapper,
    NewTagRequestWrapper,
    Tag,
    TagsOperations,
)
from zohocrmsdk.src.com.zoho.crm.api.tags.tags_operations import CreateTagsParam, GetTagsParam
from zohocrmsdk.src.com.zoho.crm.api.users import UsersOperations
from zohocrmsdk.src.com.zoho.crm.api.users.users_operations import GetUsersParam

from kequn.clock import ManualClock
from kequn.contracts.emulator import EmulatorOptions
from kequn.testing.emulator import serve
from plugins.zoho.emulator import ZohoEmulator, build
from tests.plugins.zoho import sdk

CONTACTS = RecordOperations("Contacts")


class Referee:
    """An emulator on a socket, with the SDK pointed at it."""

    def __init__(self, emulator: ZohoEmulator, clock: ManualClock, base: str) -> None:
        self.emulator = emulator
        self.people = emulator.people
        self.clock = clock
        self.base = base


@pytest.fixture
def zoho(tmp_path: Path) -> Iterator[Referee]:
    clock = ManualClock()
    emulator = build(EmulatorOptions(clock=clock, records=30, knobs={"bulk_page": 20}))
    with serve(emulator.app) as base:
        sdk.connect(base, emulator.settings(base), tmp_path)
        yield Referee(emulator, clock, base)


def listed(**params: Any) -> Any:
    given = {getattr(GetRecordsParam, name): value for name, value in params.items()}
    return CONTACTS.get_records(sdk.parameters(given), HeaderMap())


def code(answer: Any) -> str:
    value: str = answer.get_code().get_value()
    return value


def test_list(zoho: Referee) -> None:
    reply = listed(fields="Last_Name,Email,Customer_Tier,Tag,Owner,Account_Name,Modified_Time", per_page=10)
    records, info = reply.get_object().get_data(), reply.get_object().get_info()
    first = records[0]
    stored = zoho.people.read("Contacts")[str(first.get_id())]
    assert (reply.get_status_code(), len(records)) == (200, 10)
    assert (info.get_more_records(), info.get_count(), info.get_per_page()) == (True, 10, 10)
    assert first.get_key_value("Last_Name") == stored["Last_Name"]
    assert first.get_modified_time().isoformat() != ""
    assert first.get_key_value("Owner").get_email() == stored["Owner"]["email"]
    following = listed(fields="Last_Name,Email,Customer_Tier,Tag,Owner,Account_Name,Modified_Time", per_page=10,
                       page_token=info.get_next_page_token())  # fmt: skip
    assert not {r.get_id() for r in records} & {r.get_id() for r in following.get_object().get_data()}


def test_lists_that_are_refused_or_empty(zoho: Referee) -> None:
    assert code(listed().get_object()) == "REQUIRED_PARAM_MISSING"
    assert listed(fields="Last_Name", page=10).get_status_code() == 204
    assert code(listed(fields="Last_Name", page=11).get_object()) == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
    since = HeaderMap()
    since.add(GetRecordsHeader.if_modified_since, zoho.clock.now() + timedelta(hours=1))
    given = sdk.parameters({GetRecordsParam.fields: "Last_Name"})
    assert CONTACTS.get_records(given, since).get_status_code() == 304


def test_get(zoho: Referee) -> None:
    id, stored = next((id, row) for id, row in zoho.people.read("Contacts").items() if row["Tag"])
    record = sdk.read("Contacts", id)
    assert record is not None
    assert record["Email"] == stored["Email"]
    assert [tag.get_name() for tag in record["Tag"]] == [tag["name"] for tag in stored["Tag"]]
    assert sdk.read("Contacts", "554023000000999999") is None


def test_create(zoho: Referee) -> None:
    account = next(iter(zoho.people.read("Accounts")))
    linked = sdk.record({"id": int(account)})
    id = sdk.create("Contacts", {"Last_Name": "新客户 😀", "Email": "new@example.com", "Account_Name": linked})
    stored = zoho.people.read("Contacts")[id]
    assert (stored["Last_Name"], stored["Account_Name"]["id"]) == ("新客户 😀", account)


def test_create_refused(zoho: Referee) -> None:
    reply = CONTACTS.create_records(sdk.body({"First_Name": "A"}), HeaderMap())
    (error,) = reply.get_object().get_data()
    assert (reply.get_status_code(), code(error)) == (400, "MANDATORY_NOT_FOUND")
    assert error.get_details()["api_name"] == "Last_Name"


def test_duplicate_refused(zoho: Referee) -> None:
    zoho.people.add_field("Contacts", "Kequn Id", "text", unique=True)
    id = zoho.people.create("Contacts", {"Last_Name": "A", "Kequn_Id": "K1"})
    reply = CONTACTS.create_records(sdk.body({"Last_Name": "B", "Kequn_Id": "K1"}), HeaderMap())
    (error,) = reply.get_object().get_data()
    assert (reply.get_status_code(), code(error)) == (400, "DUPLICATE_DATA")
    assert str(error.get_details()["id"]) == id


def test_update(zoho: Referee) -> None:
    id = next(iter(zoho.people.read("Contacts")))
    sdk.edit("Contacts", id, {"Title": "Buyer", "Phone": None})
    assert zoho.people.read("Contacts")[id]["Title"] == "Buyer"


def test_stale_update(zoho: Referee) -> None:
    id = next(iter(zoho.people.read("Contacts")))
    seen = zoho.emulator.org.time(zoho.emulator.org.now())
    zoho.clock.move(2)
    zoho.people.edit("Contacts", id, {"Title": "theirs"})
    body = sdk.body({"id": int(id), "Title": "ours"})
    reply = CONTACTS.update_records(body, sdk.headers({"If-Unmodified-Since": seen}))
    (error,) = reply.get_object().get_data()
    assert (reply.get_status_code(), code(error)) == (412, "ALREADY_MODIFIED")
    assert zoho.people.read("Contacts")[id]["Title"] == "theirs"


def test_upsert(zoho: Referee) -> None:
    body = sdk.body(
        {"Last_Name": "A", "Email": "person1@example.com"}, {"First_Name": "B"}, duplicate_check_fields=["Email"]
    )
    reply = CONTACTS.upsert_records(body, HeaderMap())
    done, error = reply.get_object().get_data()
    assert reply.get_status_code() == 207
    assert (done.get_action().get_value(), done.get_duplicate_field()) == ("update", "Email")
    assert code(error) == "MANDATORY_NOT_FOUND"


def test_delete_and_the_deleted(zoho: Referee) -> None:
    first, second, *_ = zoho.people.read("Contacts")
    sdk.delete("Contacts", first)
    given = sdk.parameters({DeleteRecordsParam.ids: f"{first},{second}"})
    reply = CONTACTS.delete_records(given, HeaderMap())
    error, done = reply.get_object().get_data()
    assert (reply.get_status_code(), code(error), code(done)) == (207, "INVALID_DATA", "SUCCESS")
    gone = CONTACTS.get_deleted_records(sdk.parameters({GetDeletedRecordsParam.type: "all"}), HeaderMap())
    assert {str(one.get_id()) for one in gone.get_object().get_data()} == {first, second}
    assert gone.get_object().get_data()[0].get_deleted_time() is not None


def test_search(zoho: Referee) -> None:
    def found(**params: Any) -> Any:
        given = {getattr(SearchRecordsParam, name): value for name, value in params.items()}
        return CONTACTS.search_records(sdk.parameters(given), HeaderMap())

    assert [r.get_key_value("Email") for r in found(email="person2@example.com").get_object().get_data()] == [
        "person2@example.com"
    ]
    criteria = found(criteria="((Email:equals:person2@example.com)or(Email:equals:person3@example.com))")
    assert criteria.get_object().get_info().get_count() == 2
    assert found(email="nobody@example.com").get_status_code() == 204


def test_coql(zoho: Referee) -> None:
    body = CoqlBody()
    body.set_select_query(
        "select Last_Name, Email, Account_Name.Account_Name from Contacts where Email like 'person1%' limit 3"
    )
    reply = CoqlOperations().get_records(body)
    assert (reply.get_status_code(), len(reply.get_object().get_data())) == (200, 3)
    assert reply.get_object().get_info().get_more_records() is True
    body.set_select_query("select Nonsense from Contacts where id > 1")
    assert code(CoqlOperations().get_records(body).get_object()) == "INVALID_QUERY"


def tag_names(zoho: Referee) -> list[str]:
    return [tag.name for tag in zoho.emulator.org.modules["Contacts"].tags.values()]


def test_tags(zoho: Referee) -> None:
    tag = Tag()
    tag.set_name("from the SDK")
    made = TagsBody()
    made.set_tags([tag])
    reply = TagsOperations().create_tags(made, sdk.parameters({CreateTagsParam.module: "Contacts"}))
    assert (reply.get_status_code(), code(reply.get_object().get_tags()[0])) == (201, "SUCCESS")
    known = TagsOperations().get_tags(sdk.parameters({GetTagsParam.module: "Contacts"})).get_object()
    assert "from the SDK" in [tag.get_name() for tag in known.get_tags()]
    id = next(iter(zoho.people.read("Contacts")))
    wanted = NewTagRequestWrapper()
    wanted.set_tags([tag])
    wanted.set_over_write(True)
    wanted.set_ids([int(id)])
    added = TagsOperations().add_tags_to_multiple_records("Contacts", wanted)
    assert code(added.get_object().get_data()[0]) == "SUCCESS"
    assert [tag["name"] for tag in zoho.people.read("Contacts")[id]["Tag"]] == ["from the SDK"]
    there = ExistingTag()
    there.set_name("from the SDK")
    unwanted = ExistingTagRequestWrapper()
    unwanted.set_tags([there])
    removed = TagsOperations().remove_tags("Contacts", int(id), unwanted)
    assert (code(removed.get_object().get_data()[0]), zoho.people.read("Contacts")[id]["Tag"]) == ("SUCCESS", [])
    gone = TagsOperations().delete_tag(known.get_tags()[-1].get_id())
    assert (gone.get_status_code(), "from the SDK" in tag_names(zoho)) == (200, False)


def test_notifications(zoho: Referee) -> None:
    heard: list[Any] = []

    async def hear(request: Request) -> Response:
        heard.append(await request.json())
        return Response(status_code=204)

    with serve(Starlette(routes=[Route("/hook", hear, methods=["POST"])])) as door:
        wish = Notification()
        wish.set_channel_id("1000000068001")
        wish.set_events(["Contacts.all"])
        wish.set_token("a token")
        wish.set_notify_url(f"{door}/hook?src=1")
        wish.set_channel_expiry(zoho.clock.now() + timedelta(days=6))
        body = WatchBody()
        body.set_watch([wish])
        reply = NotificationsOperations().enable_notifications(body)
        (done,) = reply.get_object().get_watch()
        assert (reply.get_status_code(), code(done)) == (201, "SUCCESS")
        given = sdk.parameters({GetNotificationsParam.channel_id: 1000000068001})
        (channel,) = NotificationsOperations().get_notifications(given).get_object().get_watch()
        assert (channel.get_resource_name(), channel.get_token()) == ("Contacts", "a token")
        id = sdk.create("Contacts", {"Last_Name": "A"})
        anyio.run(zoho.emulator.settle)
    assert [(one["ids"], one["operation"], one["token"]) for one in heard] == [([id], "insert", "a token")]
    gone = sdk.parameters({DeleteNotificationParam.channel_ids: "1000000068001"})
    assert code(NotificationsOperations().delete_notification(gone).get_object().get_watch()[0]) == "SUCCESS"
    assert NotificationsOperations().get_notifications(ParameterMap()).get_status_code() == 204


def test_fields(zoho: Referee) -> None:
    given = sdk.parameters({GetFieldsParam.module: "Contacts"})
    fields = {field.get_api_name(): field for field in FieldsOperations().get_fields(given).get_object().get_fields()}
    tier = fields["Customer_Tier"]
    assert (tier.get_data_type(), tier.get_custom_field()) == ("picklist", True)
    assert [option.get_display_value() for option in tier.get_pick_list_values()] == ["-None-", "普通", "VIP", "战略"]
    assert fields["Account_Name"].get_lookup().get_module().get_api_name() == "Accounts"
    wish = Fields()
    wish.set_field_label("Kequn Id")
    wish.set_data_type("text")
    wish.set_length(64)
    body = FieldsBody()
    body.set_fields([wish])
    reply = FieldsOperations().create_field(body, sdk.parameters({CreateFieldParam.module: "Contacts"}))
    assert (reply.get_status_code(), code(reply.get_object().get_fields()[0])) == (201, "SUCCESS")
    assert zoho.emulator.org.modules["Contacts"].fields["Kequn_Id"].length == 64


def test_modules(zoho: Referee) -> None:
    modules = ModulesOperations().get_modules(ParameterMap(), HeaderMap()).get_object().get_modules()
    assert {"Contacts", "Accounts", "Deals", "Cases"} <= {module.get_api_name() for module in modules}
    (contacts,) = ModulesOperations().get_module_by_api_name("Contacts").get_object().get_modules()
    assert contacts.get_api_supported() is True


def test_users_org_and_currencies(zoho: Referee) -> None:
    users = UsersOperations().get_users(sdk.parameters({GetUsersParam.type: "ActiveUsers"}), HeaderMap())
    assert [user.get_email() for user in users.get_object().get_users()][:2] == [
        "user1@example.com",
        "user2@example.com",
    ]
    (organisation,) = OrgOperations().get_organization().get_object().get_org()
    assert (organisation.get_iso_code(), organisation.get_mc_status()) == ("CNY", True)
    currencies = CurrenciesOperations().get_currencies().get_object().get_currencies()
    assert [currency.get_iso_code() for currency in currencies] == ["CNY", "USD"]


def test_bulk_read(zoho: Referee) -> None:
    module = MinifiedModule()
    module.set_api_name("Contacts")
    query = Query()
    query.set_module(module)
    query.set_fields(["Last_Name", "Email"])
    body = BulkBody()
    body.set_query(query)
    made = BulkReadOperations().create_bulk_read_job(body)
    id = made.get_object().get_data()[0].get_details()["id"]
    assert made.get_status_code() == 201
    assert (
        BulkReadOperations().get_bulk_read_job_details(int(id)).get_object().get_data()[0].get_state().get_value()
        == "ADDED"
    )
    zoho.clock.move(10)
    (job,) = BulkReadOperations().get_bulk_read_job_details(int(id)).get_object().get_data()
    assert (job.get_state().get_value(), job.get_result().get_count()) == ("COMPLETED", 20)
    result = BulkReadOperations().download_result(int(id))
    assert result.get_object().get_file().get_stream() is not None
    rest = Query()
    rest.set_page_token(job.get_result().get_next_page_token())
    body = BulkBody()
    body.set_query(rest)
    id = BulkReadOperations().create_bulk_read_job(body).get_object().get_data()[0].get_details()["id"]
    zoho.clock.move(10)
    (job,) = BulkReadOperations().get_bulk_read_job_details(int(id)).get_object().get_data()
    assert (job.get_result().get_count(), job.get_result().get_more_records()) == (10, False)


def test_a_revoked_token(zoho: Referee, tmp_path: Path) -> None:
    settings = zoho.emulator.settings(zoho.base)
    httpx.post(f"{zoho.base}/oauth/v2/token/revoke", data={"token": settings["refresh_token"]})
    (tmp_path / "again").mkdir()
    with pytest.raises(SDKException, match="invalid_code"):
        sdk.connect(zoho.base, settings, tmp_path / "again")
