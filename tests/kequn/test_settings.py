"""The environment: names, defaults, and errors that name the setting and never show it."""

import os

import pytest

from kequn.clock import SystemRandom
from kequn.contracts.secrets import Secret, new_key
from kequn.settings import BadEnvironment, Settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("KEQUN_")]:
        monkeypatch.delenv(name)


def test_everything_has_a_default() -> None:
    settings = Settings.read()
    assert settings.database_url == "sqlite+aiosqlite:///kequn.db"
    assert settings.tenant == "default"
    assert not settings.dev
    assert (settings.secret_key, settings.public_url) == (None, None)
    assert settings.worker_id == Settings().worker_id


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEQUN_PORT", "9000")
    monkeypatch.setenv("KEQUN_DEV", "1")
    monkeypatch.setenv("KEQUN_WORKER_ID", "worker-7")
    monkeypatch.setenv("KEQUN_PUBLIC_URL", "https://kequn.example.com")
    settings = Settings.read()
    assert (settings.port, settings.dev, settings.worker_id) == (9000, True, "worker-7")
    assert settings.public_url == "https://kequn.example.com"


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", ()),
        ("https://a.example.com", ("https://a.example.com",)),
        (" https://a.example.com ,http://b.example.com,", ("https://a.example.com", "http://b.example.com")),
    ],
)
def test_a_list_is_written_with_commas(monkeypatch: pytest.MonkeyPatch, text: str, origins: tuple[str, ...]) -> None:
    monkeypatch.setenv("KEQUN_ORIGINS", text)
    assert Settings.read().origins == origins


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEQUN_SECRET_KEY", "hunter2")
    monkeypatch.setenv("KEQUN_DATABASE_URL", "postgresql+psycopg://me:hunter2@db.example.com/kequn")
    settings = Settings.read()
    assert settings.secret_key == Secret("hunter2")
    assert "hunter2" not in f"{settings!r}{settings}{settings.secret_key}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KEQUN_PORT", "hunter2"),
        ("KEQUN_PORT", "70000"),
        ("KEQUN_DEV", "hunter2"),
        ("KEQUN_LOG_LEVEL", "hunter2"),
        ("KEQUN_PUBLIC_URL", "hunter2.example.com"),
        ("KEQUN_DATABASE_URL", ""),
        ("KEQUN_TENANT", ""),
    ],
)
def test_a_wrong_setting_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadEnvironment, match=f"^{name}: ") as caught:
        Settings.read()
    assert "hunter2" not in str(caught.value)


def test_a_misspelt_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEQUN_DATABSE_URL", "hunter2")
    monkeypatch.setenv("KEQUN_SOMETHING_ELSE", "1")
    with pytest.raises(BadEnvironment) as caught:
        Settings.read()
    assert str(caught.value) == "KEQUN_DATABSE_URL is unknown (did you mean KEQUN_DATABASE_URL?)"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_key_is_asked_for_when_it_is_needed(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    if value is not None:
        monkeypatch.setenv("KEQUN_SECRET_KEY", value)
    with pytest.raises(BadEnvironment, match="KEQUN_SECRET_KEY is not set; make a key"):
        Settings.read().keyring(SystemRandom())


def test_a_bad_key_is_named_and_not_shown() -> None:
    with pytest.raises(BadEnvironment, match="KEQUN_SECRET_KEY: key 2") as caught:
        Settings(secret_key=Secret(f"{new_key(SystemRandom()).reveal()},hunter2")).keyring(SystemRandom())
    assert "hunter2" not in str(caught.value)


def test_a_good_key_seals() -> None:
    keyring = Settings(secret_key=new_key(SystemRandom())).keyring(SystemRandom())
    assert keyring.open(keyring.seal(b"x", "row"), "row") == b"x"
