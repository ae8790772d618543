"""Which path and method lead to which handler, with the scope it needs and its price in credits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plugins.zoho.emulator import (
    bulk,
    currencies,
    lists,
    metadata,
    query,
    related,
    search,
    tagging,
    users,
    watch,
    writes,
)
from plugins.zoho.emulator.call import Call, Reply

Handler = Callable[[Call], Reply]
Price = Callable[[Call], int]


def one(call: Call) -> int:
    return 1


def per(size: int, key: str = "data") -> Price:
    """One credit for each `size` items of the body."""

    def price(call: Call) -> int:
        items = call.body.get(key)
        return -(-len(items) // size) if isinstance(items, list) and items else 1

    return price


@dataclass(frozen=True)
class Way:
    """`scope` may hold `{module}`; several are separated by blanks. `heavy`: whether the call counts against the
    smaller concurrency."""

    handler: Handler
    scope: str
    price: Price = one
    heavy: Callable[[Call], bool] = lambda call: False

    @property
    def scopes(self) -> list[str]:
        return self.scope.split()


def _sorted_list(call: Call) -> bool:
    return "sort_by" in call.params or "cvid" in call.params


def _big_write(call: Call) -> bool:
    items = call.body.get("data")
    return isinstance(items, list) and len(items) > 10


def _always(call: Call) -> bool:
    return True


_MODULE = "ZohoCRM.modules.{module}"
_READ = f"{_MODULE}.READ"
_SEARCH = "ZohoSearch.securesearch.READ"
_BATCH = per(10)
_TAGGED = per(50, "ids")

_CRM: Mapping[str, Mapping[str, Way]] = {
    "/settings/modules": {"GET": Way(metadata.list_modules, "ZohoCRM.settings.modules.READ")},
    "/settings/modules/{module}": {"GET": Way(metadata.get_module, "ZohoCRM.settings.modules.READ")},
    "/settings/fields": {
        "GET": Way(metadata.list_fields, "ZohoCRM.settings.fields.READ"),
        "POST": Way(metadata.create_fields, "ZohoCRM.settings.fields.CREATE"),
        "PATCH": Way(metadata.change_fields, "ZohoCRM.settings.fields.UPDATE"),
    },
    "/settings/fields/{id}": {
        "GET": Way(metadata.get_field, "ZohoCRM.settings.fields.READ"),
        "PATCH": Way(metadata.change_fields, "ZohoCRM.settings.fields.UPDATE"),
        "DELETE": Way(metadata.delete_field, "ZohoCRM.settings.fields.DELETE"),
    },
    "/settings/fields/{id}/pick_list_values": {"GET": Way(metadata.list_options, "ZohoCRM.settings.fields.READ")},
    "/settings/tags": {
        "GET": Way(tagging.list_tags, "ZohoCRM.settings.tags.READ"),
        "POST": Way(tagging.create_tags, "ZohoCRM.settings.tags.CREATE"),
        "PUT": Way(tagging.update_tags, "ZohoCRM.settings.tags.UPDATE"),
    },
    "/settings/tags/{id}": {
        "PUT": Way(tagging.update_tags, "ZohoCRM.settings.tags.UPDATE"),
        "DELETE": Way(tagging.delete_tag, "ZohoCRM.settings.tags.DELETE"),
    },
    "/settings/tags/{id}/actions/records_count": {"GET": Way(tagging.count_tagged, "ZohoCRM.settings.tags.READ")},
    "/settings/tags/{id}/actions/merge": {"POST": Way(tagging.merge_tag, "ZohoCRM.settings.tags.UPDATE")},
    "/settings/related_lists": {"GET": Way(related.list_related_lists, "ZohoCRM.settings.related_lists.READ")},
    "/actions/watch": {
        "GET": Way(watch.list_channels, "ZohoCRM.notifications.READ"),
        "POST": Way(watch.subscribe, "ZohoCRM.notifications.CREATE"),
        "PUT": Way(watch.replace, "ZohoCRM.notifications.UPDATE"),
        "PATCH": Way(watch.renew, "ZohoCRM.notifications.UPDATE"),
        "DELETE": Way(watch.unsubscribe, "ZohoCRM.notifications.DELETE"),
    },
    "/users": {"GET": Way(users.list_users, "ZohoCRM.users.READ")},
    "/users/{id}": {"GET": Way(users.get_user, "ZohoCRM.users.READ")},
    "/org": {"GET": Way(users.show_org, "ZohoCRM.org.READ")},
    "/org/currencies": {"GET": Way(currencies.list_currencies, "ZohoCRM.settings.currencies.READ")},
    "/coql": {"POST": Way(query.run_query, "ZohoCRM.coql.READ", query.cost, _always)},
    "/{module}": {
        "GET": Way(lists.list_records, _READ, lambda call: 3 if "cvid" in call.params else 1, _sorted_list),
        "POST": Way(writes.insert_records, f"{_MODULE}.CREATE", _BATCH, _big_write),
        "PUT": Way(writes.update_records, f"{_MODULE}.UPDATE", _BATCH, _big_write),
        "DELETE": Way(writes.delete_records, f"{_MODULE}.DELETE"),
    },
    "/{module}/search": {"GET": Way(search.search_records, f"{_READ} {_SEARCH}", heavy=_always)},
    "/{module}/actions/count": {"GET": Way(search.count_records, f"{_READ} {_SEARCH}")},
    "/{module}/actions/add_tags": {"POST": Way(tagging.add_tags, f"{_MODULE}.WRITE", _TAGGED)},
    "/{module}/actions/remove_tags": {"POST": Way(tagging.remove_tags, f"{_MODULE}.WRITE", _TAGGED)},
    "/{module}/actions/change_owner": {"POST": Way(related.change_owner, "ZohoCRM.change_owner.CREATE")},
    "/{module}/{id}/actions/add_tags": {"POST": Way(tagging.add_tags, f"{_MODULE}.WRITE")},
    "/{module}/{id}/actions/remove_tags": {"POST": Way(tagging.remove_tags, f"{_MODULE}.WRITE")},
    "/{module}/{id}/actions/change_owner": {"POST": Way(related.change_owner, "ZohoCRM.change_owner.CREATE")},
    "/{module}/upsert": {"POST": Way(writes.upsert_records, f"{_MODULE}.WRITE", _BATCH, _big_write)},
    "/{module}/deleted": {"GET": Way(lists.list_deleted, _READ, lambda call: 2)},
    "/{module}/{id}": {
        "GET": Way(lists.get_record, _READ),
        "PUT": Way(writes.update_record, f"{_MODULE}.UPDATE"),
        "DELETE": Way(writes.delete_records, f"{_MODULE}.DELETE"),
    },
    "/{module}/{id}/{related}": {
        "GET": Way(related.list_related, _READ),
        "POST": Way(related.add_notes, "ZohoCRM.modules.notes.CREATE", _BATCH),
        "PUT": Way(related.relate, f"{_MODULE}.UPDATE", _BATCH),
        "DELETE": Way(related.unrelate, f"{_MODULE}.DELETE"),
    },
}
_BULK: Mapping[str, Mapping[str, Way]] = {
    "/read": {"POST": Way(bulk.create_job, "ZohoCRM.bulk.READ", lambda call: 50)},
    "/read/{id}": {"GET": Way(bulk.get_job, "ZohoCRM.bulk.READ")},
    "/read/{id}/result": {"GET": Way(bulk.download, "ZohoCRM.bulk.READ")},
}

WAYS = {f"/crm/bulk/v8{path}": by_method for path, by_method in _BULK.items()} | {
    f"/crm/v8{path}": by_method for path, by_method in _CRM.items()
}
"""Path, then method. The more special path stands first."""
