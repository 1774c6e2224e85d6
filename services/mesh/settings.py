"""What a person may choose about a mesh on one machine, from the environment and nowhere else."""

from __future__ import annotations

import ipaddress
import itertools
import os
import re
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_PREFIX = "MALHA_"


class Mode(StrEnum):
    """Whom a mesh is for."""

    DEVELOPMENT = "development"
    """For the person who started it, who gets a token for everything without asking."""
    PRODUCTION = "production"
    """For others: nobody gets in who was not let in."""


class SettingInvalid(Exception):
    """A variable of the environment has a value that a mesh cannot have; one line of the text for each."""


class MeshSettings(BaseSettings):
    """The settings of `malha up` and its relatives; every field is `MALHA_` plus its name in capitals.

    An empty variable is an absent one, as for the client. `load` tells what is wrong in a person's words.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    state_dir: Path = Field(Path(".malha"), description="Where a mesh keeps everything: data, keys, logs, sockets.")
    mode: Mode = Field(Mode.DEVELOPMENT, description="Whether the person who starts the mesh gets a token at start.")
    issuer: str | None = Field(
        None, description="The https URL that tokens name as their issuer; absent: https://localhost:<MALHA_EDGE_PORT>."
    )
    edge_host: str = Field("127.0.0.1", description="The address of the TLS listener.")
    edge_port: int = Field(8443, ge=1, le=65535, description="The port of the TLS listener.")
    plaintext_port: int = Field(8080, ge=1, le=65535, description="The port of the listener without TLS, on loopback.")
    inner_port: int = Field(
        8444, ge=1, le=65535, description="The port of the listener for calls between services, on loopback."
    )
    envoy_workers: int = Field(1, ge=1, le=256, description="Envoy's worker threads.")
    cors_origin: str = Field(
        r"https?://(localhost|127\.0\.0\.1)(:[0-9]+)?",
        description="A regular expression (RE2) for the web origins whose pages may call the edge.",
    )
    limits_file: Path | None = Field(None, description="The file that says who may call how often; absent: our own.")
    flags_file: Path | None = Field(None, description="The file of feature flags; absent: flags.yaml in the folder.")
    otlp_endpoint: str | None = Field(None, description="host:port of an OTLP/gRPC collector; absent: our own.")
    trace_ratio: float = Field(0.01, ge=0, le=1, description="The share of the calls that is traced from the edge on.")
    certificate_seconds: float = Field(
        86_400, ge=3, le=86_400 * 365, description="The life of a workload's certificate; renewed at two thirds of it."
    )
    zones: str = Field(
        "local", description="The failure zones, comma separated. Replicas take turns; Envoy stands in the first."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The level of the services' logs."
    )
    pin_replicas: bool = Field(
        True,
        description="Keep each replica on a processor of its own, where a service has at least one for each processor.",
    )
    drain_seconds: float = Field(
        2.0, ge=0, le=3600, description="How long a replica is out of rotation before it stops."
    )
    log_bytes: int = Field(16 * 2**20, ge=2**16, description="A component's log is rotated beyond this size.")
    binaries: Path = Field(Path(".tools/binaries"), description="Where the wheels of Envoy, PostgreSQL, Redis are.")

    @property
    def root(self) -> Path:
        """The state folder as an absolute path."""
        return self.state_dir.expanduser().absolute()

    @property
    def issuer_url(self) -> str:
        """Who issues the tokens of this mesh, as they say it."""
        return self.issuer or f"https://localhost:{self.edge_port}"

    @property
    def limits_path(self) -> Path | None:
        """The policy of the limits as an absolute path; None: the limiter's own."""
        return self.limits_file.expanduser().absolute() if self.limits_file else None

    @property
    def flags_path(self) -> Path:
        """The file of feature flags, which need not exist, as an absolute path."""
        return (self.flags_file or self.root / "flags.yaml").expanduser().absolute()

    @property
    def zone_names(self) -> tuple[str, ...]:
        """The failure zones, Envoy's own first."""
        return tuple(dict.fromkeys(self.zones.split(",")))

    @field_validator("edge_host")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        """Envoy binds addresses, not names."""
        try:
            ipaddress.ip_address(value)
        except ValueError:
            raise ValueError("it must be an IP address, such as 127.0.0.1") from None
        return value

    @field_validator("issuer")
    @classmethod
    def _is_an_origin(cls, value: str | None) -> str | None:
        """Clients compare it letter by letter, so there is one way to write it."""
        if value is not None and not re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]{1,5})?", value):
            raise ValueError("it must be https://host or https://host:port, in lower case, without a slash at its end")
        return value

    @field_validator("zones")
    @classmethod
    def _are_names(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z][a-z0-9-]*(,[a-z][a-z0-9-]*)*", value):
            raise ValueError("it must be names of lower-case letters, digits and hyphens, such as a,b")
        return value

    @field_validator("otlp_endpoint")
    @classmethod
    def _is_host_and_port(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"(http://)?[^/\s]+:[0-9]{1,5}", value):
            raise ValueError("it must be host:port, such as 127.0.0.1:4317")
        return value

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        names = ("edge_port", "plaintext_port", "inner_port")
        for one, other in itertools.combinations(names, 2):
            if getattr(self, one) == getattr(self, other):
                raise ValueError(
                    f"{_PREFIX}{one.upper()} and {_PREFIX}{other.upper()} are both {getattr(self, one)}; the two"
                    " listeners need two ports: choose another one for either"
                )
        return self


def load() -> MeshSettings:
    """The settings out of the environment; raises SettingInvalid."""
    try:
        return MeshSettings()
    except ValidationError as error:
        problems = [_problem(item["loc"], item["type"], item["msg"], item["input"]) for item in error.errors()]
        raise SettingInvalid("\n".join(problems)) from None


def _problem(where: tuple[int | str, ...], kind: str, text: str, given: object) -> str:
    """One line: the variable, what is wrong with it and what to do."""
    text = text.removeprefix("Value error, ").removeprefix("Input should be ")
    if not where:
        return text
    name = str(where[0])
    wanted = text if kind == "value_error" else f"it must be {text.partition(', unable')[0]}"
    default = MeshSettings.model_fields[name].default
    mend = "set it so, or unset it" + (f" for the default {default}" if default is not None else "")
    return f"{_PREFIX}{name.upper()}={given} cannot be used: {wanted}; {mend}"


def inherited_environment(variables: Collection[str] = ()) -> dict[str, str]:
    """The environment a child process starts from: the caller's own, without what is said per replica.

    Of the mesh's own variables it has those that are named; an empty one is an absent one.

    Also without the verbosity that the command line sets to keep gRPC off a terminal: a replica learns of the
    handshakes that failed from gRPC's own log (see `services.runtime.identity.handshakes`).
    """
    left_out = "GRPC_VERBOSITY"
    return {
        key: value
        for key, value in os.environ.items()
        if (key in variables and value) or (not key.startswith(_PREFIX) and key != left_out)
    }


def detached_environment(settings: MeshSettings) -> dict[str, str]:
    """The environment of a mesh that goes on without its caller: as it is, with the state folder made absolute."""
    return {**os.environ, "MALHA_STATE_DIR": str(settings.root), "PYTHONUNBUFFERED": "1"}
