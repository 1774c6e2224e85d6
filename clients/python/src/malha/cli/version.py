"""`malha version`: what is installed."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

import click


@click.command()
def version() -> None:
    """Show the versions of what is installed."""
    for name in ("malha-client", "malha", "grpcio", "protobuf"):
        try:
            click.echo(f"{name} {installed(name)}")
        except PackageNotFoundError:
            # The server distribution is not needed to use a mesh elsewhere.
            continue
    click.echo(f"python {platform.python_version()} on {platform.system()} {platform.machine()}")
