"""The other side of the demo: pages on which somebody works in an emulated CRM as its users do, at /people beside its
API. Shows the fields that a connection maps, changes what is entered, and knows nothing of kequn's database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kequn.contracts.crm import FieldSchema, ObjectSchema
from kequn.contracts.emulator import Emulator
from kequn.contracts.records import Kind

ROOT = "/people"
SHOWN = 25
COLUMNS = 6
Entry = Mapping[str, Any]


class Beside:
    """The emulator, with the pages of its people beside it. `pages` may come later, when the fields are known."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.pages: ASGIApp = PlainTextResponse("the first sync is under way; come back in a moment\n", 503)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and scope["path"].startswith(ROOT)
        await (self.pages if ours else self._app)(scope, receive, send)


def pages(title: str, emulator: Emulator, objects: Mapping[str, ObjectSchema]) -> Starlette:
    """`objects`: see `with_entries`."""
    screens = _Screens(title, emulator, objects)
    return Starlette(
        routes=[
            Route(ROOT, screens.first, methods=["GET"]),
            Route(ROOT + "/{object}", screens.list, methods=["GET"]),
            Route(ROOT + "/{object}/{id}", screens.form, methods=["GET"]),
            Route(ROOT + "/{object}/{id}", screens.save, methods=["POST"]),
        ]
    )


def with_entries(emulator: Emulator, objects: Sequence[ObjectSchema]) -> dict[str, ObjectSchema]:
    """Objects that have a screen: those with entries and fields to edit; where most customers are comes first."""
    found: dict[str, ObjectSchema] = {}
    sizes: dict[str, tuple[bool, int]] = {}
    for object in objects:
        try:
            entries = emulator.people.read(object.name)
        except KeyError:  # a view of another object, such as its tags
            continue
        if entries and editable(object, entries):
            found[object.name] = object
            sizes[object.name] = object.kind is Kind.CUSTOMER, len(entries)
    return {name: found[name] for name in sorted(found, key=sizes.__getitem__, reverse=True)}


def editable(object: ObjectSchema, entries: Mapping[str, Entry]) -> list[FieldSchema]:
    """The mapped fields that hold text."""
    fields = [one for one in object.fields if one.maps_to and not one.read_only and not one.refers_to]
    return [one for one in fields if all(isinstance(e.get(one.name), str | None) for e in entries.values())]


@dataclass(frozen=True)
class _Screens:
    title: str
    emulator: Emulator
    objects: Mapping[str, ObjectSchema]

    async def first(self, request: Request) -> Response:
        return RedirectResponse(f"{ROOT}/{next(iter(self.objects))}", 303)

    async def list(self, request: Request) -> Response:
        object, entries = self._object(request)
        fields, wanted = editable(object, entries), request.query_params.get("q", "").casefold()
        fits = [(id, e) for id, e in entries.items() if wanted in " ".join(_texts(e, fields)).casefold()]
        head = "".join(f"<th>{escape(one.label)}</th>" for one in fields[:COLUMNS])
        rows = "".join(
            f"<tr onclick=\"location='{self._at(object, id)}'\">"
            + "".join(f"<td>{escape(text)}</td>" for text in _texts(entry, fields[:COLUMNS]))
            + f'<td><a href="{self._at(object, id)}">edit</a></td></tr>'
            for id, entry in fits[:SHOWN]
        )
        search = f'<form><input name="q" value="{escape(wanted)}" placeholder="search" autofocus></form>'
        told = f"<p>{len(fits):,} of {len(entries):,}, the first {min(SHOWN, len(fits))} are shown</p>"
        return self._page(search + told + f"<table><tr>{head}<th></th></tr>{rows}</table>")

    async def form(self, request: Request) -> Response:
        object, entries = self._object(request)
        id, entry = self._entry(request, entries)
        fields = editable(object, entries)
        inputs = "".join(_input(one, str(entry.get(one.name) or "")) for one in fields)
        others = [one for one in object.fields if one.maps_to and one not in fields and not one.refers_to]
        shown = "".join(
            f"<label><span>{escape(one.label)}</span>{escape(_plain(entry.get(one.name)))}</label>" for one in others
        )
        return self._page(
            f'<form method="post">{inputs}{shown}<button>Save</button></form><p>{escape(object.name)} {escape(id)}</p>'
        )

    async def save(self, request: Request) -> Response:
        """What was entered and differs. Takes a browser's form, and `curl -d FIELD=VALUE`."""
        object, entries = self._object(request)
        id, entry = self._entry(request, entries)
        entered = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        known = {one.name for one in editable(object, entries)}
        changes = {name: text or None for name, text in entered.items() if text != (entry.get(name) or "")}
        if unknown := sorted(set(entered) - known):
            return PlainTextResponse(f"there is no field {', '.join(unknown)} to edit here\n", 400)
        try:
            if changes:
                self.emulator.people.edit(object.name, id, changes)
        except ValueError as error:
            return PlainTextResponse(f"{self.title} refuses this: {error}\n", 400)
        text = f"{object.name} {id}: {', '.join(changes) or 'nothing'} changed\n"
        return PlainTextResponse(text, 303, {"Location": f"{ROOT}/{quote(object.name)}"})

    def _object(self, request: Request) -> tuple[ObjectSchema, Mapping[str, Entry]]:
        object = self.objects.get(request.path_params["object"])
        if object is None:
            raise HTTPException(404)
        return object, self.emulator.people.read(object.name)

    def _entry(self, request: Request, entries: Mapping[str, Entry]) -> tuple[str, Entry]:
        id = request.path_params["id"]
        if id not in entries:
            raise HTTPException(404)
        return id, entries[id]

    def _at(self, object: ObjectSchema, id: str) -> str:
        return f"{ROOT}/{quote(object.name)}/{quote(id)}"

    def _page(self, body: str) -> HTMLResponse:
        links = " · ".join(
            f'<a href="{ROOT}/{quote(name)}">{escape(one.label)}</a>' for name, one in self.objects.items()
        )
        return HTMLResponse(PAGE.format(title=escape(self.title), links=links, body=body))


PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}, emulated</title><link rel="icon" href="data:,">
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }} th, td {{ text-align: left; padding: .3rem .6rem }}
tr + tr {{ border-top: 1px solid #ddd; cursor: pointer }} label {{ display: block; margin: .5rem 0 }}
label span {{ display: inline-block; width: 12rem }} input, select {{ font: inherit; width: 24rem }}
</style>
<h1>{title}, emulated</h1><p>What you change here, kequn takes over within seconds. {links}</p>{body}</html>
"""


def _texts(entry: Entry, fields: Sequence[FieldSchema]) -> list[str]:
    return [str(entry.get(one.name) or "") for one in fields]


def _plain(value: Any) -> str:
    """A value that cannot be edited here: its texts, of an address or a phone number with more to it."""
    if isinstance(value, Mapping):
        return " ".join(_plain(part) for part in value.values() if isinstance(part, str | int | float) and part)
    return " ".join(map(_plain, value)) if isinstance(value, list | tuple) else str("" if value is None else value)


def _input(field: FieldSchema, value: str) -> str:
    name, label = escape(field.name), escape(field.label)
    if field.options:
        options = "".join(
            f"<option{' selected' if one == value else ''}>{escape(one)}</option>"
            for one in dict.fromkeys(("", *field.options, value))
        )
        return f'<label><span>{label}</span><select name="{name}">{options}</select></label>'
    return f'<label><span>{label}</span><input name="{name}" value="{escape(value)}"></label>'
