"""Pages of a list (contract, 5.1): by number up to 2000 records, by token up to 100,000. A token remembers the last
key, so that a record edited during a walk moves to where its new key is, and no other is missed or doubled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugins.zoho.emulator.call import Call
from plugins.zoho.emulator.errors import ApiError, bad_param
from plugins.zoho.emulator.org import Bookmark

BY_NUMBER = 2000
LIFE_SECONDS = 24 * 3600
SORTS = ("id", "Created_Time", "Modified_Time")


@dataclass(frozen=True)
class Place:
    """Which part of the list a request wants. `page` counts tokens too."""

    sort_by: str
    descending: bool
    size: int
    page: int
    skip: int
    after: tuple[Any, ...] | None
    served: int
    bound: tuple[Any, ...]


def place_of(call: Call, order: str = "desc") -> Place:
    """`order`: unless the request says otherwise. Raises ApiError when the parameters do not go together."""
    sort_by, order = call.params.get("sort_by", "id"), call.params.get("sort_order", order)
    if sort_by not in SORTS:
        raise bad_param("sort_by", supported_values=list(SORTS))
    if order not in {"asc", "desc"}:
        raise bad_param("sort_order", supported_values=["asc", "desc"])
    if "cvid" in call.params and "sort_by" in call.params:
        raise ambiguous("cvid", "sort_by")
    size, page = call.number("per_page", 200, 200), call.number("page", 1)
    if call.mark == "changed_page_size":
        size = max(1, size // 2)
    bound, mark = bound_to(call), _bookmark(call)
    if mark is not None:
        return Place(sort_by, order == "desc", size, mark.page + 1, 0, mark.after, mark.served, bound)
    if page * size > BY_NUMBER:
        raise too_far()
    return Place(sort_by, order == "desc", size, page, (page - 1) * size, None, (page - 1) * size, bound)


def too_far(limit: int = BY_NUMBER) -> ApiError:
    message = "the limit for discrete pagination is exceeded; use page_token"
    return ApiError("DISCRETE_PAGINATION_LIMIT_EXCEEDED", message, {"limit": limit})


def expired() -> ApiError:
    details = {"api_name": "page_token", "json_path": "$.query.page_token"}
    return ApiError("EXPIRED_VALUE", "Page token expired", details)


def unbound() -> ApiError:
    message = "the page token does not belong to this user or these parameters"
    return ApiError("TOKEN_BOUND_DATA_MISMATCH", message, {"param_name": "page_token"})


def ambiguous(*names: str) -> ApiError:
    due = [{"param_name": name} for name in names]
    return ApiError("AMBIGUITY_DURING_PROCESSING", "ambiguity while processing the request", {"ambiguity_due_to": due})


def issue(call: Call, place: Place, last: tuple[Any, ...], count: int) -> tuple[str, str]:
    """A token for what follows `last`, and when it expires."""
    known, now = call.org.bookmarks, call.org.exact_now()
    for token in [token for token, mark in known.items() if mark.expires < now - LIFE_SECONDS]:
        del known[token]
    token = call.org.options.random.bytes(24).hex()
    known[token] = Bookmark(place.bound, last, place.served + count, place.page, now + LIFE_SECONDS)
    return token, call.org.time(now + LIFE_SECONDS)


def _bookmark(call: Call) -> Bookmark | None:
    token = call.params.get("page_token")
    if token is None:
        return None
    if "page" in call.params:
        raise ambiguous("page", "page_token")
    mark = call.org.bookmarks.get(token)
    if mark is not None and (mark.expires < call.org.exact_now() or call.mark == "page_token_expired"):
        raise expired()
    if mark is None or mark.bound != bound_to(call):
        raise unbound()
    if mark.served >= call.org.knobs.page_limit:
        raise ApiError(
            "PAGINATION_LIMIT_EXCEEDED", "the limit for pagination is exceeded", {"param_name": "page_token"}
        )
    return mark


def bound_to(call: Call) -> tuple[Any, ...]:
    """User, list, parameters but for the place itself, and the header that narrows the list."""
    rest: Mapping[str, str] = {k: v for k, v in call.params.items() if k not in {"page", "page_token"}}
    path = tuple(sorted(call.path.items()))
    return call.user, path, tuple(sorted(rest.items())), call.headers.get("if-modified-since")


def short_info(size: int, count: int, page: int, *, more: bool) -> dict[str, Any]:
    """The `info` of lists without tokens."""
    return {"per_page": size, "count": count, "page": page, "more_records": more}
