"""Prices over time: what was, and what is to be expected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from rich.text import Text

from malha import money
from malha.cli.price.render import charts, offers, words
from malha.cli.price.render.tables import Column
from malha.pricing.v1 import catalog_service_pb2 as pb
from malha.pricing.v1 import forecast_pb2

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page
    from malha.pricing.v1 import question_service_pb2

_WIDEST: Final = 60


def history(page: Page, series: question_service_pb2.PriceSeries, *, now: datetime | None = None) -> None:
    """An offer's prices, newest first, under a line of how they went."""
    page.write(Text(offers.title(series.offer), "bold"))
    points = list(series.prices)
    if points:
        _line(page, points, now or datetime.now(UTC))
    days = {words.day(each.begin_time) for each in points}
    moment = words.day if len(days) == len(points) else words.minute
    unit = words.currency([each.hourly_price for each in points])
    prices = words.hourly([each.hourly_price for each in points])
    columns = (
        Column("from"), Column("until"), Column(f"{unit}/h", right=True, style="green"),
        Column("change", right=True), Column("read", rank=1), Column("source"),
    )  # fmt: skip
    rows = [
        (
            moment(each.begin_time), moment(each.end_time) if each.HasField("end_time") else "now",
            prices[index], _change(each, points[index + 1] if index + 1 < len(points) else None),
            words.day(each.provenance.observe_time), page.sources.mark(each.provenance),
        )
        for index, each in enumerate(points)
    ]  # fmt: skip
    page.table(columns, rows, "no price of it was ever published")


def forecast(page: Page, answer: forecast_pb2.ForecastPricesResponse) -> None:
    """Where a price is going, with its intervals."""
    known = offers.by_name(answer.offers)
    offer = known.get(answer.offer)
    page.write(Text(offers.title(offer) if offer else offers.short_name(answer.offer), "bold"))
    if answer.points:
        middle = [money.nanos_of(point.expected.amount) for point in answer.points]
        page.write_as_is(Text(charts.sparkline(middle[: _room(page)], blocks=page.blocks), "cyan"))
    expected, low, high = (
        words.hourly([getattr(point, end).amount for point in answer.points]) for end in ("expected", "low", "high")
    )
    unit = words.currency([point.expected.amount for point in answer.points])
    columns = (
        Column("when"), Column(f"expected {unit}/h", right=True, style="green"), Column("low", right=True),
        Column("high", right=True), Column("source"),
    )  # fmt: skip
    mark = page.sources.mark(offer.provenance) if offer else ""
    rows = [
        (words.minute(point.time), expected[index], low[index], high[index], mark)
        for index, point in enumerate(answer.points)
    ]
    page.table(columns, rows, "no forecast")
    facts = [f"by {answer.method.replace('_', ' ')}", words.count(answer.observations, "observation")]
    facts += [words.count(answer.changes, "change of price", "changes of price")]
    facts += [f"intervals for {words.share(answer.coverage)}"] if answer.coverage else []
    if answer.HasField("backtest_coverage"):
        facts.append(f"which would have held {words.share(answer.backtest_coverage)} so far")
    page.write(", ".join(facts), "dim")
    if answer.notice:
        page.write(answer.notice, "yellow")
    page.notice(answer.catalogue)


def demand(page: Page, answer: forecast_pb2.ForecastDemandResponse) -> None:
    """Where a demand is going, with its intervals."""
    columns = (Column("step", right=True), Column("expected", right=True, style="green"), Column("low", right=True),
               Column("high", right=True))  # fmt: skip
    rows = [
        (str(point.step), words.plain(point.expected), words.plain(point.low), words.plain(point.high))
        for point in answer.points
    ]
    page.table(columns, rows, "no forecast")
    facts = [f"by {answer.method.replace('_', ' ')}", words.count(answer.observations, "observation")]
    facts += [
        f"{each.method.replace('_', ' ')} errs by {words.plain(each.mean_absolute_error)}" for each in answer.errors
    ]
    page.write(", ".join(facts), "dim")
    if answer.notice:
        page.write(answer.notice, "yellow")
    page.notice("from your own series")


def _line(page: Page, points: Sequence[pb.PricePoint], now: datetime) -> None:
    ascending = points[::-1]
    moments = [each.begin_time.ToDatetime(UTC).timestamp() for each in ascending]
    values = [money.nanos_of(each.hourly_price) for each in ascending]
    last = points[0]
    end = (last.end_time.ToDatetime(UTC) if last.HasField("end_time") else now).timestamp()
    lowest, highest = min(values), max(values)
    if lowest == highest:
        page.write(f"no change is known since {words.day(ascending[0].begin_time)}", "dim")
        return
    drawn = charts.sparkline(charts.resampled(moments, values, end, _room(page)), blocks=page.blocks)
    page.write_as_is(Text(drawn, "cyan"))
    unit = last.hourly_price.currency_code
    page.write(f"{money.text(money.of_nanos(lowest, unit))} to {money.text(money.of_nanos(highest, unit))}", "dim")


def _room(page: Page) -> int:
    return min(page.width, _WIDEST)


def _change(point: pb.PricePoint, before: pb.PricePoint | None) -> Text:
    old = money.nanos_of(before.hourly_price) if before is not None else 0
    if not old:
        return Text("")
    change = (money.nanos_of(point.hourly_price) - old) * 100 / old
    return Text(f"{change:+,.1f} %", "red" if change > 0 else "green")
