"""All files of one Envoy, rendered together and written so that a watching Envoy sees each change whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from services.mesh import policies
from services.mesh.render import bootstrap, clusters, listeners, routes
from services.mesh.render.document import Edge, to_yaml
from services.mesh.render.filters import CONTRACTS_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from services.mesh.topology import Topology

BOOTSTRAP_FILE = "bootstrap.yaml"


def render(topology: Topology, edge: Edge) -> dict[str, str]:
    """The YAML files by name. The endpoints are empty: they come and go while the mesh runs."""
    documents = {
        BOOTSTRAP_FILE: bootstrap.document(topology, edge),
        bootstrap.LISTENERS_FILE: listeners.document(topology, edge),
        listeners.ROUTES_FILE: routes.document(topology, edge),
        listeners.SECRETS_FILE: listeners.secrets(),
        bootstrap.CLUSTERS_FILE: clusters.document(topology),
    }
    documents |= {clusters.endpoints_file(s.name): clusters.endpoints(s.name, ()) for s in topology.services}
    return {name.removeprefix("./"): to_yaml(document) for name, document in documents.items()}


def write(folder: Path, topology: Topology, edge: Edge) -> None:
    """Write everything Envoy reads into `folder`, the compiled contracts included."""
    replace(folder / CONTRACTS_FILE, policies.descriptor_set(topology.services))
    for name, text in render(topology, edge).items():
        replace(folder / name, text.encode())


def replace(path: Path, data: bytes) -> None:
    """Put `data` at `path` by a rename, the one change that Envoy's watcher looks for."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(data)
    fresh.replace(path)


def static(topology: Topology, edge: Edge) -> str:
    """One bootstrap with everything in it, for validation: listeners and routes inline instead of discovered."""
    whole = bootstrap.document(topology, edge)
    (route_configuration,) = routes.document(topology, edge)["resources"]
    inline = listeners.document(topology, edge)["resources"]
    for listener in inline:
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        del manager["rds"]
        manager["route_config"] = {k: v for k, v in route_configuration.items() if k != "@type"}
    del whole["dynamic_resources"]
    fixed = whole.setdefault("static_resources", {"clusters": []})
    fixed["listeners"] = [{k: v for k, v in item.items() if k != "@type"} for item in inline]
    found = clusters.document(topology)["resources"]
    fixed["clusters"] += [{k: v for k, v in item.items() if k != "@type"} for item in found]
    return to_yaml(whole)
