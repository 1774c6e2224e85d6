"""Asks the real Envoy whether it would start with a rendered configuration."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from services.mesh import pki
from services.mesh.render import files

if TYPE_CHECKING:
    from services.mesh.render.document import Edge
    from services.mesh.topology import Topology


def validate(envoy: Path, topology: Topology, edge: Edge) -> str:
    """What Envoy objects to, empty when it accepts. `--mode validate` reads files of discovery only when they are
    static, so listeners, clusters and routes are put into the bootstrap for the question.
    """
    with tempfile.TemporaryDirectory(prefix="malha-validate-") as name:
        root = Path(name)
        for folder in ("envoy", "pki", "logs"):
            (root / folder).mkdir()
        pki.ensure(root / "pki")
        _lend_identity(root)
        files.write(root / "envoy", topology, edge)
        (root / "envoy" / "whole.yaml").write_text(files.static(topology, edge))
        for bootstrap in (files.BOOTSTRAP_FILE, "whole.yaml"):
            done = subprocess.run(
                [envoy, "--mode", "validate", "-c", bootstrap, "--log-level", "warning"],
                cwd=root / "envoy", capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode != 0:
                return f"{bootstrap}: {(done.stdout + done.stderr).strip()}"
    return ""


def _lend_identity(root: Path) -> None:
    """Put the edge's certificate where Envoy's own will be: whether it can be read is all that is asked here."""
    folder = root / "identity" / "envoy" / "current"
    folder.mkdir(parents=True)
    for name, source in (("certificate.pem", "edge.pem"), ("key.pem", "edge.key"), ("bundle.pem", "ca.pem")):
        (folder / name).write_bytes((root / "pki" / source).read_bytes())
