"""The small vocabulary that the renderer's modules share, and how it becomes YAML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.limits.adapters.policy_document import DEFAULT

Node = dict[str, Any]
"""A message of Envoy's API in its JSON form; Envoy's own schema is checked by `envoy --mode validate`."""

_HEADER = "# Rendered by `python -m services.mesh.render` from the contracts and the topology. Do not edit.\n"
_TYPE = "type.googleapis.com/"


@dataclass(frozen=True, slots=True)
class Edge:
    """What the edge is rendered with, beside topology and contracts."""

    host: str = "127.0.0.1"
    port: int = 8443
    plaintext_port: int = 8080
    cors_origin: str = r"https?://(localhost|127\.0\.0\.1)(:[0-9]+)?"
    inner_port: int = 8444
    """The port, on loopback, of the listener for calls between services."""
    issuer: str = "https://localhost:8443"
    """Who issues the tokens that a guarded topology asks for."""
    production: bool = False
    """Whether those who look around, as reflection does, need a token, too."""
    limits_file: Path = DEFAULT
    """The policy of the limits; a guarded topology has them."""
    zone: str = "local"
    """The zone Envoy itself is in: it prefers the endpoints there."""
    otlp_endpoint: str | None = None
    """host:port of an OTLP/gRPC collector without TLS; None: the supervisor takes the traces."""
    trace_ratio: float = 0.01
    """The share of the calls, 0 to 1, that are traced when their caller has not decided."""


def typed(type_name: str, **fields: Any) -> Node:
    """A message inside an `Any`."""
    return {"@type": _TYPE + type_name, **fields}


def seconds(value: float) -> str:
    """A duration as protobuf's JSON writes it."""
    return f"{value:.9f}".rstrip("0").rstrip(".") + "s"


def resources(*items: Node) -> Node:
    """A file of resources as Envoy's file-based discovery reads it."""
    return {"resources": list(items)}


def from_file(path: str) -> Node:
    """The source of discovered resources: a file beside the bootstrap, watched for replacement."""
    return {"resource_api_version": "V3", "path_config_source": {"path": path}}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and the same object twice instead of an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    style = "|" if "\n" in data else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(node: Node) -> str:
    """The document as YAML, keys in the order they were given."""
    body: str = yaml.dump(node, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
    return _HEADER + body
