"""What `malha up` prints when the mesh is ready: addresses, and commands that work as they stand."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from services.mesh.smoke import sample
from services.mesh.topology import ANALYSIS

if TYPE_CHECKING:
    from services.mesh.settings import MeshSettings
    from services.mesh.topology import Topology

_SOURCE = "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x * 2)\n    return out\n"


def lines(topology: Topology, settings: MeshSettings) -> list[str]:
    """The announcement."""
    edge = f"localhost:{settings.edge_port}"
    return [
        "",
        f"The mesh is ready ({topology.profile}).",
        f"  gRPC, gRPC-Web and REST over TLS   https://{edge}",
        f"  the same without TLS, loopback     http://127.0.0.1:{settings.plaintext_port}",
        f"  the authority to trust             {settings.root / 'pki' / 'ca.pem'}",
        "",
        "Try it from any folder:",
        *(f"  {command}" for command in commands(topology, settings)),
    ]


def commands(topology: Topology, settings: MeshSettings) -> list[str]:
    """One command each for the CLI, grpcurl and curl, quoted for a shell."""
    edge = f"localhost:{settings.edge_port}"
    authority = str(settings.root / "pki" / "ca.pem")
    if ANALYSIS.name in (service.name for service in topology.services):
        message = json.dumps({"source": {"path": "example.py", "text": _SOURCE}})
        method, path = "malha.analysis.v1.AnalysisService/AnalyzeSource", "/v1/sources:analyze"
    else:
        message = json.dumps({"message": "hello"})
        method, path = "malha.testing.v1.EchoService/Echo", "/v1/echo"
    json_type = "content-type: application/json"
    return [
        shlex.join(["env", f"MALHA_STATE_DIR={settings.root}", _malha(), "analyze", str(sample())]),
        shlex.join([_grpcurl(), "-cacert", authority, "-d", message, edge, method]),
        # Not `--json`: curl has it since 7.82 only.
        shlex.join(["curl", "-sS", "--cacert", authority, "-H", json_type, "-d", message, f"https://{edge}{path}"]),
    ]


def _malha() -> str:
    """The command beside this Python, which need not be on the PATH."""
    beside = Path(sys.executable).parent / "malha"
    return str(beside) if beside.exists() else "malha"


def _grpcurl() -> str:
    """grpcurl by its name when the PATH has it, else where `go install` puts it."""
    if shutil.which("grpcurl"):
        return "grpcurl"
    installed = Path("~/go/bin/grpcurl").expanduser()
    return str(installed) if installed.exists() else "grpcurl"
