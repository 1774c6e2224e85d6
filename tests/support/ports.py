"""Free ports."""

import functools
import itertools
import socket
from collections.abc import Iterator

# Below the range from which Linux takes the ports of outgoing connections, and below that of a mesh's own replicas.
_FIRST, _SLICES, _SLICE = 10_000, 50, 200


def free_port() -> int:
    """A TCP port on loopback that nobody listens on right now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Such ports, all different.

    A server needs seconds until it listens on the port it was told. Nobody is given the same one in the meantime:
    each process that runs tests hands out ports from a slice of its own, all of them before one comes again.
    """
    ports = _ports()
    found: list[int] = []
    for _ in range(_SLICE):
        if len(found) == count:
            return found
        if _free(port := next(ports)):
            found.append(port)
    raise RuntimeError(f"{count} free ports were asked for, {len(found)} found in this process's slice")


@functools.cache
def _ports() -> Iterator[int]:
    for first in range(_FIRST, _FIRST + _SLICES * _SLICE, _SLICE):
        # An address without a file, which the system gives free when this process ends, however it ends.
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0malha-test-ports-{first}")
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        return itertools.cycle(range(first, first + _SLICE))
    raise RuntimeError(f"all {_SLICES} slices of ports are in use; are tests of other runs left over?")


_claims: list[socket.socket] = []


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
