"""Advice is the same over gRPC and REST, and right where it can be computed by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import malha
import pytest

from services.mesh.topology import PRICING
from tests.e2e.pricing_requests import M7I, REQUESTS
from tests.e2e.surfaces import by_client, by_curl
from tests.support.access import all_rpcs
from tests.support.mesh_process import Mesh

ADVICE = [
    (rpc.descriptor.name, rpc.rest[1], request)
    for rpc in all_rpcs(PRICING)
    if rpc.descriptor.containing_service.name == "AdvisorService" and rpc.rest
    for request in REQUESTS.get(rpc.descriptor.name, [{"series": [3, 4, 5, 6, 5, 4] * 8, "season": 6, "horizon": 6}])
]


def _ask(client: malha.Client, method: str, request: dict[str, Any]) -> dict[str, Any]:
    answer = by_client(client, method, request)
    assert answer.code == "OK", answer.body
    return answer.body


def _amount(figure: dict[str, Any]) -> Decimal:
    money = figure["amount"]
    assert money["currencyCode"] == "USD"
    return int(money.get("units", 0)) + Decimal(money.get("nanos", 0)).scaleb(-9)


@pytest.mark.parametrize(("method", "path", "request_"), ADVICE, ids=[f"{name}" for name, _, _ in ADVICE])
def test_rest_advises_as_grpc_does(
    client: malha.Client, running: Mesh, curl: str, method: str, path: str, request_: dict[str, Any]
) -> None:
    first, second = _ask(client, method, request_), by_curl(curl, running, "POST", path, request_).body
    # A forecast begins when it is asked for.
    for answer in (first, second):
        for point in answer.get("points", ()):
            point.pop("time", None)
    assert first == second


def test_offers_are_compared_by_the_month(client: malha.Client) -> None:
    answer = _ask(
        client,
        "CompareOffers",
        {"subjects": [{"offer": M7I}], "quantity": 3, "usage": {"hours_a_day": 12, "days_a_week": 7}},
    )
    (row,) = answer["rows"]
    # 0.1008 USD an hour, three of them, half of 730 hours.
    assert answer["hoursAMonth"] == 365
    assert _amount(row["hourly"]) == Decimal("0.3024")
    assert _amount(row["monthly"]) == Decimal("110.376")
    assert _amount(row["yearly"]) == Decimal("1324.512")


def test_an_estimate_adds_what_the_caller_pays_elsewhere(client: malha.Client) -> None:
    answer = _ask(client, "EstimateWorkload", REQUESTS["EstimateWorkload"][0])
    # 3 x 0.1008 x 730, 100 GiB-months at 0.08, 10.5 GiB at 0.09.
    assert [_amount(line["monthly"]) for line in answer["lines"]] == [Decimal("220.752"), 8, Decimal("0.945")]
    assert _amount(answer["monthly"]) == Decimal("229.697")
    given = [line["monthly"]["given"] for line in answer["lines"][1:]]
    assert all(given), "prices of the caller's own say so"


def test_a_recommendation_is_never_dearer_than_the_cheapest_offer_that_would_do(client: malha.Client) -> None:
    need = {
        "min_vcpus": 8,
        "min_memory_gib": 32,
        "regions": ["us-east-1"],
        "purchase_options": ["PURCHASE_OPTION_ON_DEMAND"],
    }
    best = _ask(client, "RecommendConfiguration", {"constraints": need})["options"][0]
    found = client.pricing.search_offers(
        filter="vcpus >= 8 AND memory_gib >= 32 AND region = us-east-1 AND purchase_option = ON_DEMAND", page_size=1
    )
    cheapest = next(iter(found)).hourly_price
    assert _amount(best["hourly"]) <= cheapest.units + Decimal(cheapest.nanos).scaleb(-9)
    assert best["explanation"]


def test_a_portfolio_saves_against_all_on_demand_and_says_its_risk(client: malha.Client) -> None:
    answer = _ask(client, "RecommendConfiguration", REQUESTS["RecommendConfiguration"][1])
    portfolio = answer["portfolio"]
    assert _amount(portfolio["saving"]) == _amount(portfolio["allOnDemand"]) - _amount(portfolio["total"]) > 0
    assert portfolio["risks"]
    assert answer["rejected"]


def test_a_commitment_pays_from_its_break_even_on(client: malha.Client) -> None:
    answer = _ask(client, "AnalyzeCommitment", REQUESTS["AnalyzeCommitment"][0])
    committed, on_demand = _amount(answer["committedTotal"]), _amount(answer["onDemandTotal"])
    assert _amount(answer["saving"]) == on_demand - committed > 0
    # Rounded up: to ten-thousandths, and to hundredths of a month.
    assert 0 <= answer["breakEvenUtilization"] - float(committed / on_demand) < 1e-4
    assert answer["useBreakEvenMonths"] == pytest.approx(36 * float(committed / on_demand), abs=0.011)
    assert len(answer["months"]) == 37


def test_too_little_history_is_said_and_not_guessed_from(client: malha.Client) -> None:
    known, given = (_ask(client, "ForecastPrices", request) for request in REQUESTS["ForecastPrices"])
    assert known["notice"]
    assert len(given["points"]) == 30
    for point in given["points"]:
        assert _amount(point["low"]) <= _amount(point["expected"]) <= _amount(point["high"])


def test_capacity_is_rate_by_latency_by_concurrency_with_spares(client: malha.Client) -> None:
    answer = _ask(client, "PlanCapacity", REQUESTS["PlanCapacity"][0])
    assert {plan["strategy"] for plan in answer["plans"]} == {"cheapest", "safest"}
    for plan in answer["plans"]:
        busy = -(-200 * Decimal("0.2") // Decimal(plan["concurrency"]))
        assert plan["instances"] > busy, plan["formula"]
        assert plan["survives"]
        assert plan["eventDriven"]
