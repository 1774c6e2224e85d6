"""`python -m services.mesh.contracts {generate,check}`: the contract half of `make generate` and `make lint`."""

from __future__ import annotations

import sys

import click

from services.mesh.contracts import lint, stubs
from services.mesh.contracts.compile import CompileError
from services.runtime.auth.catalogue import permissions
from services.runtime.method import ContractIncomplete


@click.group()
def main() -> None:
    """Compile, check and publish the contracts under protos/."""


@main.command()
def generate() -> None:
    """Format the contracts and write the Python stubs."""
    lint.check_format(write=True)
    stubs.generate()


@main.command()
@click.option("--against", help="The git revision whose contracts must keep working. Default: the main branch.")
def check(against: str | None) -> None:
    """Check format, lint, breaking changes and that the committed stubs are current."""
    failed = False
    stale = stubs.differences()
    for title, text in (
        ("buf format (mend with `make generate`)", lint.check_format()),
        ("buf lint", lint.lint()),
        ("buf breaking", lint.breaking(against)),
        ("permissions", _without_permission()),
        ("stubs that differ from the contracts (mend with `make generate`)", "\n".join(stale)),
    ):
        if text:
            failed = True
            click.echo(f"{title}:\n{text}\n", err=True)
    sys.exit(1 if failed else 0)


def _without_permission() -> str:
    """The first method that nobody could be let into or kept out of; empty when there is none."""
    try:
        permissions()
    except ContractIncomplete as error:
        return str(error)
    return ""


if __name__ == "__main__":
    try:
        main()
    except CompileError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
