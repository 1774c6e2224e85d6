"""Changes of a running Envoy's configuration that mean nearly nothing, and touch every part of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from services.mesh.render.files import replace
from services.mesh.supervisor.envoy import admin
from tests.support.mesh_process import wait_until

_SECONDS = 10.0


def listeners(resource: Any) -> None:
    """Another filter chain: the connections of the former one are drained."""
    resource["filter_chains"][0]["filters"][0]["typed_config"]["delayed_close_timeout"] = "1.5s"


def clusters(resource: Any) -> None:
    """Another cluster in place of the former: its connections and health checks begin anew."""
    resource["connect_timeout"] = "0.6s"


def routes(resource: Any) -> None:
    """Another table of routes."""
    resource["virtual_hosts"][0]["include_attempt_count_in_response"] = True


CHANGES: dict[str, Callable[[Any], None]] = {
    "listeners.yaml": listeners,
    "clusters.yaml": clusters,
    "routes.yaml": routes,
    "routes-inner.yaml": routes,
}


def change_and_change_back(folder: Path) -> None:
    """Change every file but the endpoints and the secrets, and when Envoy has taken that up, change them back."""
    former = {name: (folder / name).read_bytes() for name in CHANGES}
    _write(folder, {name: _changed(former[name], change) for name, change in CHANGES.items()})
    _write(folder, former)


def _changed(text: bytes, change: Callable[[Any], None]) -> bytes:
    document = yaml.safe_load(text)
    for resource in document["resources"]:
        change(resource)
    return yaml.safe_dump(document, sort_keys=False).encode()


def _write(folder: Path, files: dict[str, bytes]) -> None:
    before = _taken_up(folder)
    for name, text in files.items():
        replace(folder / name, text)

    def all_taken_up() -> bool:
        now = _taken_up(folder)
        return all(now[name] > count for name, count in before.items())

    wait_until(all_taken_up, _SECONDS, f"Envoy has taken up {', '.join(files)}")


def _taken_up(folder: Path) -> dict[str, int]:
    """How often Envoy has taken up each part of its configuration."""
    _, body = asyncio.run(admin(folder, "GET", "/stats"))
    return {name: int(count) for name, count in _counts(body) if _is_update(name)}


def _counts(body: str) -> list[tuple[str, str]]:
    pairs = [line.rpartition(": ")[::2] for line in body.splitlines()]
    return [(name, count) for name, count in pairs if count.isdigit()]


def _is_update(name: str) -> bool:
    return name.endswith(".update_success") and any(part in name for part in (".lds.", ".cds.", ".rds."))
