"""A report about a password does not hold the password."""

from __future__ import annotations

import pytest

from tests.unit.analysis.engine import report_of


def _frames(text: str) -> list[str]:
    report = report_of(text)
    assert {finding.rule for finding in report.findings} & {"rules/S105", "rules/S106", "rules/S107"}
    return ["\n".join(finding.code_frame.lines) for finding in report.findings]


@pytest.mark.parametrize(
    "text",
    [
        'password = "swordfish"\n',
        "token = 'swordfish'  # why\n",
        'connect(user="me", password="swordfish")\n',
        'def f(a, password="swordfish"):\n    return a\n',
        'if password == "swordfish":\n    pass\n',
        'x = [1]\nfor i in range(len(x)):\n    print(x[i], "ä")\nå, secret = 1, 2\nsecret = "swordfish"\n',
        'password = """one\nswordfish\nthree"""\n',
    ],
)
def test_stars_stand_in_its_place(text: str) -> None:
    frames = _frames(text)
    assert "swordfish" not in "".join(frames)
    assert any("*****" in frame for frame in frames)


def test_all_else_is_as_it_was_and_where_it_was() -> None:
    (frame, *_) = _frames('a = "visible"\npassword = "swordfish"; b = "visible"\n')
    assert frame.splitlines()[:2] == ['a = "visible"', 'password = "*********"; b = "visible"']
