"""What a bulk read brings, damaged in every way that bytes can be: read whole, or refused in one way."""

import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.zoho.adapter.archive import Damaged, read_archive
from plugins.zoho.mapping.customers import Facts, contacts
from plugins.zoho.mapping.tailoring import Module

MODULE = Module(contacts(Facts()), "Contacts", {"Last_Name": {"data_type": "text"}})
NAMES = [f"Müller {number}" for number in range(40)]


def packed(how: int) -> bytes:
    table, file = io.StringIO(), io.BytesIO()
    csv.writer(table).writerows([["id", "Last_Name"], *([str(at), name] for at, name in enumerate(NAMES, 1))])
    with zipfile.ZipFile(file, "w", how) as archive:
        archive.writestr("1.csv", table.getvalue())
    return file.getvalue()


WHOLE = {how: packed(how) for how in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)}


@pytest.mark.parametrize("content", WHOLE.values(), ids=["stored", "deflated", "bzip2", "lzma"])
def test_an_archive_is_read(content: bytes) -> None:
    assert [row["Last_Name"] for row in read_archive(MODULE, content)] == NAMES


@given(
    st.sampled_from(list(WHOLE.values())),
    st.lists(st.tuples(st.integers(0, 10**4), st.integers(1, 255)), min_size=1, max_size=4),
)
def test_what_is_changed_is_refused_or_makes_no_difference(content: bytes, flips: list[tuple[int, int]]) -> None:
    body = bytearray(content)
    for at, mask in flips:
        body[at % len(body)] ^= mask
    try:
        names = [row["Last_Name"] for row in read_archive(MODULE, bytes(body))]
    except Damaged as damaged:
        names, said = NAMES, str(damaged)
        assert "Müller" not in said
    assert names == NAMES


@given(st.binary(max_size=200))
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(Damaged):
        list(read_archive(MODULE, content))
