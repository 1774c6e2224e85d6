"""A real Envoy with the rendered configuration, alone: no registry, no database; the endpoints are what a test says."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import grpc
import yaml

from services.mesh import binaries, pki
from services.mesh.identity import Rotation
from services.mesh.render import clusters, files
from services.mesh.render.bootstrap import LISTENERS_FILE
from services.mesh.render.clusters import Endpoint
from services.mesh.render.document import Edge, Node, to_yaml
from services.mesh.topology import PROFILES, Topology
from services.mesh.traffic import Split
from tests.support.mesh_process import ROOT, wait_until
from tests.support.ports import free_ports


@dataclass
class Backend:
    """One process behind Envoy: of `tests.support.backend`, or a replica of the echo service."""

    name: str
    endpoint: Endpoint
    process: subprocess.Popen[bytes]

    def freeze(self) -> None:
        """Stop it where it is: its connections stay open, nothing is answered."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()


class _Pipe(http.client.HTTPConnection):
    """HTTP over Envoy's admin socket, whose path may be too long for an address."""

    def __init__(self, folder: Path) -> None:
        super().__init__("admin", timeout=20)
        self._folder = folder

    def connect(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(self.timeout)
            self.sock.connect(f"/proc/self/fd/{descriptor}/admin.sock")
        finally:
            os.close(descriptor)


@dataclass
class Alone:
    """Envoy in a folder of its own."""

    root: Path
    topology: Topology
    edge: Edge
    process: subprocess.Popen[bytes] | None = None
    backends: list[Backend] = field(default_factory=list)

    def start(self, binary: Path) -> None:
        """Start Envoy and wait until it serves."""
        with (self.root / "logs" / "envoy.log").open("wb") as log:
            self.process = subprocess.Popen(
                [binary, "-c", files.BOOTSTRAP_FILE, "--concurrency", "1", "--disable-hot-restart",
                 "--log-level", "warning", "--drain-time-s", "1"],
                cwd=self.root / "envoy", stdout=log, stderr=log,
            )  # fmt: skip
        wait_until(self._ready, 20, f"Envoy is ready\n{self.log()}")

    def stop(self) -> None:
        """End Envoy and all backends."""
        for backend in self.backends:
            backend.kill()
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def log(self) -> str:
        """What Envoy wrote."""
        return (self.root / "logs" / "envoy.log").read_text()

    def ask(self, path: str, verb: str = "GET") -> str:
        """The answer of Envoy's admin interface."""
        connection = _Pipe(self.root / "envoy")
        try:
            connection.request(verb, path)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status != 200:
            raise ConnectionError(f"{path}: {answer.status} {text}")
        return text

    def stat(self, name: str) -> int:
        """One counter or gauge; 0 when Envoy has not made it yet."""
        found = self.ask(f"/stats?filter=^{name}$").split(": ")
        return int(found[1]) if len(found) == 2 else 0

    @property
    def rss_mib(self) -> float:
        """Envoy's resident memory."""
        assert self.process is not None
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def backend(self, service: str, name: str, zone: str = "local") -> Backend:
        """Start a backend with the identity of `service`; it gets no calls before it is published."""
        (port,) = free_ports(1)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.backend", str(port), str(self.root / "identity" / service), name,
             str(self.root / "answers")],
            cwd=ROOT,
        )  # fmt: skip
        self.backends.append(Backend(name, Endpoint("127.0.0.1", port, zone), process))
        return self.backends[-1]

    def replica(
        self,
        name: str,
        zone: str = "local",
        *,
        service: str = "echo",
        module: str = "services.testing",
        **variables: str,
    ) -> Backend:
        """Start a replica of a service, the echo's unless told; it gets no calls before it is published."""
        (port,) = free_ports(1)
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("MALHA_")},
            "MALHA_COMPONENT": service,
            "MALHA_REPLICA": name,
            "MALHA_LISTEN": f"127.0.0.1:{port}",
            "MALHA_STATE_DIR": str(self.root),
            "MALHA_IDENTITY_DIR": str(self.root / "identity" / service),
            "MALHA_INNER_ADDRESS": f"127.0.0.1:{self.edge.inner_port}",
            "MALHA_ZONE": zone,
            **variables,
        }
        with (self.root / "logs" / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, "serve"],
                cwd=ROOT, env=environment, stdout=log, stderr=log,
            )  # fmt: skip
        self.backends.append(Backend(name, Endpoint("127.0.0.1", port, zone), process))
        return self.backends[-1]

    def publish(self, cluster: str, *members: Backend) -> None:
        """Let a cluster have these endpoints."""
        document = clusters.endpoints(cluster, [member.endpoint for member in members], self.edge.zone)
        files.replace(self.root / "envoy" / clusters.endpoints_file(cluster), to_yaml(document).encode())

    def wait_healthy(self, cluster: str, count: int, seconds: float = 15) -> float:
        """Wait until Envoy finds exactly `count` members of a cluster healthy; the seconds it took."""
        gauge = f"cluster.{cluster}.membership_healthy"
        return wait_until(lambda: self.stat(gauge) == count, seconds, f"{gauge} is {count}")

    def split(self, splits: Mapping[str, Split]) -> None:
        """Replace the routes."""
        files.write_routes(self.root / "envoy", self.topology, self.edge, splits)

    def credentials(self, workload: str) -> grpc.ChannelCredentials:
        """What a workload shows when it calls."""
        folder = self.root / "identity" / workload / "current"
        bundle, key, chain = ((folder / f"{name}.pem").read_bytes() for name in ("bundle", "key", "certificate"))
        return grpc.ssl_channel_credentials(bundle, key, chain)

    def inner(self, workload: str) -> grpc.Channel:
        """A channel to the inner listener."""
        options = [("grpc.ssl_target_name_override", "envoy.malha.local")]
        return grpc.secure_channel(f"127.0.0.1:{self.edge.inner_port}", self.credentials(workload), options)

    def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        try:
            return self.ask("/ready").startswith("LIVE")
        except OSError:
            return False


@contextmanager
def alone(
    root: Path,
    profile: str = "testing",
    workloads: Collection[str] = (),
    change: Callable[[Node], None] = lambda bootstrap: None,
    topology: Topology | None = None,
    listeners: Callable[[Node], None] = lambda listeners: None,
    **settings: Any,
) -> Iterator[Alone]:
    """Envoy with the topology of `profile`, or with `topology`, on ports of its own.

    `workloads` get an identity beside those of the topology; `change` may alter the bootstrap, `listeners` those;
    `settings` are fields of `Edge`.
    """
    binary = binaries.find().envoy
    for name in ("envoy", "pki", "logs", "answers"):
        (root / name).mkdir(parents=True)
    topology = topology or PROFILES[profile]
    ports = free_ports(3)
    edge = Edge(port=ports[0], plaintext_port=ports[1], inner_port=ports[2])
    running = Alone(root, topology, replace(edge, **settings))
    pki.ensure(root / "pki")
    Rotation(root, [*topology.workloads, *workloads], 3600.0).ensure()
    files.write(root / "envoy", topology, running.edge)
    _alter(root / "envoy" / files.BOOTSTRAP_FILE, change)
    _alter(root / "envoy" / LISTENERS_FILE, listeners)
    try:
        running.start(binary)
        yield running
    finally:
        running.stop()


def _alter(path: Path, change: Callable[[Node], None]) -> None:
    document = yaml.safe_load(path.read_text())
    change(document)
    path.write_text(to_yaml(document))
