"""The house rules that can be read off the source, each as a function from source to what breaks it.
test_house.py holds the tree to them and shows each of them a bad sample."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("kequn", "schema", "api", "jobs", "cli", "plugins")
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
LONGEST_FILE, LONGEST_FUNCTION = 500, 60

Function = ast.FunctionDef | ast.AsyncFunctionDef

CHANCE = {
    *("time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns"),
    *("time.sleep", "time.localtime", "time.gmtime", "asyncio.sleep", "anyio.sleep", "anyio.sleep_until"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
    *("uuid.uuid1", "uuid.uuid4", "os.urandom", "sqlalchemy.func.now", "sqlalchemy.func.random"),
    *("secrets.token_bytes", "secrets.token_hex", "secrets.token_urlsafe", "secrets.randbits", "secrets.randbelow"),
    *("secrets.choice", "secrets.SystemRandom", "random"),
}
"""Time and chance: kequn/clock.py alone may touch them. A module's name forbids all that is in it."""

ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
"""kequn/settings.py alone may read it."""


def sources(*folders: str) -> list[Path]:
    """The Python files of these folders of the checkout; what was installed there is somebody else's."""
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if not {"node_modules", ".venv"} & set(path.parts[len(ROOT.parts) :])
    )


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def imported_names(tree: ast.AST) -> dict[str, str]:
    """What each imported name stands for: `from datetime import datetime as dt` gives dt: datetime.datetime."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def dotted(node: ast.AST, names: dict[str, str]) -> str | None:
    """The full name that an expression refers to, if it starts at an imported name."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute) and (start := dotted(node.value, names)):
        return f"{start}.{node.attr}"
    return None


def uses(source: str, forbidden: set[str]) -> list[str]:
    """`line: name` of every use of a forbidden name, called or handed on."""
    tree = ast.parse(source)
    names = imported_names(tree)
    found = (
        (node.lineno, dotted(node, names)) for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute)
    )
    modules = {name for name in forbidden if "." not in name}
    return sorted(
        {f"{line}: {name}" for line, name in found if name and (name in forbidden or name.split(".")[0] in modules)}
    )


def vague_name(path: Path) -> bool:
    """Whether a file or one of its folders has a name that says nothing, alone or as a part."""
    return any(part in VAGUE for name in path.with_suffix("").parts for part in name.split("_"))


def too_long(source: str) -> list[str]:
    """What is longer than a reader can follow."""
    lines = source.count("\n")
    found = [f"{lines} lines"] if lines > LONGEST_FILE else []
    for node in functions(ast.parse(source)):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > LONGEST_FUNCTION:
            found.append(f"{node.name} has {length} lines")
    return found


def says_what_it_decides(source: str) -> bool:
    """Whether the file opens with a docstring."""
    return bool(ast.get_docstring(ast.parse(source)))


def _called(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            yield call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _asserts(function: Function, known: dict[str, Function], seen: frozenset[str]) -> bool:
    if any(isinstance(node, ast.Assert) for node in ast.walk(function)):
        return True
    calls = set(_called(function))
    if calls & {"raises", "warns"} or any(name.startswith("assert") for name in calls):
        return True
    return any(_asserts(known[name], known, seen | {name}) for name in calls & known.keys() - seen)


def tests_without_assertion(source: str) -> list[str]:
    """Tests that can not fail: neither they nor a function of the same file that they call asserts."""
    tree = ast.parse(source)
    known = {function.name: function for function in functions(tree)}
    return [
        name
        for name, test in known.items()
        if name.startswith("test_") and not _asserts(test, known, frozenset({name}))
    ]


def marked_requirements(source: str) -> list[str]:
    """The ids in `@pytest.mark.requirement(...)` and `pytestmark`."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    marks = (call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "requirement")
    return [str(arg.value) for mark in marks for arg in mark.args if isinstance(arg, ast.Constant)]
