"""What `malha up` prints when the mesh is ready: addresses, and commands that work as they stand."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from services.mesh.settings import Mode
from services.mesh.smoke import sample
from services.mesh.topology import ANALYSIS, PRICING

if TYPE_CHECKING:
    from services.mesh.settings import MeshSettings
    from services.mesh.topology import Topology

_QUESTION = "cheapest H100 in Europe"
_SOURCE = "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x * 2)\n    return out\n"


def lines(topology: Topology, settings: MeshSettings) -> list[str]:
    """The announcement."""
    edge = f"localhost:{settings.edge_port}"
    who = [f"  {shlex.join(_malha(settings, 'login'))}"] if topology.guarded and _production(settings) else []
    return [
        "",
        f"The mesh is ready ({topology.profile}).",
        f"  gRPC, gRPC-Web and REST over TLS   https://{edge}",
        f"  the same without TLS, loopback     http://127.0.0.1:{settings.plaintext_port}",
        f"  the authority to trust             {settings.root / 'pki' / 'ca.pem'}",
        "",
        "Try it from any folder:",
        *who,
        *(f"  {command}" for command in commands(topology, settings)),
    ]


def commands(topology: Topology, settings: MeshSettings) -> list[str]:
    """One command each for the CLI, grpcurl and curl, quoted for a shell; with prices, one more."""
    names = {service.name for service in topology.services}
    edge = f"localhost:{settings.edge_port}"
    authority = str(settings.root / "pki" / "ca.pem")
    if ANALYSIS.name in names:
        message = json.dumps({"source": {"path": "example.py", "text": _SOURCE}})
        method, path = "malha.analysis.v1.AnalysisService/AnalyzeSource", "/v1/sources:analyze"
    else:
        message = json.dumps({"message": "hello"})
        method, path = "malha.testing.v1.EchoService/Echo", "/v1/echo"
    token = _token(settings) if topology.guarded else ""
    grpcurl = [_grpcurl(), "-cacert", authority]
    # Not `--json`: curl has it since 7.82 only.
    curl = ["curl", "-sS", "--cacert", authority, "-H", "content-type: application/json"]
    return [
        shlex.join(_malha(settings, "analyze", str(sample()))),
        f"{shlex.join(grpcurl)}{token} {shlex.join(['-d', message, edge, method])}",
        f"{shlex.join(curl)}{token} {shlex.join(['-d', message, f'https://{edge}{path}'])}",
        *([shlex.join(_malha(settings, "price", "ask", _QUESTION))] if PRICING.name in names else []),
    ]


def _token(settings: MeshSettings) -> str:
    """The option for the header with a token that the shell asks for each time: it lives for minutes."""
    return f' -H "authorization: Bearer $({shlex.join(_malha(settings, "token"))})"'


def _production(settings: MeshSettings) -> bool:
    return settings.mode is Mode.PRODUCTION


def _malha(settings: MeshSettings, *arguments: str) -> list[str]:
    """The command beside this Python, which need not be on the PATH, for this mesh, whatever the folder."""
    beside = Path(sys.executable).parent / "malha"
    return ["env", f"MALHA_STATE_DIR={settings.root}", str(beside) if beside.exists() else "malha", *arguments]


def _grpcurl() -> str:
    """grpcurl by its name when the PATH has it, else where `go install` puts it."""
    if shutil.which("grpcurl"):
        return "grpcurl"
    installed = Path("~/go/bin/grpcurl").expanduser()
    return str(installed) if installed.exists() else "grpcurl"
