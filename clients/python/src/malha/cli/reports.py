"""`malha reports`: what was analysed before."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import connected, connection_options

if TYPE_CHECKING:
    from malha.analysis.v1 import report_pb2


@click.command()
@click.argument("name", required=False)
@click.option("--filter", "expression", default="", metavar="AIP-160", help='Such as: path = "pkg/*".')
@click.option("--order-by", default="", metavar="FIELDS", help="Such as: summary.score. [default: newest first]")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many to list.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@connection_options
def reports(name: str | None, expression: str, order_by: str, limit: int, form: str, **place: Any) -> None:
    """List the stored reports, or show the one with this NAME (reports/..., or its id alone)."""
    with connected(**place) as client:
        if name:
            found = [client.analysis.get_report(f"reports/{name.removeprefix('reports/')}")]
        else:
            page_size = min(limit, 1000)
            listed = client.analysis.list_reports(filter=expression, order_by=order_by, page_size=page_size)
            found = list(islice(listed, limit))
    if form == "json":
        click.echo(_json(found, single=bool(name)))
    elif name:
        _show(found[0])
    else:
        click.echo("\n".join(_row(report) for report in found) or "no reports")


def _json(found: list[report_pb2.Report], *, single: bool) -> str:
    from malha.cli.render.json_form import as_dict, dump

    return dump(as_dict(found[0]) if single else {"reports": [as_dict(report) for report in found]})


def _row(report: report_pb2.Report) -> str:
    from malha.cli.names import KINDS
    from malha.cli.render.text import safe

    summary, kind = report.summary, KINDS.get(report.kind, "")
    when = report.create_time.ToDatetime().strftime("%Y-%m-%d %H:%M:%S")
    counts = f"score {summary.score:>5.1f}  {summary.findings:>6,} findings"
    return f"{report.name}  {when}Z  {kind:<7}  {counts}  {safe(report.path)}"


def _show(report: report_pb2.Report) -> None:
    from malha.analysis.v1 import report_pb2
    from malha.cli.outcomes import Outcome
    from malha.cli.render.table import TableWriter
    from malha.settings import colour_wanted

    table = TableWriter(sys.stdout, colour=colour_wanted(sys.stdout.isatty()))
    table.outcome(Outcome(report.path, report))
    table.finish(report.summary, report.name)
    if report.kind == report_pb2.REPORT_KIND_PROJECT:
        click.echo(f"its files: malha reports --filter 'parent = \"{report.name}\"'")
