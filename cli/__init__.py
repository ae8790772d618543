"""The server's commands, a file per group: the only place where api, jobs and plugins are put together."""

from importlib import import_module
from types import ModuleType

import typer

from plugins import BUILT_IN


def built_in() -> list[ModuleType]:
    """The plugins of the checkout."""
    return [import_module(name) for name in BUILT_IN]


def add_to(app: typer.Typer) -> None:
    """Add the commands to `kequn`."""
    from cli import connection, db, demo, doctor, planning, sdl, serve, settling, standing, sync, token, undoing

    groups = {"connection": connection.group, "sync": sync.group, "token": token.group, "db": db.group}
    for name, group in groups.items():
        app.add_typer(group, name=name)
    for part in (planning, standing, settling, undoing):
        part.add_to(sync.group)
    for command in (demo.demo, serve.serve, sdl.schema, doctor.doctor):
        app.command()(command)
