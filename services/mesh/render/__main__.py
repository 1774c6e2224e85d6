"""`python -m services.mesh.render [--check] [--validate]`: the committed configuration of the default profile."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import click

from services.mesh import binaries
from services.mesh.render import files
from services.mesh.render.document import Edge
from services.mesh.render.validate import validate
from services.mesh.topology import PROFILES

OUT = Path("envoy")


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when the committed files differ.")
@click.option("--validate", "ask_envoy", is_flag=True, help="Let Envoy itself check every profile.")
def main(check: bool, ask_envoy: bool) -> None:
    """Render envoy/ for the default profile."""
    rendered = files.render(PROFILES["default"], Edge())
    failed = _differs(rendered) if check else _write(rendered)
    if ask_envoy:
        for topology in PROFILES.values():
            for edge in (Edge(), Edge(otlp_endpoint="127.0.0.1:4317")):
                objection = validate(binaries.find().envoy, topology, edge)
                if objection:
                    click.echo(f"profile {topology.profile}: {objection}", err=True)
                    failed = True
    sys.exit(1 if failed else 0)


def _write(rendered: dict[str, str]) -> bool:
    OUT.mkdir(exist_ok=True)
    for stale in {path.name for path in OUT.glob("*.yaml")} - rendered.keys():
        (OUT / stale).unlink()
    for name, text in rendered.items():
        (OUT / name).write_text(text)
    return False


def _differs(rendered: dict[str, str]) -> bool:
    committed = {path.name: path.read_text() for path in OUT.glob("*.yaml")}
    failed = False
    for name in sorted(rendered.keys() | committed.keys()):
        before, after = committed.get(name, "").splitlines(True), rendered.get(name, "").splitlines(True)
        difference = "".join(difflib.unified_diff(before, after, f"committed/{name}", f"rendered/{name}"))
        if difference:
            failed = True
            click.echo(difference, err=True)
    return failed


if __name__ == "__main__":
    main()
