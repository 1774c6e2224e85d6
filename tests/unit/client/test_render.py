"""The forms of output."""

from __future__ import annotations

import io
import json

from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from malha.analysis.v1 import report_pb2
from malha.cli.outcomes import Failure, Outcome, Totals
from malha.cli.render import writer
from malha.cli.render.diff import Hunk, hunks
from malha.cli.render.json_form import as_dict
from malha.cli.render.text import blank_like, safe

from tests.integration.client.fake_analysis import report_of

TEXT = "x\nprint(1)\n"
REPORT = report_of("a.py", TEXT.encode(), TEXT.split("\n"))


def edit(start: tuple[int, int], end: tuple[int, int], text: str) -> report_pb2.TextEdit:
    place = report_pb2.Range(
        start=report_pb2.Position(line=start[0], column=start[1]), end=report_pb2.Position(line=end[0], column=end[1])
    )
    return report_pb2.TextEdit(range=place, new_text=text)


def changed(text: str, *edits: report_pb2.TextEdit) -> list[Hunk] | None:
    lines = text.split("\n")
    return hunks(edits, lambda number: lines[number - 1] if number <= len(lines) else None)


def test_a_diff_shows_only_what_changes() -> None:
    assert changed("a\nb\nc\n", edit((2, 1), (2, 2), "B")) == [Hunk(2, ("b",), ("B",))]
    assert changed("a\nb\nc", edit((2, 1), (3, 1), "")) == [Hunk(2, ("b",), ())]
    assert changed("a\nb", edit((1, 1), (1, 1), "import x\n")) == [Hunk(1, (), ("import x",))]
    assert changed("a\nb", edit((2, 1), (3, 1), "")) == [Hunk(2, ("b",), ())]
    assert changed("a\nb\nc\nd\ne", edit((1, 1), (1, 2), "A"), edit((5, 1), (5, 2), "E")) == [
        Hunk(1, ("a",), ("A",)),
        Hunk(5, ("e",), ("E",)),
    ]
    assert changed("a", edit((3, 1), (3, 2), "")) is None


def test_json_agrees_with_the_contract_field_by_field() -> None:
    ours = as_dict(REPORT)
    theirs = MessageToDict(REPORT, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    theirs["summary"]["lines"] = int(theirs["summary"]["lines"])
    theirs["summary"]["code_lines"] = int(theirs["summary"]["code_lines"])
    assert ours == theirs


@given(st.lists(st.booleans(), max_size=5))
def test_machine_forms_are_always_readable_and_complete(kinds: list[bool]) -> None:
    for form in ("json", "sarif"):
        stream, totals = io.StringIO(), Totals()
        shown = writer(form, stream, colour=False)
        for good in kinds:
            outcome = Outcome("a.py", REPORT if good else Failure("SOURCE_TOO_LARGE", "too large"))
            totals.add(outcome.result)
            shown.outcome(outcome)
        shown.finish(totals.summary(), "")
        written = json.loads(stream.getvalue())
        if form == "json":
            assert len(written["files"]) == len(kinds)
            assert written["summary"]["files"] + written["summary"]["failed_files"] == len(kinds)
            assert written["summary"]["findings"] == sum(len(file["findings"]) for file in written["files"])
        else:
            assert len(written["runs"][0]["results"]) == sum(kinds)


def test_source_cannot_command_the_terminal() -> None:
    evil = "print('\x1b]0;owned\x07\u202e')"
    report = report_of("a\x1b[2J.py", evil.encode(), [evil])
    stream = io.StringIO()
    writer("table", stream, colour=False).outcome(Outcome("a\x1b[2J.py", report))
    assert not {"\x1b", "\x07", "\u202e"} & set(stream.getvalue())


def test_carets_stand_under_what_they_mean() -> None:
    assert blank_like("\tab") == "\t  "
    assert blank_like("日e\u0301") == "   "
    assert safe("\x00\u00e9") == "\u2400\u00e9"


def test_the_score_of_nothing_is_full() -> None:
    assert Totals().summary().score == 100.0
