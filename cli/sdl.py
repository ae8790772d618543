"""`kequn schema`: the GraphQL schema in its own language, and what has changed since an older one."""

import difflib
from pathlib import Path
from typing import Annotated

import typer

from kequn.terminal import say


def schema(
    diff: Annotated[
        Path | None, typer.Option(help="An older schema: show what is different, status 1 if anything.")
    ] = None,
) -> None:
    """Print the GraphQL schema."""
    from schema.execution import sdl  # GraphQL takes its time to load, and few commands need it

    text = sdl()
    if diff is None:
        say(text.rstrip("\n"))
        return
    old = diff.read_text(encoding="utf-8")
    lines = list(difflib.unified_diff(old.splitlines(), text.splitlines(), str(diff), "now", lineterm=""))
    for line in lines:
        say(line)
    if lines:
        raise typer.Exit(1)
