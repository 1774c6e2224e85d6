"""What holds for any source: places and edits fit the text, and safe fixes leave it sound."""

from __future__ import annotations

import ast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.analysis.domain.decoding import decode
from services.analysis.domain.errors import SourceError
from services.analysis.domain.findings import Position
from services.analysis.domain.rules.malha import MALHA_RULES
from services.analysis.domain.source import SourceFile
from tests.unit.analysis.engine import OWN_RULES, apply_safe_fixes, outcome_of, report_of

_PIECES = st.sampled_from(
    [rule.document.bad_example for rule in MALHA_RULES]
    + [rule.document.good_example for rule in MALHA_RULES]
    + [
        "def f(k, v):\n    d = {}\n    d.update({k: v})\n    x = []\n    x.extend([k])\n    return d, x\n",
        "x = ', '.join(f'{é}😀' for é in y)  # ü\n",
        "t = tuple(','.join(a for a in b) for b in c)\n",
        "\x0c\n",
        "if x:\n\ty = sorted(a for a in b)\n",
        "s = '''\n# no comment\n'''\n",
    ]
)
_SOURCES = st.tuples(st.lists(_PIECES, max_size=5), st.sampled_from(["\n", "\r\n", "\r"])).map(
    lambda drawn: "".join(drawn[0]).replace("\n", drawn[1])
)
_FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_FEW
@given(_SOURCES)
def test_safe_fixes_keep_a_source_parseable_and_come_to_an_end(text: str) -> None:
    ast.parse(text)
    for _ in range(4):
        fixed = apply_safe_fixes(text)
        ast.parse(fixed)
        if fixed == text:
            break
        text = fixed
    assert apply_safe_fixes(text) == text


@_FEW
@given(_SOURCES)
def test_findings_lie_in_the_source_in_order(text: str) -> None:
    decoded = decode(SourceFile("a.py", text))
    report = report_of(text, OWN_RULES)
    places = [(f.range.start.line, f.range.start.column, f.rule) for f in report.findings]
    assert places == sorted(places)
    for finding in report.findings:
        for end in (finding.range.start, finding.range.end):
            assert 1 <= end.line <= report.metrics.lines
            assert 1 <= end.column <= len(decoded.line(end.line)) + 1
    assert report.summary.findings == len(report.findings)
    assert sum(count.count for count in report.summary.by_severity) == len(report.findings)


@_FEW
@given(st.text(st.sampled_from("aé😀\t\x0c \r\n"), max_size=40), st.data())
def test_offsets_and_places_are_each_other_s_inverse(text: str, data: st.DataObject) -> None:
    decoded = decode(SourceFile("a.py", text))
    character = data.draw(st.integers(0, len(text)))
    if text[character - 1 : character + 1] == "\r\n":
        character -= 1
    offset = len(text[:character].encode())
    place = decoded.position(offset)
    assert decoded.offset(Position(place.line, place.column)) == offset


@_FEW
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60)))
def test_anything_gets_a_report_or_a_precise_error(content: bytes | str) -> None:
    outcome = outcome_of(content)
    assert not isinstance(outcome, SourceError) or outcome.line >= 1
