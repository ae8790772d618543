"""What people enter as settings and policies: JSON files, `key=value`, and questions for what is missing. A secret need
not stand on the command line, where other users of the machine could read it. Judges nothing but the form."""

import difflib
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import typer

from kequn.contracts.hooks import Manifest, Setting
from kequn.terminal import Failure

STDIN = "-"
LONGEST = 100


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file (`-`: on standard input)."""
    try:
        value = orjson.loads(read_text(path))
    except orjson.JSONDecodeError as error:
        raise Failure(f"{path}: this is not JSON (line {error.lineno}, column {error.colno})") from None
    if not isinstance(value, dict):
        raise Failure(f"{path}: a JSON object is wanted, such as {{}}")
    return value


def pairs(manifest: Manifest, entered: Sequence[str]) -> dict[str, Any]:
    """`key=value`: the value as it is for strings, else as JSON; `key=@FILE`: what is in the file; `key=-`: asked for,
    unseen, or read from standard input."""
    known = {setting.name: setting for setting in manifest.settings}
    values: dict[str, Any] = {}
    for pair in entered:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise Failure("--set wants key=value, key=@FILE or key=-")
        values[name] = _value(name, known.get(name), _resolved(name, text))
    return values


def require_known(what: str, name: str, there: Iterable[str], of: str = "") -> None:
    """Raises Failure for a name that nothing has: what is asked about it would be answered with nothing, in silence."""
    names = list(there)
    if name not in names:
        raise Failure(f"there is no {what} {name}{of}{_meant(name, names)}; there are {', '.join(names)}")


def require_word(name: str) -> None:
    """It stands in commands, policies and metrics."""
    if not (0 < len(name) <= LONGEST and all(one.isalnum() or one in "-_." for one in name)):
        raise Failure(f"a connection's name has letters, digits, -, _ and . alone, {LONGEST} at most")


def settings_named(manifest: Manifest, names: Sequence[str]) -> Sequence[str]:
    """Names of settings. To take away one that is misspelt would change nothing, in silence."""
    there = [one.name for one in manifest.settings]
    for name in names:
        if name not in there:
            raise Failure(f"--unset {name}: there is no such setting{_meant(name, there)}")
    return names


def _meant(name: str, there: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, there, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def ask_missing(manifest: Manifest, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, with those that are required and missing asked for, when somebody is there to ask."""
    missing = [one for one in manifest.settings if one.required and one.name not in given]
    if not sys.stdin.isatty():
        return dict(given)
    answers = {one.name: typer.prompt(f"{one.description} ({one.name})", hide_input=one.secret) for one in missing}
    return {**given, **{one.name: _value(one.name, one, answers[one.name]) for one in missing}}


def _resolved(name: str, text: str) -> str:
    if text == STDIN:
        return _asked(name)
    return read_text(Path(text[1:])).strip() if text.startswith("@") else text


def _asked(name: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(name, hide_input=True))
    return sys.stdin.readline().strip()


def _value(name: str, setting: Setting | None, text: str) -> Any:
    if setting is None or setting.type == "string":
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Failure(f"{name}: {setting.type} is wanted, as JSON; as in --set '{name}={_example(setting)}'") from None


def _example(setting: Setting) -> str:
    examples = {
        "integer": "10",
        "boolean": "true",
        "list": '["a", "b"]',
        "object": '{"a": "b"}',
        "pages": '{"contacts": "https://crm.example.com/{id}"}',
    }
    return examples[setting.type]


def read_text(path: Path) -> str:
    """What is in a file (`-`: on standard input), without the mark that some editors put in front."""
    try:
        text = sys.stdin.read() if str(path) == STDIN else path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Failure(f"{path}: this is not a text in UTF-8") from None
    return text.removeprefix("\ufeff")


def require_yes(question: str, *, yes: bool) -> None:
    """Asks before what nobody can take back. Raises Failure when it is not wanted, or nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Failure(f"{question} --yes says so where nobody can be asked")
    if not typer.confirm(question, err=True):
        raise Failure("nothing was done")
