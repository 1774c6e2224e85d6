"""The settings that every service has. Only modules named `settings` read the environment."""

import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
_LARGEST_SECRET_BYTES = 65_536


class SecretUnreadable(Exception):
    """A secret's file is missing, empty, too large or not text. The message holds the path, never the content."""


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _check_address(value: str) -> str:
    match = _ADDRESS.fullmatch(value)
    if match is None or int(match[2]) > 65_535:
        raise ValueError("must be host:port")
    return value


Address = Annotated[str, AfterValidator(_check_address)]


def read_secret(path: Path) -> SecretStr:
    """The secret in a file, without surrounding white space.

    Raises:
        SecretUnreadable: the file is missing, unreadable, empty, larger than 64 KiB or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_SECRET_BYTES + 1)
        text = content.decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretUnreadable(f"cannot read the secret in {path}: {type(error).__name__}") from None
    if not text or len(content) > _LARGEST_SECRET_BYTES:
        raise SecretUnreadable(f"the secret in {path} is empty or too large")
    return SecretStr(text)


class RuntimeSettings(BaseSettings):
    """What a replica of any service must know to start. Read from `MALHA_*` variables; frozen."""

    model_config = SettingsConfigDict(env_prefix="MALHA_", frozen=True, extra="ignore", env_nested_delimiter="__")

    state_dir: Path = Field(default=Path(".malha"), description="The folder for everything that outlives the process.")
    component: str = Field(
        default="service", pattern=r"^[a-z][a-z0-9-]*$", description="The service's name in the topology."
    )
    replica: str = Field(default="service-0", pattern=r"^[a-z][a-z0-9-]*$", description="This process's name, unique.")
    listen: Address = Field(
        default="127.0.0.1:0", description="Where the gRPC server listens; port 0 picks a free one."
    )
    metrics_listen: Address | None = Field(
        default=None, description="Where /metrics, /livez and /readyz are; none: nowhere."
    )
    version: str = Field(default="0.1.0", description="The version this replica tells the registry.")
    zone: str = Field(default="local", description="The failure zone this replica tells the registry.")
    weight: int = Field(default=1, ge=1, le=128, description="This replica's share of traffic beside its siblings'.")

    identity_dir: Path | None = Field(
        default=None,
        description="The folder of this workload's identity; none: a plaintext server, for tests and benchmarks.",
    )
    inner_address: Address | None = Field(default=None, description="Where the mesh takes calls to other services.")
    issuer: str | None = Field(
        default=None, description="Who issues the access tokens, as they say it; none: everyone may do everything."
    )
    neighbours: tuple[str, ...] = Field(
        default=(), description="The generated modules of the contracts that reflection tells of beside our own."
    )
    direct_callers: tuple[str, ...] = Field(
        default=(), description="The workloads that may call without Envoy between; their calls count as their own."
    )
    max_connection_seconds: float = Field(
        default=1800.0,
        ge=1,
        description="How long a connection takes new calls, at most; less where certificates live shorter.",
    )

    database_url_file: Path | None = Field(default=None, description="The file that holds the database's URL.")
    database_pool_size: int = Field(default=8, ge=1, le=100, description="Connections kept open.")
    database_pool_overflow: int = Field(default=8, ge=0, le=100, description="Connections beyond those, under load.")
    database_statement_timeout: timedelta = Field(default=timedelta(seconds=10), description="The longest statement.")
    database_lock_timeout: timedelta = Field(default=timedelta(seconds=2), description="The longest wait for a lock.")
    redis_url_file: Path | None = Field(default=None, description="The file that holds Redis's URL.")

    log_level: LogLevel = Field(default=LogLevel.INFO, description="The least severe records to keep.")
    log_file: Path | None = Field(default=None, description="Where the log goes, rotated; none: standard output.")
    log_file_bytes: int = Field(
        default=32 * 1024 * 1024, ge=65_536, description="The size at which a log file is rotated."
    )
    log_file_count: int = Field(default=5, ge=1, le=100, description="How many rotated log files are kept.")

    flags_file: Path | None = Field(
        default=None,
        description="The file of feature flags, read again when it changes; none: no flags.",
    )

    otlp_endpoint: str | None = Field(
        default=None,
        description="The OTLP/gRPC collector, as http://host:port, or mesh://host:port for our own; none: no traces.",
    )
    trace_ratio: float = Field(default=1.0, ge=0, le=1, description="The share of traces begun here that is kept.")

    max_concurrent_calls: int = Field(
        default=256, ge=1, description="Calls served at once; more are refused as OVERLOADED."
    )
    max_memory_bytes: int = Field(
        default=1024**3, ge=0, description="The process's memory above which calls are refused as OVERLOADED; 0: never."
    )
    answer_cache_bytes: int = Field(
        default=8 * 1024**2, ge=0, description="Answers of each cacheable method kept in memory; 0: caches nothing."
    )
    drain_seconds: float = Field(
        default=1.0, ge=0, le=300, description="Between NOT_SERVING and the stop of the server."
    )
    grace_seconds: float = Field(
        default=10.0, ge=0, le=3600, description="What running calls get to finish at the stop."
    )

    @model_validator(mode="after")
    def _is_guarded_whole(self) -> Self:
        """Who cannot tell Envoy from anybody else cannot tell an outsider from a service either."""
        if self.issuer is not None and self.identity_dir is None:
            raise ValueError("MALHA_ISSUER needs MALHA_IDENTITY_DIR")
        return self

    def database_url(self) -> SecretStr:
        """The database's URL.

        Raises:
            SecretUnreadable: there is no such file, or none is configured.
        """
        return _secret("MALHA_DATABASE_URL_FILE", self.database_url_file)

    def redis_url(self) -> SecretStr:
        """Redis's URL.

        Raises:
            SecretUnreadable: there is no such file, or none is configured.
        """
        return _secret("MALHA_REDIS_URL_FILE", self.redis_url_file)


def _secret(variable: str, path: Path | None) -> SecretStr:
    if path is None:
        raise SecretUnreadable(f"{variable} is not set")
    return read_secret(path)
