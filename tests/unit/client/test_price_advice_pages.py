"""Recommendations, portfolios, plans and forecasts as a person reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from malha.cli.price.render import plans, recommendations, series
from malha.pricing.v1 import capacity_pb2, forecast_pb2, offer_pb2, recommendation_pb2

from tests.support import price_messages as messages
from tests.support.paper import Paper

ON_DEMAND, SPOT = messages.offer(), messages.offer("m7i.large", "0.0316", "SPOT")
figure = messages.figure


def recommended() -> recommendation_pb2.RecommendConfigurationResponse:
    lines = [recommendation_pb2.ConfigurationLine(offer=each.name, count=2) for each in (ON_DEMAND, SPOT)]
    mixed = recommendation_pb2.ConfigurationOption(
        lines=lines, hourly=figure("0.2648"), monthly=figure("193.304"), yearly=figure("2319.648"),
        interruptible_share=0.5, monthly_difference=figure("0"), explanation=["gives 8 vCPUs"],
    )  # fmt: skip
    alone = recommendation_pb2.ConfigurationOption(
        lines=[recommendation_pb2.ConfigurationLine(offer=ON_DEMAND.name, count=4)], hourly=figure("0.4032"),
        monthly=figure("294.336"), yearly=figure("3532.032"), monthly_difference=figure("101.032"),
    )  # fmt: skip
    lost = recommendation_pb2.RejectedOption(
        provider=offer_pb2.PROVIDER_AZURE, purchase_option=offer_pb2.PURCHASE_OPTION_RESERVED, term_months=36,
        reason=recommendation_pb2.REJECTION_REASON_TERM_TOO_LONG, text="binds for 36 months, 0 are accepted",
    )  # fmt: skip
    return recommendation_pb2.RecommendConfigurationResponse(
        options=[mixed, alone], rejected=[lost], hours_a_month=730, offers=[ON_DEMAND, SPOT],
        catalogue=messages.CATALOGUE,
    )  # fmt: skip


def covered() -> recommendation_pb2.RecommendConfigurationResponse:
    line = recommendation_pb2.PortfolioLine(
        offer=SPOT.name, role=recommendation_pb2.PORTFOLIO_ROLE_SPOT, instances=10, paid_hours=7300, used_hours=7300,
        monthly=figure("230.68"), total=figure("2768.16"),
    )  # fmt: skip
    portfolio = recommendation_pb2.Portfolio(
        lines=[line], monthly=figure("230.68"), total=figure("2768.16"), all_on_demand=figure("8830.08"),
        saving=figure("6061.92"), saving_percent=68.65, interruptible_share=1,
        risks=[recommendation_pb2.PortfolioRisk(kind="interruption", text="all of it may end", figure=figure("505"))],
    )  # fmt: skip
    return recommendation_pb2.RecommendConfigurationResponse(
        portfolio=portfolio, optimal=True, offers=[SPOT], catalogue=messages.CATALOGUE
    )


def planned() -> capacity_pb2.PlanCapacityResponse:
    plan = capacity_pb2.CapacityPlan(
        strategy="cheapest", instances=6, concurrency=8, monthly=figure("355.66"), yearly=figure("4267.92"),
        formula="130/s x 0.25 s / 8, rounded up: 5; with 1 to spare: 6", survives=["1 instance may fail"],
        lines=[capacity_pb2.CapacityLine(
            offer=ON_DEMAND.name, instances=6, instance_hours=2646.25, monthly=figure("355.66")
        )],
        hours=[capacity_pb2.CapacityHour(hour=hour, needed=1, running=2 if hour < 12 else 6) for hour in range(24)],
        scheduled=[capacity_pb2.ScheduledScaling(cron="58 5 * * *", from_hour=6, to_hour=7, min_instances=3)],
        event_driven=[capacity_pb2.EventScaling(
            signal="rate_per_instance", scale_out_above=32, scale_in_below=21.3, cooldown=Duration(seconds=90),
            min_instances=2, max_instances=6, formula="8 / 0.25 s",
        )],
    )  # fmt: skip
    return capacity_pb2.PlanCapacityResponse(plans=[plan], offers=[ON_DEMAND], catalogue=messages.CATALOGUE)


def expected() -> forecast_pb2.ForecastPricesResponse:
    answer = forecast_pb2.ForecastPricesResponse(
        offer=SPOT.name, method="damped_drift", observations=40, changes=9, coverage=0.9, backtest_coverage=0.92,
        notice="from 40 days", offers=[SPOT], catalogue=messages.CATALOGUE,
    )  # fmt: skip
    for day in range(3):
        point = answer.points.add(expected=figure("0.032"), low=figure("0.03"), high=figure("0.035"))
        point.time.FromDatetime(messages.READ_AT + timedelta(days=day))
    return answer


def demanded() -> forecast_pb2.ForecastDemandResponse:
    return forecast_pb2.ForecastDemandResponse(
        method="holt_winters", observations=48, coverage=0.9,
        points=[forecast_pb2.DemandForecastPoint(step=1, expected=12.5, low=9, high=1600)],
        errors=[forecast_pb2.ForecastError(method="holt_winters", mean_absolute_error=1.25)],
    )  # fmt: skip


WRITTEN: list[tuple[Callable[..., None], Any, list[str]]] = [
    (recommendations.recommendation, recommended(), [
        "2 x aws us-east-1 m7i.large on demand + 2 x aws us-east-1 m7i.large spot", "193.30", "101.03", "50 %",
        "- gives 8 vCPUs", "the search reached a limit", "azure reserved 3y", "binds for 36 months, 0 are accepted",
    ]),
    (recommendations.recommendation, covered(), [
        "spot aws us-east-1 m7i.large spot", "7,300", "2,768.16", "saves 6,061.92 USD, 68.7 % against 8,830.08 USD",
        "may take away 100 % of all hours", "risk, interruption: all of it may end (505.00 USD)",
    ]),
    (plans.capacity, planned(), [
        "cheapest: 6 instances, 355.66 USD a month", "rounded up: 5", "2,646.25", "2 to 6", "58 5 * * *", "6 to 7",
        "rate per instance", "21.3", "90 s", "- 1 instance may fail",
    ]),
    (series.forecast, expected(), [
        "0.0320", "2026-11-22 06:30Z", "by damped drift, 40 observations, 9 changes of price", "held 92 % so far",
        "from 40 days",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("draw", "answer", "parts"), WRITTEN, ids=["options", "portfolio", "plans", "forecast"])
def test_an_answer_is_written_in_full(draw: Callable[..., None], answer: Any, parts: list[str]) -> None:
    paper = Paper(400, sources=True)
    draw(paper.page, answer)
    text = " ".join(paper.text().split())
    assert [
        part for part in (*parts, "[1] https://prices.example/aws.json", messages.CATALOGUE.notice) if part not in text
    ] == []


@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize(("draw", "answer", "parts"), WRITTEN, ids=["options", "portfolio", "plans", "forecast"])
def test_no_line_is_wider_than_the_terminal(
    draw: Callable[..., None], answer: Any, parts: list[str], width: int
) -> None:
    paper = Paper(width)
    draw(paper.page, answer)
    assert [line for line in paper.text().splitlines() if len(line) > width] == []


def test_a_demand_is_told_to_be_ones_own() -> None:
    paper = Paper(80)
    series.demand(paper.page, demanded())
    text = paper.text()
    assert "1,600" in text and "holt winters errs by 1.25" in text and text.splitlines()[-1] == "from your own series"


def test_what_cannot_be_covered_says_where_to_look() -> None:
    paper = Paper(80)
    recommendations.recommendation(paper.page, recommendation_pb2.RecommendConfigurationResponse())
    assert "nothing will do" in paper.text()
