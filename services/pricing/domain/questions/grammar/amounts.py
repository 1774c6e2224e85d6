"""Rules for time: `8 hours a day`, `for 3 months`, `monthly`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from services.pricing.domain.questions.grammar.cursor import number, sign, skip
from services.pricing.domain.questions.grammar.reading import Duration
from services.pricing.domain.questions.lexicon import Sign, Span

if TYPE_CHECKING:
    from services.pricing.domain.questions.grammar.reading import Reading
    from services.pricing.domain.questions.marks import Mark


def rate(marks: list[Mark], at: int) -> tuple[Span | None, int]:
    """`per hour`, `/h`, `monthly`: the period and the place behind it."""
    found = sign(marks, at)
    if found is Sign.RATE:
        return span(marks[at]), at + 1
    if found in (Sign.PER, Sign.POR, Sign.EACH, Sign.THE, Sign.ONE) and sign(marks, at + 1) is Sign.TIME:
        return span(marks[at + 1]), at + 2
    return None, at


def span(mark: Mark) -> Span | None:
    return mark.value if isinstance(mark.value, Span) else None


def time(marks: list[Mark], at: int, reading: Reading) -> int:
    """`8 hours a day`, `5 days a week`, `for 3 months`."""
    half = sign(marks, at) is Sign.HALF
    start = skip(marks, at, (Sign.ONE, Sign.HALF, Sign.THE) if half else (Sign.ONE, Sign.HALF))
    value = number(marks, start)
    after = start + 1
    if value is None:
        value, after = Decimal("0.5") if half else Decimal(1), start
        if start == at:
            return at
    if sign(marks, after) is Sign.DASH:
        after += 1
    if sign(marks, after) in (Sign.OR, Sign.VERSUS, Sign.AND) and number(marks, after + 1) is not None:
        return _shared_unit(marks, at, value, after, reading)
    if sign(marks, after) is not Sign.TIME:
        return at
    unit = span(marks[after])
    assert unit is not None
    until = _until(marks, after + 1, value) if unit is Span.HOUR else None
    if until is not None:
        reading.hours_a_day = until[0]
        return until[1]
    more, end = _and_a_half(marks, skip(marks, after + 1, (Sign.TOTAL,)))
    value += more
    if _share(marks, end, value, unit, reading) is not None:
        return _share(marks, end, value, unit, reading) or end
    reading.durations.append(Duration(value * unit.value, at))
    return end


def _shared_unit(marks: list[Mark], at: int, value: Decimal, joint: int, reading: Reading) -> int:
    """`1` of `1 or 3 years`, up to the joint, where a time of years or months follows; else nothing is taken."""
    behind = joint + 2 + (sign(marks, joint + 2) is Sign.DASH)
    unit = span(marks[behind]) if sign(marks, behind) is Sign.TIME else None
    if unit not in (Span.YEAR, Span.MONTH):
        return at
    reading.durations.append(Duration(value * unit.value, at))
    return joint


def _until(marks: list[Mark], at: int, start: Decimal) -> tuple[Decimal, int] | None:
    """`... to 18h` behind `8h`: how many hours of a day that are, and the place behind it."""
    end = number(marks, at + 1) if sign(marks, at) in (Sign.TO, Sign.AT_MOST, Sign.THE, Sign.DASH) else None
    if end is None or sign(marks, at + 2) is not Sign.TIME or not start < end <= 24:
        return None
    return end - start, at + 3


def _and_a_half(marks: list[Mark], at: int) -> tuple[Decimal, int]:
    """`... and a half` behind a time: how much more of it, and the place behind."""
    half = skip(marks, at + 1, (Sign.ONE,))
    if sign(marks, at) is Sign.AND and sign(marks, half) is Sign.HALF:
        return Decimal("0.5"), half + 1
    return Decimal(0), at


def _share(marks: list[Mark], at: int, value: Decimal, unit: Span, reading: Reading) -> int | None:
    """`... a day` behind `8 hours`: the place behind it; None where it is no share of a period."""
    period, end = rate(marks, at)
    if (
        period is None
        and sign(marks, skip(marks, at, (Sign.IN, Sign.OF, Sign.FOR))) is Sign.WORKDAYS
        and unit is Span.HOUR
    ):
        reading.hours_a_day, reading.days_a_week = value, Decimal(5)
        return skip(marks, at, (Sign.IN, Sign.OF, Sign.FOR)) + 1
    match unit, period:
        case Span.HOUR, Span.DAY:
            reading.hours_a_day = min(value, Decimal(24))
        case Span.HOUR, Span.WEEK:
            reading.hours_a_week = min(value, Decimal(168))
        case Span.HOUR, Span.MONTH:
            reading.hours_a_month = min(value, Decimal(744))
        case Span.HOUR, Span.YEAR:
            reading.hours_a_year = min(value, Decimal(8_784))
        case Span.DAY, Span.WEEK:
            reading.days_a_week = min(value, Decimal(7))
        case Span.DAY, Span.MONTH:
            reading.days_a_month = min(value, Decimal(31))
        case _:
            return None
    return end


def period(marks: list[Mark], at: int, reading: Reading) -> int:
    """`monthly`, `per year`: what a price is asked for; behind `for`, how long it is used."""
    found, end = rate(marks, at)
    if found is None:
        return at
    word = marks[at].word
    whole = word.startswith(("a ", "an ", "whole", "entire", "full", "all ")) or word.endswith((" inteiro", " todo"))
    if (sign(marks, at - 1) is Sign.FOR and whole) or (whole and not word.startswith(("a ", "an "))):
        more, end = _and_a_half(marks, end)
        reading.durations.append(Duration(found.value * (1 + more), at))
    elif found is not Span.HOUR or reading.asked_period is None:
        reading.asked_period = found
    return end


def past(marks: list[Mark], at: int, reading: Reading) -> int:
    """`since last year`, `nos ultimos 3 meses`: how far back one looks; it is no time of use."""
    end = skip(marks, at, (Sign.PAST, Sign.IN, Sign.OF, Sign.THE))
    reading.cues.add(Sign.PAST)
    counted = end + (sign(marks, end) in (Sign.NUMBER, Sign.ONE))
    return counted + 1 if sign(marks, counted) is Sign.TIME else end


def hours_of(reading: Reading, durations: list[Duration]) -> Decimal | None:
    """For how many hours in all each instance runs, to the hundredth; None where nothing is said of it.

    A share of a day or week without a length of time is of one month of 730 hours.
    """
    # `for a day, 24 hours`: the same time, said twice.
    whole = sum({each.hours for each in durations}, Decimal(0))
    asked = reading.asked_period if reading.asked_period not in (None, Span.HOUR) else None
    shares = (
        reading.hours_a_day, reading.hours_a_week, reading.hours_a_month, reading.hours_a_year, reading.days_a_week,
        reading.days_a_month,
    )  # fmt: skip
    if not whole:
        if asked is None and not reading.always and all(each is None for each in shares):
            return None
        whole = (asked or Span.MONTH).value
    hours = whole
    if reading.hours_a_month is not None:
        hours = reading.hours_a_month * whole / Span.MONTH.value
    elif reading.hours_a_year is not None:
        hours = reading.hours_a_year * whole / Span.YEAR.value
    elif reading.hours_a_week is not None:
        hours = reading.hours_a_week * whole / Span.WEEK.value
    else:
        if reading.hours_a_day is not None:
            hours = hours * reading.hours_a_day / 24
        if reading.days_a_week is not None:
            hours = hours * reading.days_a_week / 7
        elif reading.days_a_month is not None:
            hours = hours * reading.days_a_month * 24 / Span.MONTH.value
    return (hours.quantize(Decimal("0.01")).normalize() + 0) if hours > 0 else None
