"""What an answer of Zoho's means, as a table."""

from typing import Any

import httpx
import pytest

from kequn.contracts.errors import BrokenReply, CrmError, NeedsLogin, RetryLater
from plugins.zoho.client.replies import Refused, TokenRefused, read_reply
from plugins.zoho.client.scopes import scope_of

THROTTLE = "Number of API requests for the 24 hour period is exceeded or the concurrency limit of the user is exceeded"


def reply(status: int, body: Any = None, **headers: str) -> httpx.Response:
    content = {"content": body} if isinstance(body, bytes) else {"json": body}
    request = httpx.Request("POST", "https://www.zohoapis.com/crm/v8/Contacts")
    given = content if body is not None else {}
    return httpx.Response(status, headers=headers, request=request, **given)


def raised(answer: httpx.Response, *, write: bool = False) -> CrmError:
    with pytest.raises(CrmError) as caught:
        read_reply(answer, scope="ZohoCRM.coql.READ", write=write)
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"code": "INVALID_TOKEN", "status": "error"}, TokenRefused),
        (401, {"code": "AUTHENTICATION_FAILURE", "status": "error"}, TokenRefused),
        (401, {"code": "OAUTH_SCOPE_MISMATCH", "status": "error"}, NeedsLogin),
        (401, {"code": "SOMETHING_NEW", "status": "error"}, NeedsLogin),
        (403, {"code": "NO_PERMISSION", "details": {"permissions": ["x"]}, "status": "error"}, Refused),
        (400, {"code": "INVALID_MODULE", "details": {"resource_path_index": 0}, "status": "error"}, Refused),
        (404, {"code": "INVALID_URL_PATTERN", "details": {}, "status": "error"}, Refused),
        (200, {"code": "INVALID_DATA", "details": {}, "status": "error"}, Refused),
        (429, {"code": "TOO_MANY_REQUESTS", "message": THROTTLE, "status": "error"}, RetryLater),
        (200, {"code": 429, "error": "TOO_MANY_REQUESTS", "error_info": "24 hours", "details": []}, RetryLater),
        (429, b"<html>slow down</html>", RetryLater),
        (500, {"code": "INTERNAL_ERROR", "status": "error"}, RetryLater),
        (502, b"<html>bad gateway</html>", RetryLater),
        (200, b"<html>hello</html>", BrokenReply),
        (200, b'{"data":[{"id":"1"', BrokenReply),
        (200, b"[1, 2]", BrokenReply),
        (302, b"{}", BrokenReply),
    ],
)
def test_a_request_that_failed(status: int, body: Any, error: type[CrmError]) -> None:
    assert type(raised(reply(status, body))) is error


@pytest.mark.parametrize(
    ("headers", "text", "wait"),
    [
        ({"retry-after": "7"}, THROTTLE, 7),
        ({}, THROTTLE, 2),
        ({}, "Many requests fired than the allowed limit for the past 24 hours.", 900),
        ({}, "API credits are spent", 900),
    ],
    ids=["told", "either", "day", "credits"],
)
def test_how_long_a_throttle_lasts(headers: dict[str, str], text: str, wait: float) -> None:
    error = raised(reply(429, {"code": "TOO_MANY_REQUESTS", "message": text}, **headers))
    assert isinstance(error, RetryLater)
    assert error.wait_seconds == wait


@pytest.mark.parametrize(("write", "body"), [(True, b"{"), (False, b"{")])
def test_an_unreadable_answer_to_a_write_may_have_been_applied(write: bool, body: bytes) -> None:
    assert raised(reply(200, body), write=write).maybe_applied is write
    assert raised(reply(503, body), write=write).maybe_applied is write
    assert not raised(reply(429, body), write=write).maybe_applied


def test_the_missing_scope_is_named() -> None:
    error = raised(reply(401, {"code": "OAUTH_SCOPE_MISMATCH", "status": "error"}))
    assert isinstance(error, NeedsLogin)
    assert error.scope == "ZohoCRM.coql.READ"
    assert "ZohoCRM.coql.READ" in error.message


@pytest.mark.parametrize("status", [200, 201, 202, 207, 400, 412])
def test_results_of_records_are_read_whatever_the_status(status: int) -> None:
    body = {"data": [{"status": "error", "code": "INVALID_DATA", "details": {}}, {"status": "success"}]}
    assert len(read_reply(reply(status, body), scope="", write=True).rows()) == 2


@pytest.mark.parametrize("status", [204, 304])
def test_no_body_is_no_rows(status: int) -> None:
    answer = read_reply(reply(status), scope="", write=False)
    assert (answer.rows(), answer.more, answer.next_token) == ([], False, None)


def test_a_wrong_content_type_does_not_matter() -> None:
    answer = reply(200, b'{"data":[{"id":"1"}]}', **{"content-type": "text/html"})
    assert read_reply(answer, scope="", write=False).rows() == [{"id": "1"}]


def test_an_error_says_no_value() -> None:
    details = {"api_name": "Email", "value": "someone@example.com"}
    error = raised(reply(400, {"code": "INVALID_DATA", "details": details, "message": "someone@example.com"}))
    assert "Email" in error.message
    assert "someone" not in str(error)


def test_a_missing_permission_is_named() -> None:
    details = {"permissions": ["Crm_Implied_View_Leads"]}
    error = raised(reply(403, {"code": "NO_PERMISSION", "details": details, "status": "error"}))
    assert error.message.endswith("NO_PERMISSION; the user whose token it is lacks Crm_Implied_View_Leads")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/crm/v8/Contacts", "ZohoCRM.modules.contacts.READ"),
        ("POST", "/crm/v8/Contacts/upsert", "ZohoCRM.modules.contacts.CREATE"),
        ("DELETE", "/crm/v8/Deals", "ZohoCRM.modules.deals.DELETE"),
        ("POST", "/crm/v8/settings/fields", "ZohoCRM.settings.fields.CREATE"),
        ("GET", "/crm/v8/settings/tags", "ZohoCRM.settings.tags.READ"),
        ("POST", "/crm/v8/coql", "ZohoCRM.coql.READ"),
        ("POST", "/crm/v8/actions/watch", "ZohoCRM.notifications.CREATE"),
        ("POST", "/crm/bulk/v8/read", "ZohoCRM.bulk.READ"),
        ("GET", "/crm/v8/Contacts/actions/count", "ZohoSearch.securesearch.READ"),
        ("GET", "/crm/v8/users", "ZohoCRM.users.READ"),
        ("GET", "/crm/v8/org", "ZohoCRM.org.READ"),
    ],
)
def test_which_scope_a_request_needs(method: str, path: str, scope: str) -> None:
    assert scope_of(method, path) == scope
