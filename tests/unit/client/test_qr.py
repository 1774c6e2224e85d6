"""A QR code on a terminal is what a camera reads, whatever the terminal's own colours are."""

from __future__ import annotations

import fcntl
import io
import os
import struct
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import segno
from malha.cli.render import qr

CONTENTS = [
    "https://localhost:8443/oauth2/device?user_code=BCDF-GHJK",
    "otpauth://totp/Malha:default%2Fana?secret=" + "A2B3C4D5" * 4 + "&issuer=Malha",
]
# What a terminal makes of a cell: is its upper, its lower half in the colour of the text?
_INK = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


@contextmanager
def terminal(columns: int = 80, encoding: str = "utf-8") -> Iterator[io.TextIOWrapper]:
    """Standard error of somebody who sits at a terminal."""
    ours, theirs = os.openpty()
    try:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        with os.fdopen(theirs, "w", encoding=encoding) as stream:
            yield stream
    finally:
        os.close(ours)


@pytest.fixture(autouse=True)
def a_common_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")


def seen(text: str) -> list[tuple[int, ...]]:
    """The modules as they light up: 1 is dark. Text is black and ground is white by the escape sequence alone."""
    rows: list[tuple[int, ...]] = []
    for line in text.splitlines():
        assert line.startswith("\x1b[38;5;16;48;5;231m") and line.endswith("\x1b[0m")
        cells = [_INK[cell] for cell in line.removeprefix("\x1b[38;5;16;48;5;231m").removesuffix("\x1b[0m")]
        rows += [tuple(upper for upper, _ in cells), tuple(lower for _, lower in cells)]
    return rows


@pytest.mark.parametrize("content", CONTENTS)
def test_what_stands_on_the_terminal_is_the_code_with_its_quiet_zone(content: str) -> None:
    with terminal() as stream:
        rows = seen(qr.code_for(content, stream))
    code = [tuple(row) for row in segno.make(content, micro=False).matrix]
    size = len(code)
    assert [row[4:-4] for row in rows[4 : 4 + size]] == code
    around = rows[:4] + rows[4 + size :] + [row[:4] + row[-4:] for row in rows]
    assert len(rows) - size in (8, 9) and {len(row) for row in rows} == {size + 8}
    assert not any(module for row in around for module in row)
    # Its corner is dark: a code that is inverted would begin with a light one.
    assert rows[4][4:11] == (1,) * 7


def test_where_it_cannot_be_read_it_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(columns=30) as narrow, terminal(encoding="latin-1") as old:
        assert (qr.code_for(CONTENTS[0], narrow), qr.code_for(CONTENTS[0], old)) == ("", "")
    assert qr.code_for(CONTENTS[0], io.StringIO()) == ""
    monkeypatch.setenv("TERM", "dumb")
    with terminal() as dumb:
        assert qr.code_for(CONTENTS[0], dumb) == ""


def test_both_codes_fit_a_terminal_of_the_usual_width() -> None:
    assert max(len(qr.modules(content)[0]) for content in CONTENTS) <= 80
