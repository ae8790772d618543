"""Puts the files that GraphiQL needs into a folder: `python scripts/graphiql.py api/graphiql/assets`.

They come out of three packages of the npm registry, each file checked against the hash below; their dependencies are
not needed, GraphiQL's bundle holds them. Where npm is missing, scripts/node.lock brings it into the venv."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NODE_LOCK = Path(__file__).with_name("node.lock")


@dataclass(frozen=True)
class Asset:
    """A file of a package: kept under `name` when its content has this hash."""

    package: str
    member: str
    name: str
    sha256: str


ASSETS = (
    Asset(
        "graphiql@3.9.0",
        "graphiql.min.js",
        "graphiql.js",
        "a330a2be1d2389486840a9d0a834767d9083a23f105879e0de54e4fce83d3513",
    ),
    Asset(
        "graphiql@3.9.0",
        "graphiql.min.css",
        "graphiql.css",
        "bdddd50aac5bdb0edd83e5c862ba2fed9db2964e4c75d4655ab62b0a7d5bd730",
    ),
    Asset(
        "graphiql@3.9.0",
        "LICENSE",
        "graphiql.LICENSE.txt",
        "4b18fbe55c4e8f9169cb702be138f4d858a2dad920c39857204ffdc9c1c9fdc4",
    ),
    Asset(
        "react@18.3.1",
        "umd/react.production.min.js",
        "react.js",
        "d949f1c3687aedadcedac85261865f29b17cd273997e7f6b2bfc53b2f9d4c4dd",
    ),
    Asset(
        "react@18.3.1",
        "LICENSE",
        "react.LICENSE.txt",
        "52412d7bc7ce4157ea628bbaacb8829e0a9cb3c58f57f99176126bc8cf2bfc85",
    ),
    Asset(
        "react-dom@18.3.1",
        "umd/react-dom.production.min.js",
        "react-dom.js",
        "35f4f974f4b2bcd44da73963347f8952e341f83909e4498227d4e26b98f66f0d",
    ),
)


class Unavailable(Exception):
    """The files could not be had. Says why."""


def npms() -> Iterator[str]:
    """The npm of this machine, if any; then that of the venv, installed when it is asked for."""
    if found := shutil.which("npm"):
        yield found
    mine = Path(sys.executable).with_name("npm")
    if not mine.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(NODE_LOCK)]
        subprocess.run(pip, check=True)  # noqa: S603 - our own file, hashed
    yield str(mine)


def pack(package: str, folder: Path) -> Path:
    """Download a package's archive with the first npm that can."""
    for npm in npms():
        command = [npm, "pack", package, "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder)  # noqa: S603
        if done.returncode == 0:
            return folder / done.stdout.split()[-1]
    raise Unavailable(f"npm could not download {package}: {done.stderr.strip()[-300:]}")


def extract(asset: Asset, archive: Path) -> bytes:
    with tarfile.open(archive) as tar:
        member = tar.extractfile(f"package/{asset.member}")
        content = member.read() if member else b""
    if hashlib.sha256(content).hexdigest() != asset.sha256:
        raise Unavailable(f"{asset.package} {asset.member} is not the file that is expected here")
    return content


def place(target: Path) -> None:
    """Write every asset, the licence texts included; nothing when one of them is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        archives = {package: pack(package, Path(folder)) for package in sorted({asset.package for asset in ASSETS})}
        contents = {asset.name: extract(asset, archives[asset.package]) for asset in ASSETS}
    target.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (target / name).write_bytes(content)


def main() -> None:
    try:
        place(Path(sys.argv[1]))
    except (Unavailable, subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"GraphiQL's files are missing: {error}. Is the npm registry, or a mirror of it, in reach?")


if __name__ == "__main__":
    main()
