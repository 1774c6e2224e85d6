"""What a person may choose about a mesh on one machine, from the environment and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class MeshSettings(BaseSettings):
    """The settings of `malha up` and its relatives; every field is `MALHA_` plus its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="MALHA_", frozen=True, extra="ignore")

    state_dir: Path = Field(Path(".malha"), description="Where a mesh keeps everything: data, keys, logs, sockets.")
    edge_host: str = Field("127.0.0.1", description="The address of the TLS listener. Loopback while nothing signs in.")
    edge_port: int = Field(8443, ge=1, le=65535, description="The port of the TLS listener.")
    plaintext_port: int = Field(8080, ge=1, le=65535, description="The port of the listener without TLS, on loopback.")
    envoy_workers: int = Field(1, ge=1, le=256, description="Envoy's worker threads.")
    cors_origin: str = Field(
        r"https?://(localhost|127\.0\.0\.1)(:[0-9]+)?",
        description="A regular expression (RE2) for the web origins whose pages may call the edge.",
    )
    otlp_endpoint: str | None = Field(None, description="host:port of an OTLP/gRPC collector; absent: no tracing.")
    log_level: str = Field("info", description="The level of the services' logs.")
    drain_seconds: float = Field(2.0, ge=0, description="How long a replica is out of rotation before it stops.")
    log_bytes: int = Field(16 * 2**20, ge=2**16, description="A component's log is rotated beyond this size.")
    binaries: Path = Field(Path(".tools/binaries"), description="Where the wheels of Envoy, PostgreSQL, Redis are.")

    @property
    def root(self) -> Path:
        """The state folder as an absolute path."""
        return self.state_dir.expanduser().absolute()


def inherited_environment() -> dict[str, str]:
    """The environment a child process starts from: the caller's own, without what is said per replica."""
    return {key: value for key, value in os.environ.items() if not key.startswith("MALHA_")}


def detached_environment(settings: MeshSettings) -> dict[str, str]:
    """The environment of a mesh that goes on without its caller: as it is, with the state folder made absolute."""
    return {**os.environ, "MALHA_STATE_DIR": str(settings.root), "PYTHONUNBUFFERED": "1"}
