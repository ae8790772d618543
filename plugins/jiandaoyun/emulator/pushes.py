"""Pushes (contract, section 8): what an event says, how it is signed, and when an address is given up. Only what people
do is pushed, never what the API writes."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from kequn.testing.emulator import Row, Webhook, Webhooks
from plugins.jiandaoyun.emulator import records, times
from plugins.jiandaoyun.emulator.company import Company
from plugins.jiandaoyun.emulator.forms import Form, Push

REPEATS = 5
GIVEN_UP_AFTER = 100
ANSWER_SECONDS = 2.0


def signature(nonce: str, body: bytes, secret: str, timestamp: str) -> str:
    """Bare hex over the raw bytes."""
    return hashlib.sha1(b":".join((nonce.encode(), body, secret.encode(), timestamp.encode()))).hexdigest()  # noqa: S324


class Pushes:
    """Says what happened to those who asked. A repeat keeps everything of the first, DeliverId and signature too."""

    def __init__(self, company: Company, webhooks: Webhooks) -> None:
        self._company = company
        self._webhooks = webhooks
        self._under_way: dict[str, tuple[Push, int]] = {}
        webhooks.answered = self._answered

    def said(self, op: str, form: Form, row: Row) -> None:
        """An event of a record. `op`: data_create, data_update, data_remove, data_recover."""
        shown = records.show(self._company, form, row)
        data = {key: shown[key] for key in ("_id", "appId", "entryId")} | {"formName": form.name} | shown
        if op == "data_remove":
            kept = ("_id", "formName", "deleter", "deleteTime")
            more = ("appId", "entryId") if self._company.knobs.remove_names_form else ()
            data = {key: value for key, value in data.items() if key in kept + more}
        self.send(op, form, data)

    def designed(self, form: Form) -> None:
        data = {
            "appId": form.app_id, "entryId": form.entry_id, "name": form.name, "createTime": times.show(form.created),
            "widgets": [widget.shown() for widget in form.widgets],
        }  # fmt: skip
        self.send("form_update", form, data)

    def send(self, op: str, form: Form, data: Mapping[str, Any]) -> None:
        body = orjson.dumps({"op": op, "opTime": self._company.now(), "data": data})
        for push in form.pushes:
            if push.on:
                self._post(push, body)

    def _post(self, push: Push, body: bytes) -> None:
        nonce, timestamp = self._company.chance(3), str(self._company.now() // 1000)
        url = f"{push.url}{'&' if '?' in push.url else '?'}timestamp={timestamp}&nonce={nonce}"
        deliver_id = self._company.chance(12)
        headers = {"content-type": "application/json", "x-jdy-deliverid": deliver_id}
        signed = {**headers, "x-jdy-signature": signature(nonce, body, push.secret, timestamp)}
        self._under_way[deliver_id] = (push, REPEATS)
        self._webhooks.send(Webhook(url, body, signed, unsigned=Webhook(url, body, headers)))

    def _answered(self, webhook: Webhook, status: int) -> None:
        """Anything but 2xx is repeated, five times; a hundred failures in a row switch the push off."""
        deliver_id = webhook.headers["x-jdy-deliverid"]
        push, left = self._under_way.pop(deliver_id, (None, 0))
        if push is None:
            return
        push.failures = 0 if 200 <= status < 300 else push.failures + 1
        push.on = push.on and push.failures < GIVEN_UP_AFTER
        if push.failures and push.on and left:
            self._under_way[deliver_id] = (push, left - 1)
            self._webhooks.send(webhook)
