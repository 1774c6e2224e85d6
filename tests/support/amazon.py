"""A local server with Amazon's price file of one region, given away piece by piece from a file of any size.

`python -m tests.support.amazon FILE` is one in a process of its own, for measurements: see `amazon_apart`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from services.pricing.adapters.priority import give_way

REGION = "us-east-1"
_INDEX = "/offers/v1.0/aws/AmazonEC2/current/region_index.json"
_FILE = f"/offers/v1.0/aws/AmazonEC2/20261120183221/{REGION}/index"
_SMALL = {
    _INDEX: {"regions": {REGION: {"regionCode": REGION, "currentVersionUrl": f"{_FILE}.json"}}},
    "/advisor.json": {"ranges": [{"index": 0, "max": 5}], "spot_advisor": {}},
}
_PIECE = 1024 * 1024


@dataclass
class Amazon:
    """What is given away: of `file` the first `cut` bytes, all where it is None, each piece while `gate` is open."""

    file: Path
    host: str = ""
    cut: int | None = None
    gate: threading.Event = field(default_factory=threading.Event)

    @property
    def variables(self) -> dict[str, str]:
        """The settings that lead here."""
        return {
            "MALHA_AWS_PRICES_URL": f"http://{self.host}",
            "MALHA_AWS_ADVISOR_URL": f"http://{self.host}/advisor.json",
            "MALHA_PRICING_SAVINGS_PLANS": "false",
            "MALHA_PRICING_REGIONS": REGION,
            "MALHA_PLAIN_PRICE_HOSTS": self.host,
        }

    @property
    def length(self) -> int:
        """Bytes that are given away."""
        size = self.file.stat().st_size
        return size if self.cut is None else min(self.cut, size)


@contextmanager
def amazon(file: Path) -> Iterator[Amazon]:
    """The server, which gives away whole files until told otherwise."""
    given = Amazon(file)
    given.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == f"{_FILE}.csv":
                self._begin(given.length)
                self._send(given.length)
            elif self.path in _SMALL:
                body = json.dumps(_SMALL[self.path]).encode()
                self._begin(len(body))
                self.wfile.write(body)
            else:
                self.send_error(404)

        def _begin(self, length: int) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(length))
            self.end_headers()

        def _send(self, left: int) -> None:
            with given.file.open("rb") as source:
                while left and (piece := source.read(min(left, _PIECE))):
                    given.gate.wait()
                    try:
                        self.wfile.write(piece)
                    except ConnectionError:
                        return  # nobody wants the rest
                    left -= len(piece)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    given.host = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield given
    finally:
        given.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def amazon_apart(file: Path) -> Iterator[Amazon]:
    """A server in another process, which gives way to all others as if it were on another machine. It gives away what
    `file` is at the moment; nothing of what is given back but its `variables` leads there."""
    command = [sys.executable, "-m", __name__, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            yield Amazon(file, process.stdout.readline().strip())
        finally:
            process.stdin.close()


def _serve(file: Path) -> None:
    """Until standard input ends."""
    give_way()
    with amazon(file) as given:
        sys.stdout.write(f"{given.host}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
