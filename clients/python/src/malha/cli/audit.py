"""`malha audit`: who did what, and whether the log still says so."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import EXIT_FOUND, connected, connection_options
from malha.cli.listing import LARGEST_PAGE, list_options, show_list, taken

if TYPE_CHECKING:
    from malha.identity.v1 import audit_service_pb2 as pb

_FILTER = click.option(
    "--filter",
    "expression",
    default="",
    metavar="AIP-160",
    help='Such as: decision = REFUSED AND time > "2026-01-31T12:00:00Z".',
)
_PLATFORM = click.option("--platform", is_flag=True, help="What was refused before anybody knew whose it was.")


@click.group()
def audit() -> None:
    """Read the audit log of your tenant: who did what, from where, with which decision."""


@audit.command("list")
@_FILTER
@_PLATFORM
@list_options(limit=50)
@connection_options
def list_(expression: str, platform: bool, limit: int, form: str, **place: Any) -> None:
    """List entries, the newest first."""
    with connected(**place) as client:
        page_size = min(limit, LARGEST_PAGE)
        listed = client.identity.list_audit_entries(filter=expression, platform=platform, page_size=page_size)
        found = taken(listed, limit)
    show_list("entries", found, form, _row)


@audit.command()
@_PLATFORM
@connection_options
def verify(platform: bool, **place: Any) -> int:
    """Look at every entry; exit 1 when the log is not what was written."""
    breaks: list[pb.ChainBreak] = []
    verified = 0
    with connected(**place) as client:
        for answer in client.identity.verify_audit(platform=platform):
            verified = answer.verified
            breaks += answer.breaks
    for found in breaks:
        click.echo(_broken(found))
    click.echo(f"{verified:,} entries looked at, {len(breaks) or 'none'} broken", err=True)
    return EXIT_FOUND if breaks else 0


@audit.command()
@_FILTER
@_PLATFORM
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@connection_options
def export(expression: str, platform: bool, form: str, **place: Any) -> None:
    """Write entries to standard output, the oldest first."""
    from malha.identity.v1 import audit_service_pb2 as pb

    kind = pb.EXPORT_FORMAT_CSV if form == "csv" else pb.EXPORT_FORMAT_JSON_LINES
    with connected(**place) as client:
        for piece in client.identity.export_audit(format=kind, filter=expression, platform=platform):
            sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _row(entry: pb.AuditEntry) -> str:
    from malha.cli.render.text import safe
    from malha.identity.v1 import audit_service_pb2 as pb

    when = entry.time.ToDatetime().strftime("%Y-%m-%d %H:%M:%S")
    decision = pb.Decision.Name(entry.decision).removeprefix("DECISION_").lower()
    parts = [f"{when}Z", f"{decision:<8}", f"{entry.action:<32}", entry.resource, entry.reason, entry.subject]
    return "  ".join(safe(part) for part in [*parts, entry.network] if part)


def _broken(found: pb.ChainBreak) -> str:
    from malha.identity.v1 import audit_service_pb2 as pb

    fault = pb.ChainFault.Name(found.fault).removeprefix("CHAIN_FAULT_").lower()
    return f"strand {found.strand}, entry {found.sequence:,}: {fault}"
