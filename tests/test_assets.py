"""GraphiQL's files: what set-up put there is what the script lists, and nothing else gets in."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from scripts.graphiql import ASSETS, Asset, Unavailable, extract
from tests.rules import ROOT

FOLDER = ROOT / "api" / "graphiql" / "assets"


def archive(folder: Path, content: bytes) -> Path:
    path = folder / "package.tgz"
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo("package/some.js")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return path


def asset(content: bytes) -> Asset:
    return Asset("some@1.0.0", "some.js", "some.js", hashlib.sha256(content).hexdigest())


def test_set_up_has_put_every_file_there() -> None:
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.iterdir()}
    assert hashes == {asset.name: asset.sha256 for asset in ASSETS}


def test_the_right_file_is_taken_out_of_the_package(tmp_path: Path) -> None:
    assert extract(asset(b"right"), archive(tmp_path, b"right")) == b"right"


def test_any_other_content_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"some@1\.0\.0 some\.js is not the file"):
        extract(asset(b"right"), archive(tmp_path, b"wrong"))


def test_the_bundle_asks_no_other_host() -> None:
    style = (FOLDER / "graphiql.css").read_text(encoding="utf-8")
    assert "@import" not in style
    assert "url(http" not in style
    assert "url(//" not in style
