"""The settings of this installation: the only reader of the environment (KEQUN_...).
Decides names and defaults; a connection's own settings are contracts/manifest.py."""

import difflib
import os
import socket
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from kequn.clock import Random
from kequn.contracts.secrets import BadKey, Keyring, Secret


class BadEnvironment(ValueError):
    """A KEQUN_ setting is missing or wrong. The message names it and says what to do, never what it holds."""


def _secret(value: object) -> object:
    if isinstance(value, str):
        return Secret(value) if value.strip() else None
    return value


def _listed(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


class Settings(BaseSettings):
    """`KEQUN_DATABASE_URL` and so on. Made by `Settings.read()`; tests hand values to the constructor."""

    model_config = SettingsConfigDict(
        env_prefix="KEQUN_", frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    database_url: str = Field(default="sqlite+aiosqlite:///kequn.db", min_length=1, repr=False)  # may hold a password
    secret_key: Annotated[Secret | None, BeforeValidator(_secret)] = None
    dev: bool = False
    compiler: bool = True  # off: GraphQL never answers by one statement; for comparison
    worker_id: str = Field(default_factory=_worker, min_length=1)
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    tenant: str = Field(default="default", min_length=1)
    limit_body: int = Field(default=1_048_576, ge=1)  # bytes of a request; for these see docs/graphql.md
    limit_json_depth: int = Field(default=64, ge=2)
    limit_json_values: int = Field(default=30_000, ge=10)
    limit_characters: int = Field(default=15_000, ge=1)  # of one GraphQL operation
    limit_tokens: int = Field(default=1000, ge=1)
    limit_depth: int = Field(default=12, ge=1)
    limit_aliases: int = Field(default=30, ge=0)
    limit_directives: int = Field(default=20, ge=0)
    limit_rows: int = Field(default=10_000, ge=1)
    limit_page: int = Field(default=100, ge=1)
    limit_batch_page: int = Field(default=1000, ge=1)  # for tokens with the batch right
    limit_errors: int = Field(default=20, ge=1)
    limit_seconds: float = Field(default=5.0, gt=0)
    limit_edit_seconds: float = Field(default=30.0, gt=0)
    limit_customers: int = Field(default=50_000, ge=0)  # of more a worker makes the evaluation
    rate_requests: int = Field(default=6000, ge=0)  # of one caller in a minute; 0: as many as they like
    rate_strangers: int = Field(default=600, ge=0)  # wrong tokens from one address in a minute
    rate_rows: int = Field(default=3_000_000, ge=0)  # that the operations of one tenant may read in a minute
    trusted_documents: Path | None = None  # a file {SHA-256: text}
    trusted_tokens: int = Field(default=4000, ge=1)
    trusted_aliases: int = Field(default=100, ge=0)
    trusted_only: bool = False
    parsed_documents: int = Field(default=256, ge=0)  # that a server need not read again; at most so many, and
    parsed_characters: int = Field(default=250_000, ge=0)  # of so many characters in all: some 150 bytes for each
    kept_documents: int = Field(default=1000, ge=0)  # that clients registered by their hash
    socket_init_seconds: float = Field(default=5.0, gt=0)
    socket_alive_seconds: float = Field(default=30.0, gt=0)  # between two looks whether client and token are still good
    socket_operations: int = Field(default=20, ge=1)  # at once on one connection
    origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()  # whose pages may ask
    # How often a connection is synced that has no schedule of its own, which may be no longer either.
    sync_seconds: float = Field(default=60.0, ge=1, le=366 * 86_400, allow_inf_nan=False)
    worker_silence: float = Field(default=30.0, ge=0.5)  # seconds without a heartbeat after which a worker is dead
    idle_run_days: int = Field(default=30, ge=0)  # after which runs go that did nothing; 0: never
    traces_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")  # an OTLP collector
    durable: bool = True  # off: runs are driven by this process alone

    @classmethod
    def read(cls) -> "Settings":
        """From the environment. Raises BadEnvironment that names every wrong or misspelt setting."""
        misspelt = cls._misspelt()
        if misspelt:
            raise BadEnvironment("; ".join(misspelt))
        try:
            return cls()
        except ValidationError as error:
            wrong = [f"KEQUN_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors()]
            raise BadEnvironment("; ".join(wrong)) from None

    @classmethod
    def apart(cls, **said: Any) -> "Settings":
        """Those that are said, and defaults for the others, whatever the environment holds."""
        return _Apart(**said)

    @classmethod
    def _misspelt(cls) -> list[str]:
        """A misspelt KEQUN_DATABASE_URL would quietly put everything into another database."""
        known = [f"KEQUN_{name.upper()}" for name in cls.model_fields]
        unknown = {name for name in map(str.upper, os.environ) if name.startswith("KEQUN_")} - set(known)
        near = {name: difflib.get_close_matches(name, known, n=1, cutoff=0.85) for name in sorted(unknown)}
        return [f"{name} is unknown (did you mean {close[0]}?)" for name, close in near.items() if close]

    def keyring(self, random: Random) -> Keyring:
        """The keys that seal secrets. Raises BadEnvironment when there are none or they cannot be read."""
        if self.secret_key is None:
            raise BadEnvironment(
                "KEQUN_SECRET_KEY is not set; make a key with `openssl rand -base64 32` and keep it safe: "
                "without it nothing sealed can be opened again"
            )
        try:
            return Keyring.parse(self.secret_key, random)
        except BadKey as error:
            raise BadEnvironment(f"KEQUN_SECRET_KEY: {error}") from None


class _Apart(Settings):
    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *others: Any, **more: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)
