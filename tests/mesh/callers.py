"""A caller that goes on while a test treats the mesh, and what became of its calls."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Self

import grpc
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1 import echo_service_pb2_grpc as rpc

if TYPE_CHECKING:
    from types import TracebackType

    from tests.mesh.conftest import RunningMesh

_DEADLINE_SECONDS = 5.0
_IN_FLIGHT = 64


class Caller:
    """Calls at a steady rate from its own thread, whatever becomes of the calls, until the block ends.

    Attributes:
        versions: how many calls each version has answered.
        failures: the status and details of each call that failed.
    """

    def __init__(self, mesh: RunningMesh, rate: float = 60.0, header: str | None = None) -> None:
        self.versions: Counter[str] = Counter()
        self.failures: list[str] = []
        self._target = f"127.0.0.1:{mesh.plaintext_port}"
        self._pause = 1 / rate
        self._metadata = (("x-malha-version", header),) if header else ()
        self._stop = threading.Event()
        self._room = threading.Semaphore(_IN_FLIGHT)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        options = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0))
        with grpc.insecure_channel(self._target, options=options) as channel:
            stub = rpc.EchoServiceStub(channel)
            due = time.monotonic()
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                due += self._pause
                self._room.acquire()
                call = stub.DescribeCall.future(
                    pb.DescribeCallRequest(), timeout=_DEADLINE_SECONDS, metadata=self._metadata
                )
                call.add_done_callback(self._done)
            for _ in range(_IN_FLIGHT):
                self._room.acquire()

    def _done(self, call: grpc.Future[pb.DescribeCallResponse]) -> None:
        if call.exception() is None:
            self.versions[call.result().version] += 1
        else:
            self.failures.append(str(call.exception()).replace("\n", " ")[:300])
        self._room.release()


def version_of(mesh: RunningMesh, header: str) -> str:
    """The version that answers a call with the header."""
    with grpc.insecure_channel(f"127.0.0.1:{mesh.plaintext_port}") as channel:
        metadata = (("x-malha-version", header),)
        answer = rpc.EchoServiceStub(channel).DescribeCall(pb.DescribeCallRequest(), timeout=5, metadata=metadata)
        return str(answer.version)
