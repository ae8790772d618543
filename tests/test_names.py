"""No installed distribution may offer a top-level name that the checkout uses too: imports would take the wrong one."""

from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

OURS = {"api", "schema", "plugins", "jobs", "cli", "migrations", "bench", "scripts", "tests"}


def offered(distribution: Distribution) -> set[str]:
    """The names that can be imported once it is installed."""
    files = distribution.files or []
    names = {
        file.parts[0] if len(file.parts) > 1 else file.stem for file in files if file.suffix in {".py", ".so", ".pyi"}
    }
    return names | set((distribution.read_text("top_level.txt") or "").split())


def clashes(installed: Iterable[Distribution]) -> dict[str, set[str]]:
    found = {dist.metadata["Name"]: offered(dist) & OURS for dist in installed if dist.metadata["Name"] != "kequn"}
    return {name: taken for name, taken in found.items() if taken}


def test_nothing_installed_takes_our_names() -> None:
    assert clashes(distributions()) == {}


def test_a_clash_is_found(tmp_path: Path) -> None:
    info = tmp_path / "rival-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: rival\nVersion: 1.0\n")
    (info / "RECORD").write_text(
        "api/__init__.py,,\nrival/__init__.py,,\nschema.py,,\nrival-1.0.dist-info/METADATA,,\n"
    )
    assert clashes([Distribution.at(info)]) == {"rival": {"api", "schema"}}
