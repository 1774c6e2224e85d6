"""Chooses ports on loopback."""

from __future__ import annotations

import itertools
import random
import socket

# Below the range from which Linux takes the ports of outgoing connections.
_RANGE = range(20_000, 32_000)


class PortTaken(Exception):
    """A port that the mesh needs is in use."""


# A process needs a moment until it listens on the port it was given. In an order of its own, a mesh gives each port
# once before one comes again, and two meshes beside each other seldom give the same one.
_ports = itertools.cycle(random.sample(_RANGE, k=len(_RANGE)))


def free_port() -> int:
    """A port nobody listens on at the moment, and nobody was given lately."""
    for port in itertools.islice(_ports, 200):
        if _free("127.0.0.1", port):
            return port
    raise PortTaken("no free port between 20,000 and 32,000")


def require_free(host: str, port: int, setting: str) -> None:
    """Raise PortTaken, with the setting that mends it, when `port` is in use."""
    if not _free(host, port):
        raise PortTaken(f"port {port} is in use; choose another one with {setting}")


def _free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
