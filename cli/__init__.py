"""The server's commands, a file per group: the only place where api, jobs and plugins are put together."""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

import typer

from plugins import BUILT_IN

if TYPE_CHECKING:
    from kequn.certifying import Wish
    from kequn.testing.conformance import Verdict


def built_in() -> list[ModuleType]:
    """The plugins of the checkout."""
    return [import_module(name) for name in BUILT_IN]


def certify_live(plugin: str, connection: str, tenant: str | None, wish: "Wish", *, scratch: bool) -> "Verdict":
    """The conformance kit on the CRM of a connection."""
    from cli.scratch import certify

    return certify(plugin, connection, tenant, wish, scratch=scratch)


COMMANDS = {
    "connection": "connection:group",
    "sync": "sync:group",
    "token": "token:group",
    "tenant": "tenant:group",
    "db": "db:group",
    "template": "template:group",
    "report": "report:group",
    "customer": "customer:group",
    "demo": "demo:demo",
    "serve": "serve:serve",
    "worker": "serve:worker",
    "schema": "sdl:schema",
    "doctor": "doctor:doctor",
    "import": "bringing:bring_in",
    "export": "bringing:export",
    "today": "today:today",
}
"""Where each is found, in `cli`."""


def add_to(app: typer.Typer, word: str | None = None) -> None:
    """Add the command that is called `word` to `kequn`, or all of them if none is."""
    for name in [word] if word in COMMANDS else COMMANDS:
        module, _, part = COMMANDS[name].partition(":")
        found = getattr(import_module(f"cli.{module}"), part)
        if isinstance(found, typer.Typer):
            _complete(found, name)
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)


def _complete(group: typer.Typer, name: str) -> None:
    """Groups whose commands stand in more than one file."""
    if name == "connection":
        from cli import login, rules, scheduling, terms, webhook

        group.command()(scheduling.schedule)
        for part in (login, rules, terms, webhook):
            part.add_to(group)
    if name == "db":
        from cli import seals

        group.command()(seals.reseal)
    if name == "sync":
        from cli import conflicts, planning, runs, scheduling, settling, standing, undoing

        group.command()(scheduling.now)
        for one in (planning, standing, runs, conflicts, settling, undoing):
            one.add_to(group)
