"""The listeners: TLS for everyone, plaintext on loopback for development, mTLS on loopback between the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.mesh.render import audit, connection, errors, filters, identity, limits, routes
from services.mesh.render.document import Edge, Node, resources, typed
from services.runtime.identity.spiffe import EDGE, spiffe_id

if TYPE_CHECKING:
    from services.mesh.topology import Topology

EDGE_ROUTES_FILE = "./routes.yaml"
INNER_ROUTES_FILE = "./routes-inner.yaml"
_LOOPBACK = "127.0.0.1"
_MIB = 1024 * 1024


def document(topology: Topology, edge: Edge) -> Node:
    """The file that the bootstrap reads the listeners from."""
    return resources(
        _listener(edge.host, edge.port, _outside("edge", topology, edge), edge, identity.for_everyone()),
        _listener(_LOOPBACK, edge.plaintext_port, _outside("plaintext", topology, edge), edge),
        _listener(_LOOPBACK, edge.inner_port, _between(topology), edge, identity.for_workloads()),
    )


def _outside(name: str, topology: Topology, edge: Edge) -> connection.Side:
    return connection.Side(
        name=name,
        routes=routes.EDGE,
        routes_file=EDGE_ROUTES_FILE,
        filters=filters.chain(topology, edge),
        replies=errors.local_reply(guarded=topology.guarded, limited=limits.applies(topology)),
        caller=spiffe_id(EDGE),
        refusals=audit.refusals(topology),
        trusted=False,
    )


def _between(topology: Topology) -> connection.Side:
    return connection.Side(
        name="inner",
        routes=routes.INNER,
        routes_file=INNER_ROUTES_FILE,
        filters=filters.inner_chain(topology),
        replies=errors.local_reply(topology.workloads),
        caller="%DOWNSTREAM_PEER_URI_SAN%",
        refusals=audit.refusals(topology),
        trusted=True,
    )


def _listener(host: str, port: int, side: connection.Side, edge: Edge, tls: Node | None = None) -> Node:
    manager = {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": connection.manager(side, edge),
    }
    return typed(
        "envoy.config.listener.v3.Listener",
        name=side.name,
        address={"socket_address": {"address": host, "port_value": port}},
        # Two meshes on one port would share its connections at random instead of failing.
        enable_reuse_port=False,
        per_connection_buffer_limit_bytes=_MIB,
        # Between so many newcomers, those who are there have their turn.
        max_connections_to_accept_per_socket_event=16,
        # Calls between services go on while a flood of connections fills the edge.
        ignore_global_conn_limit=side.trusted,
        filter_chains=[
            {
                "filters": [manager],
                **({"transport_socket": tls, "transport_socket_connect_timeout": "5s"} if tls else {}),
            }
        ],
    )
