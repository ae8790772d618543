"""`kequn schema`: the GraphQL schema in its own language, and what has changed since an older one."""

from pathlib import Path
from typing import Annotated

import typer

from cli.entered import read_text
from kequn.terminal import Failure, say


def schema(
    diff: Annotated[
        Path | None,
        typer.Option(help="An older schema: name what has changed, and end with status 1 if that breaks clients."),
    ] = None,
) -> None:
    """Print the GraphQL schema."""
    from schema.execution import sdl  # GraphQL takes its time to load, and few commands need it

    if diff is None:
        say(sdl().rstrip("\n"))
    elif compare(read_text(diff), sdl(), str(diff)):
        raise typer.Exit(1)


def compare(old: str, new: str, name: str) -> bool:
    """Say what has changed; whether clients of the old schema may fail with the new one."""
    from graphql import BreakingChange, DangerousChange, GraphQLError, SafeChange, build_schema, find_schema_changes

    try:
        before = build_schema(old)
    except (GraphQLError, TypeError) as error:
        raise Failure(f"{name} is no GraphQL schema: {error}") from None
    kinds = {BreakingChange: "breaking", DangerousChange: "risky", SafeChange: "safe"}
    said = sorted(
        f"{kinds[type(change)]}: {change.description}" for change in find_schema_changes(before, build_schema(new))
    )
    for line in said:  # the kinds are in the order of their names, too
        say(line)
    return any(line.startswith("breaking") for line in said)
