"""A person's name, put together and taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.contracts.errors import Rejected
from plugins.zoho.mapping.names import WholeName, join, split

PARTS = st.none() | st.text(st.sampled_from("ab 东西·"), min_size=1, max_size=6)
NAMES = st.text(st.sampled_from("ab 东西·\t"), min_size=1, max_size=14).map(str.strip).filter(bool)


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("Bado", "Fika", "Bado Fika"),
        (None, "Fika", "Fika"),
        ("一木", "东", "东一木"),
        ("一木", "Fika", "一木 Fika"),
        (None, "东一木", "东一木"),
    ],
)
def test_putting_together(first: str | None, last: str, name: str) -> None:
    assert join(first, last) == name


@pytest.mark.parametrize(
    ("name", "present", "parts"),
    [
        ("Bado Fika", (None, None), ("Bado", "Fika")),
        ("Bado Mola Fika", (None, None), ("Bado Mola", "Fika")),
        ("Bado van Fika", ("Bado", "Mola"), ("Bado", "van Fika")),
        ("Mola van Fika", ("Bado", "van Fika"), ("Mola", "van Fika")),
        ("东一木", (None, None), (None, "东一木")),
        ("东二木", ("一木", "东"), ("二木", "东")),
        ("西一木", ("一木", "东"), ("一木", "西")),
        ("东 一木", (None, None), (None, "东 一木")),
        ("a" * 90 + " b", (None, None), None),
        ("a" * 30 + " " + "b" * 60, (None, None), ("a" * 30, "b" * 60)),
    ],
)
def test_taking_apart(name: str, present: tuple[str | None, str | None], parts: tuple[str, str] | None) -> None:
    if parts is None:
        with pytest.raises(Rejected, match="characters"):
            split(name, present)
    else:
        assert split(name, present) == parts


@given(name=NAMES, first=PARTS, last=PARTS)
def test_what_is_taken_apart_goes_together_again(name: str, first: str | None, last: str | None) -> None:
    assert join(*split(name, (first, last))) == name


@given(name=NAMES, first=PARTS, last=PARTS)
def test_a_name_can_be_held_or_not_whatever_stands_there(name: str, first: str | None, last: str | None) -> None:
    column = WholeName(limits=(4, 6))
    present = {"First_Name": first, "Last_Name": last}
    try:
        normal = column.normal(name)
    except Rejected:
        with pytest.raises(Rejected):
            column.write(name, present)
    else:
        assert column.read({**present, **column.write(name, present)}) == normal
