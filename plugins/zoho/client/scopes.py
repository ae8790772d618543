"""Which scope a request needs, so that a missing one can be named. Pure."""

_SETTINGS = (
    ("/settings/fields", "ZohoCRM.settings.fields"),
    ("/settings/modules", "ZohoCRM.settings.modules"),
    ("/settings/tags", "ZohoCRM.settings.tags"),
    ("/actions/watch", "ZohoCRM.notifications"),
)
_READS = (
    ("/crm/bulk/", "ZohoCRM.bulk.READ"),
    ("/crm/v8/coql", "ZohoCRM.coql.READ"),
    ("/crm/v8/users", "ZohoCRM.users.READ"),
    ("/crm/v8/org/currencies", "ZohoCRM.settings.currencies.READ"),
    ("/crm/v8/org", "ZohoCRM.org.READ"),
)
_VERBS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "PATCH": "UPDATE", "DELETE": "DELETE"}


def scope_of(method: str, path: str) -> str:
    for prefix, scope in _READS:
        if path.startswith(prefix):
            return scope
    for part, scope in _SETTINGS:
        if part in path:
            return f"{scope}.{_VERBS[method]}"
    if path.endswith("/actions/count"):
        return "ZohoSearch.securesearch.READ"
    module = path.removeprefix("/crm/v8/").partition("/")[0].lower()
    return f"ZohoCRM.modules.{module}.{_VERBS[method]}"
