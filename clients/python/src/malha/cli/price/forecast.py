"""`malha price forecast`: where a price, or a demand, is going."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from malha.cli.connection import connected
from malha.cli.price.answering import Form, answer_options, offer_name
from malha.cli.price.values import share, span
from malha.cli.price.workloads import series as read_series


@click.command()
@click.argument("offer", required=False)
@click.option("--horizon", type=click.IntRange(1, 1000), metavar="N", help="Steps to look ahead. [default: 30]")
@click.option("--step", type=span, metavar="SPAN", help="How long a step is, 1h to 31d. [default: 1d]")
@click.option("--coverage", type=share, metavar="SHARE", help="What the intervals are to hold. [default: 90%]")
@click.option("--demand", metavar="N,N,...|@FILE", help="Instead of an OFFER: a demand of yours, oldest first.")
@click.option("--season", type=click.IntRange(2, 5000), metavar="N", help="With --demand: steps in a season.")
@answer_options
def forecast(
    offer: str | None, horizon: int | None, step: timedelta | None, coverage: float | None, demand: str | None,
    season: int | None, form: Form, **place: Any,
) -> None:  # fmt: skip
    """Say where the price of an OFFER is going by its own history, or where a demand of yours is, with intervals."""
    if (offer is None) == (demand is None):
        raise click.UsageError("give an OFFER or --demand")
    if offer is None and demand is not None:
        _forecast_demand(read_series(demand, "--demand"), form, place, (horizon, season, coverage))
        return
    if season is not None:
        raise click.UsageError("--season goes with --demand")
    with connected(**place) as client:
        answer = client.pricing.forecast_prices(
            offer_name(offer or ""), horizon=horizon or 0, step=step, coverage=coverage
        )
    from malha.cli.price.render import series

    form.show(answer, lambda page: series.forecast(page, answer))


def _forecast_demand(
    given: list[float], form: Form, place: dict[str, Any], wish: tuple[int | None, int | None, float | None]
) -> None:
    horizon, season, coverage = wish
    with connected(**place) as client:
        answer = client.pricing.forecast_demand(given, horizon=horizon or 0, season=season, coverage=coverage)
    from malha.cli.price.render import series

    form.show(answer, lambda page: series.demand(page, answer))
