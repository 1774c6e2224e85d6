"""The operator's way to the supervisor: its address, and a channel with the operator's certificate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from services.mesh.layout import write_private
from services.mesh.supervisor import lock
from services.runtime.identity.files import IdentityFolder, IdentityUnreadable
from services.runtime.identity.spiffe import MESH, OPERATOR, server_name

if TYPE_CHECKING:
    import grpc

    from services.mesh.layout import Layout

# What a connection may take, TLS included: a supervisor that is frozen is told from one that is slow.
_CONNECT_MS = 3_000
# How long a watch may be silent before the supervisor is asked whether it lives. It refuses to be asked more often than
# every ten seconds.
_KEEPALIVE_MS = 20_000
_KEEPALIVE_TIMEOUT_MS = 5_000


class NotRunning(Exception):
    """No mesh runs in this state folder, or it is not far enough to be asked; the text says what to do."""


def address(layout: Layout) -> str:
    """Where the supervisor answers, as `host:port`; raises NotRunning."""
    try:
        holder = lock.holder(layout.lock)
    except PermissionError:
        raise NotRunning(f"{layout.root} is closed to you: name your own state folder with MALHA_STATE_DIR") from None
    if holder is None:
        raise NotRunning(f"no mesh is up in {layout.root}: start one with `malha up`")
    try:
        written = json.loads(layout.admin_file.read_bytes())
        if written["pid"] == holder:
            return str(written["address"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # the supervisor that holds the lock has not written it yet, or no longer answers
    raise NotRunning(f"the mesh in {layout.root} is just starting or stopping: ask again in a moment")


def write_address(layout: Layout, host_and_port: str, pid: int) -> None:
    """Tell where the supervisor `pid` answers."""
    write_private(layout.admin_file, json.dumps({"address": host_and_port, "pid": pid}) + "\n")


def connect(layout: Layout) -> grpc.Channel:
    """A channel to the supervisor, not connected yet; raises NotRunning.

    Every call has the deadline and the retries of its contract; to connect takes seconds at most, or fails.
    """
    import grpc
    from malha.mesh.v1 import mesh_service_pb2
    from malha.service_config import largest_messages, service_config

    from services.runtime.identity.credentials import channel_credentials

    target = address(layout)
    try:
        identity = IdentityFolder(layout.identity / OPERATOR).last
    except IdentityUnreadable as error:
        raise NotRunning(f"the mesh gives no certificate to its operator: {error}") from None
    services = (mesh_service_pb2.DESCRIPTOR.services_by_name["MeshService"],)
    largest_request, largest_response = largest_messages(services)
    options: tuple[tuple[str, str | int], ...] = (
        ("grpc.service_config", service_config(services)),
        ("grpc.service_config_disable_resolution", 1),
        ("grpc.ssl_target_name_override", server_name(MESH)),
        ("grpc.min_reconnect_backoff_ms", _CONNECT_MS),
        ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", _KEEPALIVE_TIMEOUT_MS),
        ("grpc.enable_http_proxy", 0),
        ("grpc.max_send_message_length", largest_request),
        ("grpc.max_receive_message_length", largest_response),
    )
    return grpc.secure_channel(target, channel_credentials(identity), options)
