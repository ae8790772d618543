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


def certify_live(plugin: str, connection: str, wish: "Wish", *, scratch: bool) -> "Verdict":
    """The conformance kit on the CRM of a connection."""
    from cli.scratch import certify

    return certify(plugin, connection, wish, scratch=scratch)


def add_to(app: typer.Typer) -> None:
    """Add the commands to `kequn`."""
    from cli import (
        bringing,
        conflicts,
        connection,
        customer,
        db,
        demo,
        doctor,
        login,
        planning,
        report,
        rules,
        scheduling,
        sdl,
        serve,
        settling,
        standing,
        sync,
        template,
        terms,
        today,
        token,
        undoing,
    )

    groups = {
        "connection": connection.group,
        "sync": sync.group,
        "token": token.group,
        "db": db.group,
        "template": template.group,
        "report": report.group,
        "customer": customer.group,
    }
    for name, group in groups.items():
        app.add_typer(group, name=name)
    connection.group.command()(scheduling.schedule)
    sync.group.command()(scheduling.now)
    for part in (login, rules, terms):
        part.add_to(connection.group)
    for part in (planning, standing, conflicts, settling, undoing):
        part.add_to(sync.group)
    for command in (demo.demo, serve.serve, serve.worker, sdl.schema, doctor.doctor):
        app.command()(command)
    app.command("import")(bringing.bring_in)
    app.command()(bringing.export)
    app.command()(today.today)
