"""How the command speaks: results on standard output (tables, or JSON for machines), everything else on standard error,
errors in one line that says what to do. Decides the form, never the content."""

import sys
import traceback
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

OURS = {"kequn", "plugins", "migrations", "schema", "api", "jobs", "cli"}
INTERRUPTED = 130


class Failure(Exception):
    """The command ends with status 1. The message says in one line what is wrong and what to do."""


def run(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Run the command and return its exit status. `--debug` may stand anywhere."""
    debug = "--debug" in arguments
    rest = [argument for argument in arguments if argument != "--debug"]
    try:
        status = app(rest, prog_name="kequn", standalone_mode=False)
    except typer.TyperException as error:
        return _misused(error)
    except typer.Abort:  # a question was not answered
        status = INTERRUPTED
    except Exception as error:
        if debug:
            traceback.print_exception(error)
        note(f"kequn: {advice(error)}")
        return 1
    if status == INTERRUPTED:
        note("kequn: stopped")
    return status if isinstance(status, int) else 0


def advice(error: BaseException) -> str:
    """What to tell a person. Errors of our own say it themselves; of others only the kind is told, since their words
    may quote data."""
    if type(error).__module__.partition(".")[0] in OURS:
        return " ".join(str(error).split())
    if ailing := _ailing(error):
        return f"the database does not do its work ({ailing}); give the same command again once it does"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return f"something is wrong ({type(error).__name__}); the same command with --debug shows where"


def _ailing(error: BaseException) -> str | None:
    """What ails the database, if that is what went wrong."""
    if "sqlalchemy" not in sys.modules:  # no database was asked; to load it takes longer than most commands
        return None
    from kequn.store import trouble

    return trouble.word(error)


def say(text: str) -> None:
    """A line of the result."""
    print(text, flush=True)


def note(text: str) -> None:
    """A line beside the result."""
    print(text, file=sys.stderr, flush=True)


def clear() -> None:
    """Begin again at the top of the screen."""
    Console().clear()


def say_json(value: Any, *, readable: bool = False) -> None:
    """The result for machines, in one line; or, where people edit it, in many."""
    option = orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if readable else 0)
    say(orjson.dumps(value, default=str, option=option).decode())


def say_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table that fits a terminal; elsewhere plain columns, nothing of them cut."""
    cells = [[_cell(value) for value in row] for row in rows]
    if sys.stdout.isatty():
        table = Table(*columns, box=None, pad_edge=False)
        for row in cells:
            table.add_row(*map(Text, row))
        Console().print(table)
        return
    widths = [max(len(row[at]) for row in [list(columns), *cells]) for at in range(len(columns))]
    for row in [list(columns), *cells]:
        say("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    return "" if value is None else " ".join(str(value).split())


def _misused(error: typer.TyperException) -> int:
    text = error.format_message()
    # A group without a command: its message is the help itself.
    note(text if "\n" in text else f"kequn: {_ended(text)} `{_command(error)} --help` shows what there is")
    return error.exit_code


def _ended(text: str) -> str:
    return text if text.endswith("?") else f"{text.rstrip('.')};"


def _command(error: typer.TyperException) -> str:
    """The one that was misused."""
    context = getattr(error, "ctx", None)
    return context.command_path if context else "kequn"
