"""`python -m tests.support.backend PORT IDENTITY_FOLDER NAME ANSWERS`: a server behind Envoy that takes every method.

It answers each call, whatever its shape, with one message: the bytes of the file in the folder ANSWERS that is named
like the method, such as `Echo`, or an empty one where there is none. It tells in the trailing metadata who it is
(`served-by`), what Envoy told it of the caller (`seen-caller`) and which headers it got (`seen-headers`). The metadata
of a request may ask for a `delay` (seconds) or for a `fail` (the number of a gRPC code).
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc


class Everything(grpc.GenericRpcHandler):
    """Handles every path but those of the health service."""

    def __init__(self, name: str, answers: Path) -> None:
        self._name = name
        self._answers = answers

    def service(self, handler_call_details: Any) -> Any:
        if handler_call_details.method.startswith("/grpc."):
            return None
        answer = self._answers / handler_call_details.method.rpartition("/")[2]
        return grpc.stream_unary_rpc_method_handler(lambda requests, context: self._answer(answer, requests, context))

    def _answer(self, answer: Path, requests: Any, context: Any) -> bytes:
        asked = dict(context.invocation_metadata())
        for _ in requests:
            pass
        seen = [value for key, value in context.invocation_metadata() if key == "x-malha-caller"]
        names = ",".join(sorted(asked))
        context.set_trailing_metadata(
            (("served-by", self._name), ("seen-caller", ",".join(seen)), ("seen-headers", names))
        )
        time.sleep(float(asked.get("delay", 0)))
        if code := int(asked.get("fail", 0)):
            context.abort(next(c for c in grpc.StatusCode if c.value[0] == code), "as asked")
        return answer.read_bytes() if answer.exists() else b""


def main(port: str, identity: str, name: str, answers: str) -> None:
    """Serve until killed."""
    folder = Path(identity) / "current"
    key, certificate = (folder / "key.pem").read_bytes(), (folder / "certificate.pem").read_bytes()
    trust = (folder / "bundle.pem").read_bytes()
    pings = [("grpc.http2.min_recv_ping_interval_without_data_ms", 100), ("grpc.http2.max_ping_strikes", 0)]
    server = grpc.server(ThreadPoolExecutor(64), handlers=[Everything(name, Path(answers))], options=pings)
    checks = health.HealthServicer()
    checks.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    server.add_secure_port(f"127.0.0.1:{port}", grpc.ssl_server_credentials([(key, certificate)], trust, True))
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main(*sys.argv[1:])
