"""Where people open a record, as the settings of a connection say it."""

from kequn.contracts.pages import page

PAGES = {"pages": {"contacts": "https://crm.example.com/c/{id}?of={id}"}}


def test_the_id_stands_in_the_address() -> None:
    assert page(PAGES, "contacts", "a/b 1") == "https://crm.example.com/c/a%2Fb%201?of=a%2Fb%201"


def test_of_other_objects_nothing_is_known() -> None:
    assert (page(PAGES, "deals", "1"), page({}, "contacts", "1")) == (None, None)
