"""All files of one Envoy, rendered together and written so that a watching Envoy sees each change whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from services.mesh import policies
from services.mesh.render import bootstrap, clusters, identity, listeners, routes
from services.mesh.render.document import Edge, Node, to_yaml
from services.mesh.render.filters import CONTRACTS_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from services.mesh.topology import Topology
    from services.mesh.traffic import Split

BOOTSTRAP_FILE = "bootstrap.yaml"


def render(topology: Topology, edge: Edge, splits: Mapping[str, Split] | None = None) -> dict[str, str]:
    """The YAML files by name. The endpoints are empty: they come and go while the mesh runs."""
    documents = {
        BOOTSTRAP_FILE: bootstrap.document(topology, edge),
        bootstrap.LISTENERS_FILE: listeners.document(topology, edge),
        bootstrap.CLUSTERS_FILE: clusters.document(topology),
        **_routes(topology, edge, splits or {}),
        **identity.secrets(),
    }
    for service in topology.routed:
        documents |= {clusters.endpoints_file(n): clusters.endpoints(n, (), "") for n in clusters.both(service.name)}
    return {name.removeprefix("./"): to_yaml(document) for name, document in documents.items()}


def write(folder: Path, topology: Topology, edge: Edge, splits: Mapping[str, Split] | None = None) -> None:
    """Write everything Envoy reads into `folder`, the compiled contracts included.

    `splits` are the canaries under way, by service; all other calls go to a service's own cluster.
    """
    replace(folder / CONTRACTS_FILE, policies.descriptor_set(topology.services))
    for name, text in render(topology, edge, splits).items():
        replace(folder / name, text.encode())


def write_routes(folder: Path, topology: Topology, edge: Edge, splits: Mapping[str, Split]) -> None:
    """Write the routes alone, which is all that a change of the splits changes; Envoy follows at once."""
    for name, document in _routes(topology, edge, splits).items():
        replace(folder / name, to_yaml(document).encode())


def _routes(topology: Topology, edge: Edge, splits: Mapping[str, Split]) -> dict[str, Node]:
    return {
        listeners.EDGE_ROUTES_FILE: routes.edge(topology, edge, splits),
        listeners.INNER_ROUTES_FILE: routes.inner(topology, splits),
    }


def replace(path: Path, data: bytes) -> None:
    """Put `data` at `path` by a rename, the one change that Envoy's watcher looks for."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(data)
    fresh.replace(path)


def static(topology: Topology, edge: Edge) -> str:
    """One bootstrap with everything in it, for validation: listeners and routes inline instead of discovered."""
    whole = bootstrap.document(topology, edge)
    found = {name: document["resources"][0] for name, document in _routes(topology, edge, {}).items()}
    inline = listeners.document(topology, edge)["resources"]
    for listener in inline:
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        path = manager.pop("rds")["config_source"]["path_config_source"]["path"]
        manager["route_config"] = _bare(found[path])
    del whole["dynamic_resources"]
    fixed = whole.setdefault("static_resources", {"clusters": []})
    fixed["listeners"] = [_bare(item) for item in inline]
    fixed["clusters"] += [_bare(item) for item in clusters.document(topology)["resources"]]
    return to_yaml(whole)


def _bare(item: Node) -> Node:
    return {key: value for key, value in item.items() if key != "@type"}
