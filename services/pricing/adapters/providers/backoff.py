"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_random = random.SystemRandom()


def pause(failures: int, first: float, longest: float) -> float:
    """Seconds to wait after so many failures in a row: full jitter, evenly between nothing and a bound that doubles.

    Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    return _random.uniform(0.0, min(longest, first * 2.0 ** min(failures - 1, 32)))


def asked_wait(header: str | None, now: datetime) -> float | None:
    """The seconds of a Retry-After header (RFC 9110, 10.2.3), as a number or a date; None without a readable one."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
