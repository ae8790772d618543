"""Which documents are kept, and what is known of one."""

import pytest
from graphql import GraphQLError, build_schema

from schema.documents import Document, Shelf

SCHEMA = build_schema("type Query { a: Int }")


def test_a_text_is_parsed_once() -> None:
    shelf = Shelf()
    assert shelf.document("{ a }", 9) is shelf.document("{ a }", 9)


def test_a_text_that_has_too_many_tokens_for_one_has_them_though_it_was_parsed_for_another() -> None:
    shelf = Shelf()
    shelf.document("{ a }", 3)
    with pytest.raises(GraphQLError, match="more than 2"):
        shelf.document("{ a }", 2)


@pytest.mark.parametrize("shelf", [Shelf(most=2), Shelf(characters=11)], ids=["number", "characters"])
def test_the_one_that_was_not_asked_for_the_longest_goes(shelf: Shelf) -> None:
    first, second = shelf.document("{ a }", 9), shelf.document("{ b }", 9)
    assert shelf.document("{ a }", 9) is first
    shelf.document("{ c }", 9)
    assert len(shelf) == 2
    assert shelf.document("{ a }", 9) is first
    assert shelf.document("{ b }", 9) is not second


def test_what_is_longer_than_there_is_room_for_is_not_kept() -> None:
    shelf = Shelf(characters=4)
    assert len(shelf.document("{ a }", 9).errors(SCHEMA, 20)) == len(shelf) == 0
    shelf.document("{a}", 9)
    assert len(shelf) == 1


def test_places_of_errors_are_told() -> None:
    [error] = Document("{\n  a\n  b\n}", 9).errors(SCHEMA, 20)
    assert [(place.line, place.column) for place in error.locations or ()] == [(3, 3)]


def test_no_rule_reads_on_where_enough_is_wrong() -> None:
    """The rules of variables would walk the whole operation before they said anything."""
    text = "query($v: Int) { " + " ".join(f"b{number}" for number in range(30)) + " a(x: $w) }"
    few = [error.message for error in Document(text, 99).errors(SCHEMA, 5)]
    assert len(few) == 6
    assert not [message for message in few if "Variable" in message]
    assert sum("Variable" in error.message for error in Document(text, 99).errors(SCHEMA, 50)) == 2
