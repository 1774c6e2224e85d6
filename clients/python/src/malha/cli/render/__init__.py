"""The forms a result can be written in. A writer takes outcomes one by one, so that nothing large is ever held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from malha.analysis.v1 import report_pb2
    from malha.cli.outcomes import Outcome


class Writer(Protocol):
    """Writes the outcomes of a run to a text stream."""

    def outcome(self, outcome: Outcome) -> None:
        """Writes one file."""

    def finish(self, summary: report_pb2.Summary, report: str) -> None:
        """Writes what comes at the end: the sums, and the name of the project's report, empty when it has none."""


def writer(form: str, stream: TextIO, *, colour: bool) -> Writer:
    """The writer for `table`, `json` or `sarif`."""
    if form == "json":
        from malha.cli.render.json_form import JsonWriter

        return JsonWriter(stream)
    if form == "sarif":
        from malha.cli.render.sarif import SarifWriter

        return SarifWriter(stream)
    from malha.cli.render.table import TableWriter

    return TableWriter(stream, colour=colour)
