"""What people write on the command line: limits, spans of time, amounts and the like.

The functions are types of options: what they cannot read is a `click.BadParameter` that says what to write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

import click

_NUMBER: Final = r"\d[\d,]*(?:\.\d+)?|\.\d+"
_LIMITS: Final = re.compile(rf"(?P<sign>=|>=|<=)?(?P<first>{_NUMBER})?(?P<dots>\.\.|-)?(?P<last>{_NUMBER})?")
_SPAN: Final = re.compile(rf"({_NUMBER})\s*(ms|s|min|m|h|d)")
_MILLISECONDS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_MONTHS: Final = {"0": 0, "none": 0, "12": 12, "1y": 12, "36": 36, "3y": 36}
_PLACES: Final = 9


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the most; None leaves an end open."""

    least: Decimal | None
    most: Decimal | None

    @property
    def exact(self) -> bool:
        """Whether only one number will do."""
        return self.least is not None and self.least == self.most


def limits(text: str) -> Limits:
    """`8` for at least 8, `=8` for exactly, `8-16` from to, `..16` for at most."""
    found = _LIMITS.fullmatch(text.strip().replace(" ", ""))
    read = _limits(found) if found else None
    if read is None or (read.least is not None and read.most is not None and read.least > read.most):
        raise click.BadParameter(f"{text!r} is no such number: 8 is at least 8, =8 exactly, 8-16 from to, ..16 at most")
    return read


def _limits(found: re.Match[str]) -> Limits | None:
    sign, dots = found["sign"], found["dots"]
    first, last = (None if found[end] is None else decimal(found[end]) for end in ("first", "last"))
    if sign or not dots:
        if first is None or dots or last is not None:
            return None
        return Limits(None if sign == "<=" else first, None if sign in (None, ">=") else first)
    return None if first is None and (last is None or dots == "-") else Limits(first, last)


def span(text: str) -> timedelta:
    """A span of time, such as `250ms`, `90s`, `5m`, `2h` or `1d`."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"{text!r} is no span of time: write 250ms, 90s, 5m, 2h or 1d")
    return timedelta(microseconds=int(decimal(found[1]) * _MILLISECONDS[found[2]] * 1000))


def amount(text: str) -> Decimal:
    """An amount of money in dollars, such as `0.35` or `1,200`."""
    bare = text.strip().removeprefix("$").removesuffix("USD").strip()
    if not re.fullmatch(_NUMBER, bare) or len(bare.partition(".")[2]) > _PLACES:
        raise click.BadParameter(f"{text!r} is no amount: write 0.35 or 1200")
    return decimal(bare)


def share(text: str) -> float:
    """A part of the whole from 0 to 1, as `0.3` or `30%`."""
    bare = text.strip().removesuffix("%").strip()
    number = decimal(bare) if re.fullmatch(_NUMBER, bare) else Decimal(-1)
    part = number / 100 if text.strip().endswith("%") else number
    if not 0 <= part <= 1:
        raise click.BadParameter(f"{text!r} is no part of the whole: write 0.3 or 30%")
    return float(part)


def term(text: str) -> int:
    """Months of a commitment: `1y` or `12`, `3y` or `36`."""
    months = _MONTHS.get(text.strip().lower(), 0)
    if not months:
        raise click.BadParameter(f"{text!r} is no term: write 1y or 3y")
    return months


def longest_term(text: str) -> int:
    """The same, or 0 for none."""
    months = _MONTHS.get(text.strip().lower())
    if months is None:
        raise click.BadParameter(f"{text!r} is no term: write 0, 1y or 3y")
    return months


def decimal(text: str) -> Decimal:
    """The number, whose thousands may be grouped."""
    return Decimal(text.replace(",", ""))


def numbers(text: str, what: str) -> list[float]:
    """Numbers with commas or white space between them; `what` says what they are where one cannot be read."""
    parts = [part for part in re.split(r"[\s,;]+", text.strip()) if part]
    if wrong := next((part for part in parts if not re.fullmatch(_NUMBER, part)), None):
        raise click.BadParameter(f"{what}: {wrong[:60]!r} is no number")
    return [float(part) for part in parts]
