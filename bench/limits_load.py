"""A load of decisions over TLS: h2load cannot show a certificate."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Sequence
from pathlib import Path

from services.limits.wire import frames
from services.limits.wire.frames import FrameReader
from services.limits.wire.replies import block, framed
from services.runtime.identity.files import BUNDLE, CERTIFICATE, CURRENT, KEY


def drive(port: int, identity: Path, path: str, messages: Sequence[bytes], *, connections: int, waiting: int) -> None:
    """Asks for decisions, each of `messages` once, over so many connections with `waiting` questions under way on each.

    `identity` is the folder of the workload that asks. Raises AssertionError: one was not answered.
    """
    shares = [messages[number::connections] for number in range(connections)]
    failures: list[BaseException] = []

    def run(share: Sequence[bytes]) -> None:
        try:
            _Client(port, identity, path).ask(share, waiting)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


class _Client:
    def __init__(self, port: int, identity: Path, path: str) -> None:
        folder = identity / CURRENT
        context = ssl.create_default_context(cafile=str(folder / BUNDLE))
        context.check_hostname = False
        context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
        context.set_alpn_protocols(["h2"])
        self._socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port)))
        self._reader = FrameReader()
        self._reader.begun = True
        self._head = block(
            [
                (":method", "POST"), (":scheme", "https"), (":path", path), (":authority", "limits"),
                ("content-type", "application/grpc"), ("te", "trailers"), ("grpc-timeout", "50m"),
            ]
        )  # fmt: skip
        self._socket.sendall(
            frames.PREFACE
            + frames.settings([(frames.INITIAL_WINDOW_SIZE, 2**24)])
            + frames.frame(frames.SETTINGS, frames.ACK, 0)
            + frames.window_update(0, 2**30)
        )
        # The table is given up once, in the first block.
        self._before = b"\x20"

    def ask(self, messages: Sequence[bytes], waiting: int) -> None:
        asked = answered = 0
        while answered < len(messages):
            until = min(len(messages), answered + waiting)
            if asked < until:
                self._socket.sendall(b"".join(self._call(n, messages[n]) for n in range(asked, until)))
                asked = until
            for kind, flags, _, payload in self._reader.feed(self._socket.recv(262_144)):
                assert kind not in (frames.RST_STREAM, frames.GOAWAY), payload
                if kind == frames.HEADERS and flags & frames.END_STREAM:
                    answered += 1
        self._socket.close()

    def _call(self, number: int, message: bytes) -> bytes:
        stream, head, self._before = 2 * number + 1, self._before + self._head, b""
        return frames.frame(frames.HEADERS, frames.END_HEADERS, stream, head) + frames.frame(
            frames.DATA, frames.END_STREAM, stream, framed(message)
        )
