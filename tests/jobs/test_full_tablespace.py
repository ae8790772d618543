"""PostgreSQL whose disk is full: a tablespace on a small disk, filled to the last byte for some minutes. It is named,
it mends itself once there is room, and nothing is lost. Needs root, to mount that disk."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cli import built_in
from kequn.registry import Registry
from kequn.testing.simulation.people import People
from tests.databases import PostgreSQL
from tests.flows.scenarios import acts
from tests.flows.scene import Server
from tests.jobs.shift import Shift

pytestmark = [pytest.mark.anyio, pytest.mark.soak]
OWNER = "pgserver"  # whom the test server runs as, under root


class OnSmallDisk(Server):
    """Databases in the tablespace `small`."""

    def fresh(self) -> str:
        url = self._postgresql.create()
        name = url.partition("?")[0].rpartition("/")[2]
        self._postgresql.run(f"ALTER DATABASE {name} SET TABLESPACE small")
        return url


@pytest.fixture
def disk(postgresql: PostgreSQL) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    folder = Path(tempfile.mkdtemp(prefix="kequn-disk-"))  # not below tmp_path: the server is another user
    folder.chmod(0o755)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m,mode=755", "tmpfs", folder], check=False).returncode:
        folder.rmdir()
        pytest.skip("this machine lets nobody mount")
    try:
        (folder / "space").mkdir(mode=0o700)
        shutil.chown(folder / "space", OWNER, OWNER)
        postgresql.run(f"CREATE TABLESPACE small LOCATION '{folder / 'space'}'")
        yield folder
        postgresql.run("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast


async def test_a_full_tablespace_is_named_and_what_did_not_fit_comes_later(disk: Path, postgresql: PostgreSQL) -> None:
    registry = Registry.load(built_in(), entry_points=False)
    shift = await Shift.begin(registry, OnSmallDisk(postgresql), systems=2)
    try:
        await acts(People.create, 20, 0)(shift.scene)
        ballast = fill(disk)
        await shift.go(minutes=3)
        assert "DISK_FULL" in {facts.get("type") for _, facts in shift.said.lines}
        ballast.unlink()
        await shift.go(minutes=7)
        assert {(await shift.runs(name))[-1].state for name in shift.names} == {"done"}
        assert await shift.judged() == ()
    finally:
        await shift.scene.end()
