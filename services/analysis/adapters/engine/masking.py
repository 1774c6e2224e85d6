"""Keeps what looks like a password out of reports: these are kept, sent and shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from services.analysis.adapters.engine.ruff import Diagnostic
from services.analysis.domain.decoding import DecodedSource

# ruff's rules whose place is a password: assigned, passed, or a parameter's default.
_PASSWORDS = frozenset({"S105", "S106", "S107"})
_QUOTED = re.compile(r"""(?P<open>["'])(?P<text>[^"']*)(?P<close>["']?)""")


def masked_lines(source: DecodedSource, diagnostics: Sequence[Diagnostic]) -> Mapping[int, str]:
    """The lines in which ruff sees a password, by their numbers, with stars in its place; as long as they were."""
    lines: dict[int, str] = {}
    for found in diagnostics:
        if found.code not in _PASSWORDS:
            continue
        first, last = found.location.row, found.end_location.row
        for number in range(first, last + 1):
            line = lines.get(number) or source.line(number)
            start = found.location.column - 1 if number == first else 0
            end = found.end_location.column - 1 if number == last else len(line)
            lines[number] = line[:start] + _masked(line[start:end], whole=first != last) + line[end:]
    return lines


def _masked(text: str, *, whole: bool) -> str:
    """The text with stars for what stands between quotes; `whole`: it is a part of a longer literal."""
    if whole:
        return re.sub(r"\S", "*", text)
    return _QUOTED.sub(lambda quoted: quoted["open"] + "*" * len(quoted["text"]) + quoted["close"], text)
