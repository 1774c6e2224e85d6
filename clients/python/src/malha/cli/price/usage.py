"""The options that say for how long something runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from malha.pricing.v1 import workload_pb2

_Function = TypeVar("_Function", bound=Callable[..., Any])


def usage_options(function: _Function) -> _Function:
    """Adds the options, and gives the verb what they say as `usage`; None where nothing is said: it always runs."""

    @wraps(function)
    def gathered(*args: Any, hours: float | None, hours_a_day: float | None, days: float | None, **given: Any) -> Any:
        if hours is not None and (hours_a_day is not None or days is not None):
            raise click.UsageError("give either --hours (a month), or --hours-a-day with or without --days-a-week")
        if days is not None and hours_a_day is None:
            raise click.UsageError("--days-a-week goes with --hours-a-day")
        return function(*args, usage=_usage(hours, hours_a_day, days), **given)

    for option in (
        click.option("--days-a-week", "days", type=click.FloatRange(0, 7), metavar="N", help="With --hours-a-day."),
        click.option("--hours-a-day", type=click.FloatRange(0, 24), metavar="N", help="Hours it runs each day."),
        click.option(
            "--hours", type=click.FloatRange(0, 730), metavar="N", help="Hours it runs each month. [default: all 730]"
        ),
    ):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]


def _usage(hours: float | None, hours_a_day: float | None, days: float | None) -> workload_pb2.Usage | None:
    from malha.pricing.v1 import workload_pb2

    if hours is None and hours_a_day is None:
        return None
    return workload_pb2.Usage(hours_a_month=hours, hours_a_day=hours_a_day, days_a_week=days)
