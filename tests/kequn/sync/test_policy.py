"""What a policy and the tenant's rules say, and what is told about one that is wrong. No database."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.contracts.errors import BadSettings
from kequn.contracts.identity import IDENTITIES
from kequn.contracts.records import Kind
from kequn.sync import policy, rules
from kequn.sync.policy import Create, Delete, Direction, Winner

WORDS = [
    "direction", "pull", "create", "delete", "winner", "fields", "identity", "guard", "least", "share", "authority",
    "where", "and", "or", "not", "eq", "in", "isNull", "contains", "lt", "has", "both", "ask", "always", "*",
    "city", "name", "amount", "birthday", "interests", "tier", "paid_at", "currency",
]  # fmt: skip


def test_left_out_customers_are_asked_about_and_staff_is_only_read() -> None:
    read = policy.read({})
    assert read.of(Kind.CUSTOMER).delete is Delete.ASK
    assert read.of(Kind.PURCHASE).delete is Delete.PROPAGATE
    assert read.of(Kind.STAFF).direction is Direction.IN
    assert {read.of(kind).create for kind in Kind} == {Create.LINKED_ONLY}
    assert (read.identity, read.of(Kind.CUSTOMER).is_scoped) == (IDENTITIES, False)


def test_a_field_may_have_a_winner_a_direction_or_both() -> None:
    fields = {"phone": "remote", "city": {"direction": "in"}, "notes": {"direction": "out", "winner": "local"}}
    read = policy.read({"customer": {"winner": "newest", "fields": fields}}).of(Kind.CUSTOMER)
    assert [read.of(name) for name in (*fields, "email")] == [
        Winner.REMOTE, Winner.NEWEST, Winner.LOCAL, Winner.NEWEST
    ]  # fmt: skip
    assert [sorted(some) for some in (read.unwritten, read.ours_alone, read.unread)] == [["city"], ["notes"], []]


@pytest.mark.parametrize(
    ("plain", "told"),
    [
        ({"custommer": {}}, "policy: custommer is no kind; choose customer, staff,"),
        ({"customer": []}, "policy of customer: a JSON object is wanted"),
        ({"customer": {"deletes": "ask"}}, "policy of customer: deletes is unknown; choose create, delete, direction,"),
        ({"customer": {"delete": "asks"}}, "policy of customer: delete is 'asks'; choose propagate, ignore, ask"),
        ({"customer": {"direction": ["in"]}}, "policy of customer: direction is ['in']; choose both, in, out, off"),
        ({"customer": {"create": "some"}}, "create is 'some'; choose never, linked-only, where, always"),
        ({"customer": {"create": "where"}}, "policy of customer: create wants its condition, such as"),
        ({"customer": {"create": {"if": {}}}}, "policy of customer, create: if is unknown; choose where"),
        ({"customer": {"create": {"where": {"town": {}}}}}, "policy of customer, create where: town: customer has no"),
        ({"customer": {"pull": {"city": {"eq": 1}}}}, "policy of customer, pull: city.eq: a text is wanted"),
        ({"customer": {"fields": {"town": "ask"}}}, "policy of customer, fields: town is unknown"),
        ({"customer": {"fields": {"city": "me"}}}, "policy of customer, city: winner is 'me'; choose ask, remote,"),
        ({"customer": {"fields": {"city": {"way": "in"}}}}, "policy of customer, city: way is unknown; choose direc"),
        (
            {"customer": {"fields": {"name": {"direction": "off"}}}},
            "policy of customer, name: there is no customer wit",
        ),
        (
            {"customer": {"create": "always", "fields": {"name": {"direction": "in"}}}},
            "policy of customer, name: no customer is created without it; its direction is out or both",
        ),
        ({"identity": ["phone", "fax"]}, "identity: fax is no key; choose of uscc, phone, email, union_id, reference"),
        ({"identity": ["phone", "phone"]}, "identity: a list is wanted, each key once"),
        ({"identity": "phone"}, "identity: a list is wanted"),
        ({"guard": {"least": -1}}, "policy: guard needs least"),
    ],
)
def test_what_is_wrong_with_a_policy_is_told(plain: dict[str, Any], told: str) -> None:
    with pytest.raises(BadSettings) as raised:
        policy.read(plain)
    assert told in raised.value.message


def test_a_kind_that_is_not_pulled_needs_no_name() -> None:
    fields = {"name": {"direction": "out"}}
    read = policy.read({"customer": {"direction": "out", "fields": fields}})
    assert read.of(Kind.CUSTOMER).ours_alone == {"name"}


@pytest.mark.parametrize(
    ("plain", "told"),
    [
        ({"authorities": {}}, "rules: authorities is unknown; choose authority, identity"),
        ({"authority": {"person": {}}}, "authority: person is unknown; choose benefit_claim, customer,"),
        ({"authority": {"customer": {"town": ["zoho"]}}}, "authority of customer: town is unknown; choose *,"),
        ({"authority": {"customer": {"city": "zoho"}}}, "authority of customer, city: a list of connections is wanted"),
        ({"authority": {"customer": {"city": ["soho"]}}}, "city: soho is no connection; there are fxiaoke, zoho, keq"),
        ({"identity": [1]}, "identity: 1 is no key"),
    ],
)
def test_what_is_wrong_with_the_rules_is_told(plain: dict[str, Any], told: str) -> None:
    with pytest.raises(BadSettings) as raised:
        rules.read(plain, ["zoho", "fxiaoke"])
    assert told in raised.value.message


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from([*WORDS, *Kind])
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*WORDS, *Kind]), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*WORDS, *Kind]), JSON, max_size=4))
def test_whatever_is_entered_is_read_or_refused(plain: dict[str, Any]) -> None:
    entered = (plain, {"customer": plain}, {"purchase": {"pull": plain, "create": {"where": plain}, "fields": plain}})
    for one in entered:
        with suppress(BadSettings):
            assert set(policy.read(one).kinds) == set(Kind)
    with suppress(BadSettings):
        assert set(rules.read(plain).identity) <= set(IDENTITIES)


def test_rules_reach_every_connection_unless_it_has_its_own() -> None:
    shared = rules.read({"identity": ["phone"], "authority": {"customer": {"*": ["zoho", "kequn"]}}}, ["zoho"])
    assert policy.read({}, shared).identity == ("phone",)
    assert policy.read({"identity": ["email"]}, shared).identity == ("email",)
    assert policy.read({}, shared).of(Kind.CUSTOMER).ranking("city") == ("zoho", "kequn")
    own = policy.read({"customer": {"fields": {"city": "ask"}}}, shared).of(Kind.CUSTOMER)
    assert (own.ranking("city"), own.ranking("notes")) == ((), ("zoho", "kequn"))
