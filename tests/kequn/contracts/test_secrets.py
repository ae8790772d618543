"""Secrets never print, and sealed values open only with their key and at their place."""

import base64
import copy
import dataclasses
import json
import pickle

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.clock import SeededRandom, SystemRandom
from kequn.contracts.secrets import BadKey, CannotOpen, Cipher, Keyring, Secret, new_key

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def ring(*keys: bytes) -> Keyring:
    return Keyring(list(keys), SeededRandom(1))


@dataclasses.dataclass
class Login:
    password: Secret


@pytest.mark.parametrize(
    "show",
    [repr, str, "{}".format, "{!r:>30}".format, "%s".__mod__, lambda s: json.dumps({"s": s}, default=str)],
    ids=["repr", "str", "format", "padded", "percent", "json_default"],
)
def test_a_secret_never_prints(show: object) -> None:
    assert callable(show)
    assert "hunter2" not in show(Secret("hunter2"))


@pytest.mark.parametrize("dump", [json.dumps, orjson.dumps, pickle.dumps], ids=["json", "orjson", "pickle"])
def test_a_secret_is_refused_where_it_would_be_written(dump: object) -> None:
    assert callable(dump)
    with pytest.raises(TypeError) as caught:
        dump(Secret("hunter2"))
    assert "hunter2" not in str(caught.value)


def test_a_secret_stays_hidden_inside_other_values() -> None:
    login = Login(Secret("hunter2"))
    assert "hunter2" not in repr([login, dataclasses.asdict(login), copy.deepcopy(login)])
    assert not hasattr(login.password, "__dict__")


def test_a_secret_compares_by_content_and_does_not_change() -> None:
    assert Secret("a") == Secret(Secret("a")) != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret("a") != "a"
    assert not Secret("")
    with pytest.raises(AttributeError):
        Secret("a").other = 1


@given(st.binary(max_size=200), st.text(max_size=40))
def test_sealed_values_open_at_their_place(plain: bytes, bind: str) -> None:
    keyring = ring(NEW)
    assert keyring.open(keyring.seal(plain, bind), bind) == plain
    sealed_key, cipher = keyring.new_cipher(bind)
    assert keyring.open_cipher(sealed_key, bind).open(cipher.seal(plain, bind), bind) == plain


@given(st.binary(max_size=40), st.data())
def test_a_changed_bit_is_noticed(plain: bytes, data: st.DataObject) -> None:
    keyring = ring(NEW)
    sealed = bytearray(keyring.seal(plain, "row"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(CannotOpen):
        keyring.open(bytes(sealed), "row")


def test_a_value_moved_to_another_row_does_not_open() -> None:
    sealed = ring(NEW).seal(b"token", "connection/1/secret")
    with pytest.raises(CannotOpen, match="moved from another row"):
        ring(NEW).open(sealed, "connection/2/secret")


def test_a_missing_key_is_named_by_its_id() -> None:
    sealed = ring(OLD).seal(b"token", "row")
    with pytest.raises(CannotOpen, match=f"key {sealed[:4].hex()}, which is not in KEQUN_SECRET_KEY"):
        ring(NEW).open(sealed, "row")


@pytest.mark.parametrize("length", [0, 3, 4, 20, 31])
def test_a_cut_value_does_not_open(length: int) -> None:
    with pytest.raises(CannotOpen):
        ring(NEW).open(ring(NEW).seal(b"", "row")[:length], "row")


def test_an_old_key_still_opens_and_is_told_apart() -> None:
    sealed = ring(OLD).seal(b"token", "row")
    both = ring(NEW, OLD)
    assert both.open(sealed, "row") == b"token"
    assert not both.is_current(sealed)
    assert both.is_current(both.seal(b"token", "row"))


def test_equal_values_are_sealed_differently() -> None:
    cipher = Cipher(NEW, SystemRandom())
    assert cipher.seal(b"same", "row") != cipher.seal(b"same", "row")


@pytest.mark.parametrize(
    "encode",
    [
        lambda key: base64.b64encode(key).decode(),
        lambda key: base64.urlsafe_b64encode(key).decode().rstrip("="),
        lambda key: key.hex().upper(),
    ],
    ids=["base64", "urlsafe_unpadded", "hex"],
)
@given(key=st.binary(min_size=32, max_size=32))
def test_keys_are_read_in_each_spelling(encode: object, key: bytes) -> None:
    assert callable(encode)
    keyring = Keyring.parse(Secret(f" {encode(key)}, {OLD.hex()} "), SeededRandom())
    assert ring(key).open(keyring.seal(b"x", "row"), "row") == b"x"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "key 1 has 0 bytes"),
        ("hunter2hunter2", "key 1 has 10 bytes"),
        ("?" * 44, "key 1 is neither"),
        ("zz" * 32, "key 1 is neither"),
        (f"{OLD.hex()},", "key 2 has 0 bytes"),
        ("钥匙", "key 1 is neither"),
    ],
)
def test_a_bad_key_is_refused_without_being_shown(text: str, why: str) -> None:
    with pytest.raises(BadKey, match=why) as caught:
        Keyring.parse(text, SeededRandom())
    assert not text or text not in str(caught.value)


def test_a_new_key_can_be_used() -> None:
    assert Keyring.parse(new_key(SystemRandom()), SystemRandom()).seal(b"x", "row")


def test_no_key_and_a_short_data_key_are_refused() -> None:
    with pytest.raises(BadKey):
        ring()
    with pytest.raises(BadKey, match="not 5"):
        Cipher(b"short", SeededRandom())
