"""Encodings, line ends and everything else that a source may be."""

from __future__ import annotations

import pytest

from services.analysis.domain import errors
from services.analysis.domain.options import AnalysisOptions
from tests.unit.analysis.engine import outcome_of, report_of, rules_in

JOIN = "x = ''.join(a for a in b)"


@pytest.mark.parametrize(
    ("content", "error", "line", "column"),
    [
        (b"x = 1\ny = '\xff'\n", errors.SourceEncodingInvalid, 2, 6),
        (b"# coding: nonsense\n", errors.SourceEncodingInvalid, 1, 1),
        (b"\n# -*- coding: rot13 -*-\n", errors.SourceEncodingInvalid, 2, 1),
        (b"# coding: utf-16\n", errors.SourceEncodingInvalid, 1, 1),
        (b"\xef\xbb\xbf# coding: latin-1\n", errors.SourceEncodingInvalid, 1, 1),
        (b"\xef\xbb\xbf# coding: utf8\n", errors.SourceEncodingInvalid, 1, 1),
        ("x = '\ud800'\n", errors.SourceEncodingInvalid, 1, 6),
        (b"a\r\nb\rc\0", errors.SourceNullCharacter, 3, 2),
        (b"x = (\n", errors.SourceSyntaxInvalid, 2, 1),
        ("é = = 1\n", errors.SourceSyntaxInvalid, 1, 5),
        (b"(" * 3000 + b")" * 3000, errors.SourceTooDeep, 1, None),
        (b"x = " + b"1+" * 9000 + b"1\n", errors.SourceTooDeep, 1, 5),
        (b"x = " + b"not " * 9000 + b"1\n", errors.SourceTooDeep, 1, None),
        (b"".join(b" " * n + b"if x:\n" for n in range(2100)) + b" " * 2100 + b"x\n", errors.SourceTooDeep, None, None),
        (b"#" * (5 * 1024 * 1024 + 1), errors.SourceTooLarge, 0, 0),
    ],
)
def test_a_bad_source_gets_a_precise_error(
    content: bytes | str, error: type[errors.SourceError], line: int | None, column: int | None
) -> None:
    outcome = outcome_of(content)
    assert type(outcome) is error
    assert line is None or outcome.line == line
    assert column is None or outcome.column == column
    assert str(outcome).startswith("a.py")


@pytest.mark.parametrize(
    ("content", "encoding", "line", "column"),
    [
        (f"{JOIN}\n".encode(), "utf-8", 1, 5),
        (b"\xef\xbb\xbf" + JOIN.encode(), "utf-8-sig", 1, 5),
        (f"# coding: latin-1\né = 1; {JOIN}\n".encode("latin-1"), "iso8859-1", 2, 12),
        (f"#!python\n# vim: fileencoding=cp1252 :\n'€'; {JOIN}\n".encode("cp1252"), "cp1252", 3, 10),
        (f"'€😀'; {JOIN}\n".encode(), "utf-8", 1, 11),
        (f"y = 1\r\n\r\n{JOIN}\r\n".encode(), "utf-8", 3, 5),
        (f"y = 1\r\r{JOIN}\r".encode(), "utf-8", 3, 5),
        (f"y = 1\n\x0c\n{JOIN}\n".encode(), "utf-8", 3, 5),
        (f"if y:\n\t{JOIN}\n".encode(), "utf-8", 2, 6),
        (f"# coding: latin-1\n'é'; {JOIN}\n", "utf-8", 2, 10),
    ],
)
def test_places_are_counted_as_the_contract_says(content: bytes | str, encoding: str, line: int, column: int) -> None:
    report = report_of(content, AnalysisOptions(select=frozenset({"MLH110"})))
    (finding,) = report.findings
    assert (finding.range.start.line, finding.range.start.column) == (line, column)
    assert report.encoding == encoding
    assert finding.range.end.column - finding.range.start.column == len(JOIN) - 4
    assert JOIN in finding.code_frame.lines[line - finding.code_frame.first_line]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_both_engines_agree_on_lines(end: str) -> None:
    code = end.join(["'é😀'", "import os", f"{JOIN}; y = list(a for a in b)", ""])
    report = report_of(code.encode(), AnalysisOptions(select=frozenset({"MLH110", "C400"})))
    assert [(f.rule, f.range.start.line, f.range.start.column) for f in report.findings] == [
        ("rules/MLH110", 3, 5),
        ("rules/C400", 3, 32),
    ]
    assert report.metrics.lines == 3


@pytest.mark.parametrize(
    ("code", "needs"),
    [
        ("print(x := 1)\n", 8),
        ("with (open('a') as f, open('b') as g):\n    pass\n", 9),
        ("match x:\n    case [1, *_]:\n        pass\n", 10),
        ("try:\n    pass\nexcept* ValueError:\n    pass\n", 11),
        ("type X[T] = list[T]\ndef f[T](x: T) -> T: ...\n", 12),
        ("class A[T = int]: ...\n", 13),
        ("x = t'{y}'\ntry:\n    pass\nexcept A, B:\n    pass\n", 14),
    ],
)
def test_syntax_is_that_of_the_target_version(code: str, needs: int) -> None:
    report_of(code, AnalysisOptions(target_version=(3, needs)))
    if needs > 9:
        outcome = outcome_of(code, AnalysisOptions(target_version=(3, needs - 1)))
        assert isinstance(outcome, errors.SourceSyntaxInvalid)
        assert outcome.line >= 1


@pytest.mark.parametrize("content", ["", "\n", "\x0c", "# only\n", b"\xef\xbb\xbf"])
def test_a_source_without_code_scores_100(content: str | bytes) -> None:
    report = report_of(content)
    assert (report.summary.score, report.metrics.maintainability, report.summary.findings) == (100, 100, 0)


@pytest.mark.parametrize(
    "line",
    ["x = " + "[" * 1500 + "]" * 1500 + "\n", "x = 1" + " + 1" * 1900 + "\n"],
)
def test_much_that_is_deep_is_refused_before_it_takes_long(line: str) -> None:
    outcome = outcome_of(line * (2 * 1024 * 1024 // len(line)))
    assert isinstance(outcome, errors.SourceTooDeep)


def test_wide_but_shallow_sources_are_accepted() -> None:
    report_of("x = [" + "-1, " * 20000 + "]\n")
    report_of("if a: pass\n" + "elif b: pass\n" * 3000)


def test_lines_are_told_apart() -> None:
    metrics = report_of('def f(a, *, b=1, **c):\n    """Doc\n\n    # text."""\n    # note\n\n    return a\n').metrics
    assert (metrics.lines, metrics.code_lines, metrics.comment_lines, metrics.blank_lines) == (7, 4, 1, 2)
    assert metrics.functions[0].parameters == 3
    assert rules_in("") == []


@pytest.mark.parametrize(
    ("body", "cyclomatic", "cognitive"),
    [
        ("return 1", 1, 0),
        ("if a and b and c: pass", 4, 2),
        ("if a and b or c and d: pass", 5, 4),
        ("for x in y:\n        if x: pass\n        elif z: pass\n        else: pass", 4, 5),
        ("while a:\n        try: pass\n        except E: pass", 3, 3),
        ("return [x for x in y if x]", 3, 0),
        ("return a if b else c", 2, 1),
        ("match x:\n        case 1: pass\n        case _: pass", 3, 1),
    ],
)
def test_complexity_follows_its_definitions(body: str, cyclomatic: int, cognitive: int) -> None:
    (function,) = report_of(f"def f():\n    {body}\n").metrics.functions
    assert (function.cyclomatic, function.cognitive) == (cyclomatic, cognitive)


def test_names_of_nested_scopes_are_qualified() -> None:
    code = "class A:\n    @d\n    def b(self):\n        def c(): pass\n        x = ''.join(a for a in b)\n"
    report = report_of(code)
    assert [f.qualified_name for f in report.metrics.functions] == ["A.b", "A.b.<locals>.c"]
    assert report.metrics.functions[0].range.start.line == 2
    assert {f.symbol for f in report.findings if f.rule == "rules/MLH110"} == {"A.b"}
