"""Which path and method lead to which handler, with the scope it needs and its price in credits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plugins.zoho.emulator import lists, metadata, query, users, writes
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
_BATCH = per(10)

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
    "/users": {"GET": Way(users.list_users, "ZohoCRM.users.READ")},
    "/users/{id}": {"GET": Way(users.get_user, "ZohoCRM.users.READ")},
    "/org": {"GET": Way(users.show_org, "ZohoCRM.org.READ")},
    "/org/currencies": {"GET": Way(users.list_currencies, "ZohoCRM.settings.currencies.READ")},
    "/coql": {"POST": Way(query.run_query, "ZohoCRM.coql.READ", query.cost, _always)},
    "/{module}": {
        "GET": Way(lists.list_records, _READ, lambda call: 3 if "cvid" in call.params else 1, _sorted_list),
        "POST": Way(writes.insert_records, f"{_MODULE}.CREATE", _BATCH, _big_write),
        "PUT": Way(writes.update_records, f"{_MODULE}.UPDATE", _BATCH, _big_write),
        "DELETE": Way(writes.delete_records, f"{_MODULE}.DELETE"),
    },
    "/{module}/upsert": {"POST": Way(writes.upsert_records, f"{_MODULE}.WRITE", _BATCH, _big_write)},
    "/{module}/deleted": {"GET": Way(lists.list_deleted, _READ, lambda call: 2)},
    "/{module}/{id}": {
        "GET": Way(lists.get_record, _READ),
        "PUT": Way(writes.update_record, f"{_MODULE}.UPDATE"),
        "DELETE": Way(writes.delete_records, f"{_MODULE}.DELETE"),
    },
}

WAYS = {f"/crm/v8{path}": by_method for path, by_method in _CRM.items()}
"""Path, then method. The more special path stands first."""
