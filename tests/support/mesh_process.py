"""A whole mesh in a private state folder, driven as a user drives it: by the `malha` command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import malha
from malha.auth import found
from malha.auth.tokens import Tokens, TokenSource
from malha.channel import open_channel
from malha.settings import Endpoint

from tests.support.alone import alone
from tests.support.ports import free_ports

ROOT = Path(__file__).parents[2]
MALHA = Path(sys.executable).parent / "malha"
START_SECONDS = 120


@dataclass(frozen=True)
class Mesh:
    """A running mesh. Whoever calls it past the client brings what `headers` gives: nothing where nobody is asked."""

    state: Path
    environment: Mapping[str, str]
    edge: str
    plaintext: str
    inner: str
    said: str = ""
    """What `malha up` said."""

    @cached_property
    def source(self) -> TokenSource | str:
        """Where the tokens of whoever started the mesh come from; an empty text where it asks nobody for one."""
        file = self.state / "credentials" / "development.json"
        if not file.exists():
            return ""
        channel = open_channel(Endpoint(self.edge, ca_file=self.ca))
        return found.development(file, channel)

    @cached_property
    def _tokens(self) -> Tokens | None:
        return None if isinstance(self.source, str) else Tokens(self.source)

    @property
    def headers(self) -> dict[str, str]:
        """What a call of whoever started the mesh brings: a token that is valid now."""
        return {"authorization": f"Bearer {self._tokens.get()}"} if self._tokens else {}

    @property
    def header_options(self) -> list[str]:
        """The same for curl and grpcurl."""
        return [part for name, value in self.headers.items() for part in ("-H", f"{name}: {value}")]

    def connect(self, token: str | None = None) -> malha.Client:
        """A client of whoever started the mesh, or of the `token`; an empty one means nobody."""
        return malha.connect(self.edge, ca_file=self.ca, token=self.source if token is None else token)

    @property
    def ca(self) -> Path:
        """The authority that signed the edge's certificate."""
        return Path(json.loads((self.state / "edge.json").read_text())["ca_file"])

    def run(
        self, *arguments: str, stdin: bytes | None = None, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run `malha` with `arguments` against this mesh and answer with what came out."""
        done = subprocess.run(
            [str(MALHA), *arguments],
            cwd=ROOT, env=dict(self.environment), input=stdin, capture_output=True, timeout=timeout, check=False,
        )  # fmt: skip
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    def status(self) -> dict[str, Any]:
        """`malha status --json`."""
        status: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return status

    def component(self, name: str) -> dict[str, Any]:
        """One component of the status."""
        return next(entry for entry in self.status()["components"] if entry["name"] == name)


@contextmanager
def mesh(state: Path, *arguments: str, **variables: str) -> Iterator[Mesh]:
    """A mesh that is up inside the block, on ports of its own, and down after it."""
    edge, plaintext, inner = free_ports(3)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("MALHA_")},
        # Logins of tests are theirs, and nothing of theirs goes into anybody's keyring.
        "XDG_CONFIG_HOME": str(state.with_name(f"{state.name}-home")),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "MALHA_STATE_DIR": str(state),
        "MALHA_EDGE_PORT": str(edge),
        "MALHA_PLAINTEXT_PORT": str(plaintext),
        "MALHA_INNER_PORT": str(inner),
        **variables,
    }
    running = Mesh(state, environment, f"localhost:{edge}", f"127.0.0.1:{plaintext}", f"127.0.0.1:{inner}")
    try:
        with alone():
            started = running.run("up", "--detach", *arguments, timeout=START_SECONDS)
        assert started.returncode == 0, f"malha up failed\n{started.stdout}\n{started.stderr}\n{logs(state)}"
        yield replace(running, said=started.stdout)
    finally:
        running.run("down")


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait for a condition; the seconds it took. Fails the test when it does not come true in time."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - started


def logs(state: Path) -> str:
    """The ends of all logs, to be shown with a failure."""
    return "\n".join(
        f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-15:])
        for path in sorted(state.glob("logs/*.log"))
    )
