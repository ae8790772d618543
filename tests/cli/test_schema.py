"""The schema from the command line."""

from schema.execution import sdl
from tests.cli.shell import Command


def test_it_prints_the_schema_alone(kequn: Command) -> None:
    assert kequn.well("schema").out == sdl()


def test_nothing_is_different_from_itself(kequn: Command) -> None:
    path = kequn.folder / "schema.graphql"
    path.write_text(sdl(), encoding="utf-8")
    assert kequn.well("schema", "--diff", str(path)).out == ""


def test_a_difference_is_shown_and_ends_with_status_1(kequn: Command) -> None:
    path = kequn.folder / "schema.graphql"
    path.write_text(sdl() + "scalar Gone\n", encoding="utf-8")
    said = kequn("schema", "--diff", str(path))
    assert said.status == 1
    assert "-scalar Gone" in said.out.splitlines()


def test_a_file_that_is_not_there_is_named(kequn: Command) -> None:
    assert "nothing.graphql" in kequn("schema", "--diff", "nothing.graphql").error
