"""The calls about apps, forms and widgets (contract, section 2)."""

from typing import Any

from plugins.jiandaoyun.emulator import times
from plugins.jiandaoyun.emulator.call import Call
from plugins.jiandaoyun.emulator.forms import UNLISTED

Body = dict[str, Any]


def apps(call: Call) -> Body:
    skip, limit = call.number("skip", 0), call.number("limit", 100, 1, 100)
    shown = [{"name": app.name, "app_id": app.app_id} for app in call.company.apps.values()]
    return {"apps": shown[skip : skip + limit]}


def forms(call: Call) -> Body:
    skip, limit = call.number("skip", 0), call.number("limit", 100, 1, 100)
    shown = [{"name": form.name, "app_id": form.app_id, "entry_id": form.entry_id} for form in call.app.forms.values()]
    return {"forms": shown[skip : skip + limit]}


def widgets(call: Call) -> Body:
    form = call.form
    return {
        "widgets": [widget.shown() for widget in form.widgets if widget.type not in UNLISTED],
        "sysWidgets": [{"name": name} for name in form.system],
        "dataModifyTime": times.show(form.modified),
    }
