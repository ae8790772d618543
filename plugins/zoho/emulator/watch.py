"""Notifications (contract, section 15): channels that are subscribed, renewed, listed and ended, and the webhooks that
a change makes. How a webhook travels is the toolkit's business."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from kequn.testing.emulator import Webhook, Webhooks
from plugins.zoho.emulator import times
from plugins.zoho.emulator.call import EMPTY, Call, Reply, several
from plugins.zoho.emulator.errors import Element, element, invalid, mandatory, param_missing
from plugins.zoho.emulator.org import Change, Channel, Module, Org
from plugins.zoho.emulator.paging import short_info
from plugins.zoho.emulator.render import show_value
from plugins.zoho.emulator.values import id_of

HOUR, WEEK = 3600, 7 * 86400
OPERATIONS = {"create", "edit", "delete"}
_EVENT_OF = {"insert": "create", "update": "edit", "delete": "delete"}
SUBSCRIBED = "Successfully subscribed for actions-watch of the given module"
UPDATED = "Successfully updated the subscribe details"
REMOVED = "Successfully removed the subscribe details"
ENDED = "Successfully un-subscribed from actions-watch"


def subscribe(call: Call) -> Reply:
    """POST: a new channel, or more events for one that is there."""
    return several(
        [_subscribe(call, given, at, fresh=False) for at, given in enumerate(call.items("watch"))], "watch", 201
    )


def replace(call: Call) -> Reply:
    """PUT: what is not named is dropped."""
    return several([_subscribe(call, given, at, fresh=True) for at, given in enumerate(call.items("watch"))], "watch")


def renew(call: Call) -> Reply:
    """PATCH: only what is named changes; with `_delete_events` the named events go."""
    return several([_renew(call, given, at) for at, given in enumerate(call.items("watch"))], "watch")


def list_channels(call: Call) -> Reply:
    now, wanted = call.org.now(), call.params
    shown = [
        _show(call, channel, module)
        for channel in call.org.channels.values()
        for module in channel.events
        if channel.expires > now
        and wanted.get("channel_id", channel.id) == channel.id
        and wanted.get("module", module).lower() == module.lower()
    ]
    size, page = call.number("per_page", 200, 200), call.number("page", 1)
    part = shown[(page - 1) * size : page * size]
    if not part:
        return EMPTY
    return Reply(200, {"watch": part, "info": short_info(size, len(part), page, more=page * size < len(shown))})


def unsubscribe(call: Call) -> Reply:
    ids = call.params.get("channel_ids")
    if not ids:
        raise param_missing("channel_ids")
    return several([_end(call, id.strip()) for id in ids.split(",")], "watch")


def send_webhooks(org: Org, webhooks: Webhooks) -> None:
    """Turn what has changed into webhooks to the channels that want to know."""
    changes, now = list(org.changes), org.now()
    org.changes.clear()
    open_channels = [channel for channel in org.channels.values() if channel.expires > now]
    related = [change for change in changes if open_channels for change in _of_accounts(org, change)]
    for (module, operation), group in groupby([*changes, *related], key=lambda one: (one.module, one.operation)):
        batch = list(group)
        for channel in open_channels:
            wanted = [one for one in batch if (one in changes or channel.related) and _selected(channel, one)]
            if wanted and _EVENT_OF[operation] in channel.events.get(module, ()):
                webhooks.send(_webhook(org, channel, org.modules[module], wanted))


def _of_accounts(org: Org, change: Change) -> Iterator[Change]:
    """An update of a record is also one of its account, for those who want to know of related actions."""
    account = org.modules[change.module].table.rows.get(change.id, {}).get("Account_Name")
    if change.operation == "update" and change.module != "Accounts" and account is not None:
        yield Change("Accounts", "update", account, (), change.by)


def _webhook(org: Org, channel: Channel, module: Module, changes: list[Change]) -> Webhook:
    _, _, query = channel.url.partition("?")
    body = {
        "server_time": int(org.exact_now() * 1000),
        "query_params": dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair),
        "module": module.api_name,
        "resource_uri": f"{org.origin}/crm/v2/{module.api_name}",
        "ids": [change.id for change in changes],
        "affected_fields": [{change.id: list(change.fields)} for change in changes if change.fields],
        "operation": changes[0].operation,
        "channel_id": channel.id,
        "token": channel.token,
    }
    if channel.values and changes[0].operation != "insert":
        body["affected_values"] = [
            {"record_id": change.id, "values": _values(org, module, change)} for change in changes
        ]
    return Webhook.of_json(channel.url, body, unsigned={**body, "token": None})


def _values(org: Org, module: Module, change: Change) -> dict[str, Any]:
    if change.operation == "delete":
        return {"Modified_By": org.owner(change.by), "Record_Status__s": 0}
    row = module.table.rows.get(change.id, {})
    return {name: show_value(org, module, module.fields[name], row.get(name)) for name in change.fields
            if name in module.fields}  # fmt: skip


def _selected(channel: Channel, change: Change) -> bool:
    """Whether the channel's condition on fields, if any, lets an update through."""
    names = set(_condition_fields(channel.condition, change.module))
    return change.operation != "update" or not names or bool(names & set(change.fields))


def _condition_fields(conditions: Any, module: str) -> Iterator[str]:
    for condition in conditions if isinstance(conditions, list) else ():
        if condition.get("module", {}).get("api_name") == module:
            chosen = condition.get("field_selection", {})
            for part in chosen.get("group", [chosen]):
                if name := part.get("field", {}).get("api_name"):
                    yield name


def _subscribe(call: Call, given: Any, at: int, *, fresh: bool) -> Element:
    errors = _check(call.org, given, at, ("channel_id", "events", "notify_url"))
    if errors:
        return errors[0]
    id = str(id_of(given["channel_id"]))
    old = call.org.channels.get(id)
    if fresh and old is None:
        return _not_subscribed(id)
    events = {} if fresh or old is None else old.events
    events |= _events(call.org, given["events"])
    call.org.channels[id] = channel = Channel(
        id, events, _expiry(call, given), given.get("token"), given["notify_url"],
        given.get("return_affected_field_values") is True, given.get("notify_on_related_action") is not False,
        given.get("notification_condition"),
    )  # fmt: skip
    return _done(call, channel, list(_events(call.org, given["events"])), UPDATED if fresh else SUBSCRIBED)


def _renew(call: Call, given: Any, at: int) -> Element:
    errors = _check(call.org, given, at, ("channel_id",))
    if errors:
        return errors[0]
    channel = call.org.channels.get(str(id_of(given["channel_id"])))
    if channel is None:
        return _not_subscribed(str(given["channel_id"]))
    named = _events(call.org, given.get("events") or [])
    if given.get("_delete_events") is True:
        for module, operations in named.items():
            channel.events[module] = channel.events.get(module, set()) - operations
        channel.events = {module: operations for module, operations in channel.events.items() if operations}
        return _done(call, channel, list(named), REMOVED)
    if "events" in given:
        channel.events = named
    if "channel_expiry" in given:
        channel.expires = _expiry(call, given)
    channel.token = given.get("token", channel.token)
    channel.url = given.get("notify_url", channel.url)
    channel.values = given.get("return_affected_field_values", channel.values)
    channel.related = given.get("notify_on_related_action", channel.related)
    channel.condition = given.get("notification_condition", channel.condition)
    return _done(call, channel, list(channel.events), UPDATED)


def _end(call: Call, id: str) -> Element:
    channel = call.org.channels.pop(id, None)
    if channel is None:
        return _not_subscribed(id)
    resource = _resource(call, channel, next(iter(channel.events), ""))
    details = {key: resource[key] for key in ("resource_uri", "resource_id", "channel_id")}
    return {"code": "SUCCESS", "details": details, "message": ENDED, "status": "success"}


def _check(org: Org, given: Any, at: int, needed: tuple[str, ...]) -> list[Element]:
    path = f"$.watch[{at}]"
    if not isinstance(given, dict):
        return [invalid({"expected_data_type": "jsonobject", "json_path": path})]
    errors = [mandatory(name, f"{path}.{name}") for name in needed if given.get(name) in (None, "", [])]
    wrong = []
    if given.get("channel_id") is not None and id_of(given["channel_id"]) is None:
        wrong.append("channel_id")
    if given.get("events") and not _events(org, given["events"]):
        wrong.append("events")
    if isinstance(given.get("token"), str) and len(given["token"]) > 50:
        wrong.append("token")
    if given.get("notify_url") and not str(given["notify_url"]).startswith(("http://", "https://")):
        wrong.append("notify_url")
    return errors + [invalid({"api_name": name, "json_path": f"{path}.{name}"}) for name in wrong]


def _events(org: Org, given: Any) -> dict[str, set[str]]:
    """Operations by module; empty when one of them makes no sense."""
    events: dict[str, set[str]] = {}
    for event in given if isinstance(given, list) else ():
        name, _, operation = str(event).partition(".")
        module = org.module(name)
        if module is None or operation not in {*OPERATIONS, "all"}:
            return {}
        events.setdefault(module.api_name, set()).update(OPERATIONS if operation == "all" else {operation})
    return events


def _expiry(call: Call, given: dict[str, Any]) -> int:
    """One hour when it is absent or more than a week ahead."""
    now, asked = call.org.now(), times.read(given.get("channel_expiry"))
    return asked if asked is not None and now < asked <= now + WEEK else now + HOUR


def _done(call: Call, channel: Channel, modules: list[str], message: str) -> Element:
    events = [_resource(call, channel, module) for module in modules]
    return {"code": "SUCCESS", "details": {"events": events}, "message": message, "status": "success"}


def _resource(call: Call, channel: Channel, module: str) -> dict[str, Any]:
    found = call.org.module(module)
    return {
        "channel_expiry": call.org.time(channel.expires), "resource_uri": f"{call.origin}/crm/v2/{module}",
        "resource_id": found.id if found else None, "resource_name": module, "channel_id": channel.id,
    }  # fmt: skip


def _show(call: Call, channel: Channel, module: str) -> dict[str, Any]:
    return {
        **_resource(call, channel, module), "notify_on_related_action": channel.related,
        "return_affected_field_values": channel.values, "notify_url": channel.url, "fields": None,
        "notification_condition": channel.condition, "token": channel.token,
        "events": [f"{module}.{operation}" for operation in sorted(channel.events[module])],
    }  # fmt: skip


def _not_subscribed(id: str) -> Element:
    return element("NOT_SUBSCRIBED", "the channel is not subscribed", {"channel_id": id})
