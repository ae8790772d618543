"""The `kequn` command: what a plugin's author needs, and the server's commands where the checkout is there (`cli`).
Decides which commands there are; what they do stands elsewhere."""

import gc
import os
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import typer

import kequn
from kequn import terminal
from kequn.terminal import Failure, say, say_json, say_table

if TYPE_CHECKING:
    from kequn.registry import Registry

app = typer.Typer(
    help="kequn 客群: one GraphQL API over customers, groups, tiers and feedback, in two-way sync with several CRMs.",
    epilog="Ends with 0 when all of it was done, with 1 when it failed or something was left out, with 2 when the "
    "command line is wrong. `kequn demo` is the place to begin.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
plugin = typer.Typer(help="The plugins that connect CRMs.", no_args_is_help=True)
app.add_typer(plugin, name="plugin")

Json = Annotated[bool, typer.Option("--json", help="JSON, for machines.")]


def main() -> None:
    words = sys.argv[1:]
    whole = app if words == ["--version"] else commands(next((word for word in words if word[0:1] != "-"), None))
    gc.freeze()  # what was imported stays: the collector need not walk it again and again
    sys.exit(terminal.run(whole, words))


@cache
def commands(word: str | None = None) -> typer.Typer:
    """All of them, the server's too where the checkout is there; of those only the one called `word`, if one is: each
    takes its time and its memory to load."""
    if _in_checkout() and word not in typer.main.get_group(app).commands:
        gc.set_threshold(50_000, 20, 50)  # nor so often: its walks were nearly half of what a command takes to load
        cli.add_to(app, word)
    return app


def _tell_version(wanted: bool) -> None:
    if wanted:
        say(f"kequn {kequn.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a stack trace when something fails.")] = False,
) -> None:
    pass


@plugin.command("list")
def list_plugins(json: Json = False) -> None:
    """Show the plugins, and why one could not be loaded."""
    found = _plugins()
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "title": crm.manifest.title,
            "version": crm.manifest.version,
            "source": found.sources[name],
            "emulator": name in found.emulators,
        }
        for name, crm in found.crms.items()
    ]
    rows += [{"name": None, "source": one.plugin, "problem": one.message} for one in found.problems]
    if json:
        say_json(rows)
    else:
        columns = ("name", "title", "version", "source", "emulator", "problem")
        say_table(columns, [[row.get(column) for column in columns] for row in rows])


@plugin.command("new")
def new_plugin(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower case letters, digits and _.")],
    into: Annotated[Path, typer.Option(help="The folder that the package is made in.")] = Path(),
) -> None:
    """Write a plugin that runs, to be turned into one for a CRM of yours."""
    from kequn.scaffolding import tell, write_plugin

    tell(write_plugin(name, into))


@plugin.command("check")
def check_plugin(
    name: Annotated[str, typer.Argument(metavar="PLUGIN", help="Its name, or the folder of its package.")],
    level: Annotated[str | None, typer.Option(help="read, write or realtime; else the highest it claims.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Read 100,000 records where memory is measured.")] = False,
    connection: Annotated[str | None, typer.Option(help="Check on the live CRM of this connection.")] = None,
    scratch: Annotated[bool, typer.Option("--scratch", help="Yes: make records there, and delete them.")] = False,
    case: Annotated[list[str] | None, typer.Option(help="Only this case, such as T24; may be given again.")] = None,
    tenant: Annotated[
        str | None, typer.Option(help="With --connection: whose it is; KEQUN_TENANT, or `default`, if left out.")
    ] = None,
    json: Json = False,
) -> None:
    """Certify a plugin. The cases of the conformance kit are put to its emulator, or to the live CRM of a connection.
    Ends with 1 when one fails."""
    from kequn.certifying import certify, find, read_wish

    wish = read_wish(level, case or [], json)
    if connection is None and (scratch or tenant):
        raise Failure(f"{'--scratch' if scratch else '--tenant'} goes with --connection")
    if connection is not None and full:
        raise Failure(
            "--full is for the emulator: it has as many records as are wanted, the CRM of --connection has not"
        )
    if connection is None:
        verdict = certify(find(name, _plugins, full=full), wish)
    elif _in_checkout():
        verdict = cli.certify_live(name, connection, tenant, wish, scratch=scratch)
    else:
        raise Failure("connections are kept by the server: --connection needs its checkout or image")
    if not verdict.certified:
        raise typer.Exit(1)


@app.command()
def emulate(
    name: Annotated[str, typer.Argument(metavar="PLUGIN", help="Whose CRM; `kequn plugin list` shows them.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")],
    seed: Annotated[int, typer.Option(help="The same seed generates the same records.")] = 0,
    records: Annotated[int, typer.Option(min=0, help="How many customers it is seeded with.")] = 0,
    faults: Annotated[float, typer.Option(min=0, max=1, help="Probability that a request meets a fault.")] = 0.0,
    load: Annotated[Path | None, typer.Option(help="A file with your own data (CSV).")] = None,
    settings: Annotated[
        Path | None, typer.Option(help="Write the settings of a connection to it into this file, too.")
    ] = None,
    json: Json = False,
) -> None:
    """Run a CRM on this machine, until Ctrl-C. It has the limits and errors of the real one."""
    from kequn.emulating import Wish
    from kequn.emulating import emulate as serve

    found = _plugins()
    if name not in found.emulators:
        raise Failure(f"there is no emulator {name}; there are: {', '.join(found.emulators) or 'none'}")
    serve(found.emulators[name], Wish(port, seed, records, faults, load, json, settings))


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="The folder that each history is written to, as SEED.json.")],
    histories: Annotated[int, typer.Option(min=1, help="How many to play.")] = 100,
    systems: Annotated[int, typer.Option(min=1, max=9, help="CRMs beside kequn.")] = 3,
    faults: Annotated[float, typer.Option(min=0, max=1, help="Probability that a request meets a fault.")] = 0.12,
    crash: Annotated[float, typer.Option(min=0, max=1, help="Of a crash, per request and transaction.")] = 0.03,
    seed: Annotated[int, typer.Option(min=0, help="Of the first; the others follow. Same seed, same history.")] = 0,
    races: Annotated[
        bool, typer.Option("--races", help="People edit between the guard's read and a write, too.")
    ] = False,
    processes: Annotated[int | None, typer.Option(min=1, help="One for each core, if left out.")] = None,
    json: Json = False,
) -> None:
    """Play simulated histories, and have each judged. Requests meet faults in them, and kequn crashes. Ends with 1 when
    one is refused."""
    from kequn.simulating import Wish
    from kequn.simulating import simulate as play
    from kequn.testing.simulation.play import Script

    script = Script(systems, faults, crash, races)
    wish = Wish(range(seed, seed + histories), script, out, processes or os.cpu_count() or 1, json)
    if not play([plugin.__name__ for plugin in _built_in()], wish):
        raise typer.Exit(1)


def _plugins() -> "Registry":
    from kequn.registry import Registry

    return Registry.load(_built_in())


def _built_in() -> list[ModuleType]:
    return cli.built_in() if _in_checkout() else []


def _in_checkout() -> bool:
    """Another distribution may offer a `cli` beside an installed kequn."""
    root = Path(kequn.__file__).parents[1]
    return (root / "pyproject.toml").is_file() and (root / "cli" / "__init__.py").is_file()


if _in_checkout():
    import cli

if __name__ == "__main__":
    main()
