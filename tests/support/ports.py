"""Free ports."""

import random
import socket

# Below the range from which Linux takes the ports of outgoing connections, and below that of a mesh's own replicas:
# what is free now is then still free when its server has started, however many tests run beside each other.
_RANGE = range(10_000, 20_000)


def free_port() -> int:
    """A TCP port on loopback that nobody listens on right now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Such ports, all different."""
    found: list[int] = []
    for port in random.SystemRandom().sample(_RANGE, k=len(_RANGE)):  # not seeded, unlike a test's own choices
        if len(found) == count:
            break
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
    return found
