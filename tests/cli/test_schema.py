"""The schema from the command line."""

import pytest

from cli.sdl import compare
from schema.execution import sdl
from tests.cli.shell import Command

OLD = "type Query { name: String! city(of: Int): String } enum Kind { A B }"


def test_it_prints_the_schema_alone(kequn: Command) -> None:
    assert kequn.well("schema").out == sdl()


def test_nothing_is_different_from_itself(kequn: Command) -> None:
    path = kequn.folder / "schema.graphql"
    path.write_text(sdl(), encoding="utf-8")
    assert kequn.well("schema", "--diff", str(path)).out == ""


def test_what_breaks_clients_is_named_and_ends_with_status_1(kequn: Command) -> None:
    path = kequn.folder / "schema.graphql"
    path.write_text(sdl().replace("type Query {", "type Query {\n  gone: Int", 1), encoding="utf-8")
    said = kequn("schema", "--diff", str(path))
    assert (said.status, said.out.splitlines()) == (1, ["breaking: Field Query.gone was removed."])


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (
            "type Query { name: String! of: Int } enum Kind { A B }",
            ["breaking: Field Query.city was removed.", "safe: Field Query.of was added."],
        ),
        (
            "type Query { name: String city(of: Int!): String } enum Kind { B }",
            [
                "breaking: Argument Query.city(of:) has changed type from Int to Int!.",
                "breaking: Enum value Kind.A was removed.",
                "breaking: Field Query.name changed type from String! to String.",
            ],
        ),
        (
            "type Query { name: String! city(of: Int): String added: Int } enum Kind { A B C }",
            ["risky: Enum value Kind.C was added.", "safe: Field Query.added was added."],
        ),
    ],
    ids=["removed", "narrowed", "added"],
)
def test_changes_are_told_by_what_they_do_to_clients(
    new: str, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare(OLD, new, "old") is said[0].startswith("breaking")
    assert capsys.readouterr().out.splitlines() == said


@pytest.mark.parametrize("content", ["type Query {", "nothing", "type Query { a: Nowhere }"])
def test_a_file_that_is_no_schema(kequn: Command, content: str) -> None:
    path = kequn.folder / "schema.graphql"
    path.write_text(content, encoding="utf-8")
    assert "is no GraphQL schema" in kequn("schema", "--diff", str(path)).error


def test_a_file_that_is_not_there_is_named(kequn: Command) -> None:
    assert "nothing.graphql" in kequn("schema", "--diff", "nothing.graphql").error


def test_a_file_in_another_encoding_is_named(kequn: Command) -> None:
    (kequn.folder / "schema.graphql").write_bytes(b"\xff\xfe")
    assert "schema.graphql: this is not a text in UTF-8" in kequn("schema", "--diff", "schema.graphql").error
