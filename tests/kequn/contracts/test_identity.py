"""Normal forms of identities, the keys of a record, and kequn's own ids."""

import unicodedata
from uuid import UUID

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kequn.contracts import identity
from kequn.contracts.identity import PREFIXES, Key, format_id, keys, parse_id
from kequn.contracts.records import Kind

USCC = "91110000600037341L"
CASES = [str.upper, str.lower, str.title, str.strip]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("13912345678", "+8613912345678"),
        ("+86 139-1234-5678", "+8613912345678"),
        ("0086 139 1234 5678", "+8613912345678"),
        ("１３９１２３４５６７８", "+8613912345678"),
        ("\u202a13912345678\u202c", "+8613912345678"),
        ("010-62345678转123", "+861062345678"),
        ("010-62345678 轉 123", "+861062345678"),
        ("(010) 6234 5678 分机号8", "+861062345678"),
        ("010 62345678 Ext. 12", "+861062345678"),
        ("+1 202-555-0123", "+12025550123"),
        ("转123", None),
        ("12345", None),
        ("13912345678/13912345679", None),
        ("11111111111", None),
        ("not known", None),
        ("", None),
    ],
)
def test_phone(text: str, want: str | None) -> None:
    assert identity.phone(text) == want


def test_a_phone_without_country_code_is_dialled_in_its_region() -> None:
    assert identity.phone("(202) 555-0123", region="US") == "+12025550123"
    assert identity.phone("(202) 555-0123", region="CN") == "+862025550123"
    assert identity.phone("(202) 555-0123", region="nowhere") is None


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("  Li.Wei+a@Example.COM ", "li.wei+a@example.com"),
        ("ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ", "li@example.com"),
        ("li@例子.example", "li@xn--fsqu00a.example"),
        ("li@XN--FSQU00A.example", "li@xn--fsqu00a.example"),
        ("李@example.com", "李@example.com"),
        ("li@localhost", None),
        ("li@192.0.2.1", None),
        ("li@example..com", None),
        ("li@-a.com", None),
        ("li wei@example.com", None),
        ("mailto:li@example.com", None),
        ("a@b@example.com", None),
        ("@example.com", None),
        ("example.com", None),
        (f"{'a' * 65}@example.com", None),
        (f"a@{'b.' * 130}com", None),
        ("", None),
    ],
)
def test_email(text: str, want: str | None) -> None:
    assert identity.email(text) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (USCC, USCC),
        (f" {USCC[:9].lower()} - {USCC[9:].lower()} ", USCC),
        ("９１１１００００６０００３７３４１Ｌ", USCC),
        (f"{USCC[:-1]}M", None),
        (USCC[:-1], None),
        ("000000000000000000", None),
        ("不详", None),
        ("", None),
    ],
)
def test_uscc(text: str, want: str | None) -> None:
    assert identity.uscc(text) == want


@pytest.mark.parametrize("rule", [identity.union_id, identity.reference])
def test_opaque_ids_are_only_trimmed(rule: object) -> None:
    assert callable(rule)
    assert rule(" oAbC-1 \n") == "oAbC-1"
    assert rule(" \u3000") is None


@pytest.mark.parametrize(
    ("text", "want"),
    [(" Gold\u3000 Card ", "gold card"), ("ＧＯＬＤ Card", "gold card"), ("金卡\n会员", "金卡 会员"), (" ", None)],
)
def test_name(text: str, want: str | None) -> None:
    assert identity.name(text) == want


@pytest.mark.parametrize("rule", ["phone", "email", "union_id", "uscc", "reference", "name"])
@given(
    text=st.text() | st.from_regex(r"[+0]?[0-9 ()-]{5,16}") | st.emails() | st.text("aİß.\u0345\u0301@ａ", max_size=9)
)
@example("ᾳ\u0301")
def test_a_normal_form_is_its_own_normal_form(rule: str, text: str) -> None:
    normal = getattr(identity, rule)
    once = normal(text)
    assert once is None or normal(once) == once


@given(st.emails(), st.sampled_from(CASES), st.sampled_from(["", " ", "\u3000", "\n"]))
def test_case_and_padding_of_an_email_do_not_count(address: str, case: object, padding: str) -> None:
    assert callable(case)
    assert identity.email(padding + case(address) + padding) == identity.email(address)


@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC"]))
def test_how_a_name_is_composed_does_not_count(text: str, form: str) -> None:
    composed = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    assert identity.name(composed) == identity.name(text)


def _by_the_library(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    e164 = phonenumbers.PhoneNumberFormat.E164
    return phonenumbers.format_number(number, e164) if phonenumbers.is_valid_number(number) else None


@given(
    st.from_regex(r"[ -]{0,2}(\+ ?86)?[ -]?0?1[0-9][ -]?[0-9 -]{8,12}", fullmatch=True), st.sampled_from(["CN", "US"])
)
@example("17909139123", "CN")
def test_mobiles_are_known_as_the_library_knows_them(text: str, region: str) -> None:
    assert identity.phone(text, region) == _by_the_library(text, region)


@given(st.integers(13000000000, 13999999999), st.lists(st.sampled_from(" -()"), min_size=11, max_size=11))
def test_how_a_phone_is_spaced_does_not_count(number: int, gaps: list[str]) -> None:
    spaced = "".join(digit + gap for digit, gap in zip(str(number), gaps, strict=True))
    assert identity.phone(spaced) == identity.phone(str(number))


def test_keys_of_a_customer_come_in_order() -> None:
    fields = {"reference": "E-7", "email": "Li@example.com", "phone": "13912345678", "union_id": "oX", "uscc": USCC}
    assert keys(Kind.CUSTOMER, fields) == (
        Key("uscc", USCC),
        Key("phone", "+8613912345678"),
        Key("email", "li@example.com"),
        Key("union_id", "oX"),
        Key("reference", "E-7"),
    )


@pytest.mark.parametrize(
    ("kind", "fields", "want"),
    [
        (Kind.CUSTOMER, {"phone": "12345", "email": None, "name": "Li"}, ()),
        (Kind.STAFF, {"email": "A@example.com", "phone": "13912345678"}, (Key("email", "a@example.com"),)),
        (Kind.TIER, {"name": " GOLD "}, (Key("name", "gold"),)),
        (Kind.GROUP, {"name": "Tea  Club"}, (Key("name", "tea club"),)),
        (Kind.PURCHASE, {"name": "Order 1"}, ()),
    ],
)
def test_keys(kind: Kind, fields: dict[str, str | None], want: tuple[Key, ...]) -> None:
    assert keys(kind, fields) == want


def test_keys_use_the_region_and_do_not_print_values() -> None:
    (key,) = keys(Kind.CUSTOMER, {"phone": "(202) 555-0123"}, region="US")
    assert key.value == "+12025550123"
    assert "202" not in repr(key)


@given(st.sampled_from(sorted(PREFIXES)), st.uuids())
def test_ids_are_read_as_they_are_written(noun: str, id: UUID) -> None:
    text = format_id(noun, id)
    assert parse_id(text) == parse_id(text, noun) == (PREFIXES[noun], id)
    assert format_id(PREFIXES[noun], id) == text


def test_every_kind_has_a_prefix_of_its_own() -> None:
    assert set(Kind) <= set(PREFIXES)
    assert len(set(PREFIXES.values())) == len(PREFIXES)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "should look like"),
        ("cus_", "should look like"),
        (f"cus_{'0' * 31}", "should look like"),
        (f"CUS_{'0' * 32}", "should look like"),
        (f"cus_{'0' * 32}\n", "should look like"),
        (f"cus_{'0' * 31}x", "should look like"),
        (f"abc_{'0' * 32}", "abc_ is none of cus_"),
    ],
)
def test_a_bad_id_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_id(text)


def test_an_id_of_another_noun_is_refused() -> None:
    with pytest.raises(ValueError, match="the id of a group, not of a customer"):
        parse_id(format_id(Kind.GROUP, UUID(int=1)), "customer")
    with pytest.raises(ValueError, match="no ids for 'planet'"):
        format_id("planet", UUID(int=1))
