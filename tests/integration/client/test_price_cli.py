"""`malha price` against a server: what a person types, what the mesh is asked, and what is written."""

from __future__ import annotations

import json
import pty
import subprocess
import sys
from os import close, read, write
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from malha.cli import command

from tests.integration.client.fake_pricing import OFFERS

if TYPE_CHECKING:
    from tests.integration.client.conftest import PricingMesh

NOTICE = "reference catalogue, read 2026-11-20"


@pytest.fixture(autouse=True)
def _nobody_in_particular(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MALHA_TOKEN", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def price(mesh: PricingMesh, *arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(command, ["price", *arguments, "--address", mesh.url], input=stdin)


def output(mesh: PricingMesh, *arguments: str) -> str:
    done = price(mesh, *arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def parsed(mesh: PricingMesh, *arguments: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(output(mesh, *arguments, "--json"))
    return result


def asked(mesh: PricingMesh) -> Any:
    return mesh.told.requests[-1]


def test_a_search_is_a_filter_and_a_table_with_its_notice(prices: PricingMesh) -> None:
    text = output(prices, "search", "--gpu", "a100*", "--vcpus", "4-8", "--max-price", "2", "--sort", "gpu-price")
    assert "m7i.2xlarge" in text and text.splitlines()[-1] == NOTICE
    assert asked(prices).filter == (
        '(gpu_model = "A100" OR gpu_model = "A100-80GB") AND vcpus >= 4 AND vcpus <= 8 AND hourly_price <= 2'
    )
    assert asked(prices).order_by == "price_per_gpu_hour"


def test_a_limit_reaches_over_pages_and_ids_are_for_other_verbs(prices: PricingMesh) -> None:
    assert output(prices, "search", "--limit", "3", "--ids").split() == [
        offer.name.removeprefix("offers/") for offer in OFFERS
    ]
    text = output(prices, "search", "--limit", "1")
    assert "1 of 3 offers" in text and "m7i.xlarge" not in text


def test_a_filter_of_ones_own_is_one_more_condition(prices: PricingMesh) -> None:
    output(prices, "search", "--provider", "aws", "--filter", 'zone = "" OR plan = compute')
    assert asked(prices).filter == 'provider = AWS AND (zone = "" OR plan = compute)'


def test_json_is_the_answer_of_the_contract(prices: PricingMesh) -> None:
    found = parsed(prices, "search", "--limit", "1")
    assert found["offers"][0]["hourly_price"] == {"currency_code": "USD", "units": 0, "nanos": 100_800_000}
    assert (found["total_size"], found["catalogue"]["notice"]) == (3, NOTICE)
    assert parsed(prices, "compare", "m7i.large")["rows"][1]["percent_dearer"] == 100
    assert parsed(prices, "breakeven", "m7i.large")["cash_break_even_months"] == 6
    assert parsed(prices, "ask", "cheapest", "m7i")["offers"]["total_size"] == 9
    assert parsed(prices, "refresh")["counts"]["quarantined"] == 4
    assert parsed(prices, "providers")["providers"][0]["gpu_models"] == ["A100", "A100-80GB", "H100"]


def test_types_are_compared_on_demand_unless_it_is_said_otherwise(prices: PricingMesh) -> None:
    text = output(prices, "compare", "m7i.large", "aws~x~y~spot", "--quantity", "3", "--hours-a-day", "8")
    assert "+100.0 %" in text and NOTICE in text
    request = asked(prices)
    assert list(request.subjects[0].need.instance_types) == ["m7i.large"]
    assert len(request.subjects[0].need.purchase_options) == 1
    assert (request.subjects[1].offer, request.quantity, request.usage.hours_a_day) == ("offers/aws~x~y~spot", 3, 8)
    output(prices, "compare", "--vcpus", "8", "--by", "provider", "--by", "purchase")
    assert not asked(prices).subjects[0].need.purchase_options


def test_a_workload_is_told_by_number_and_with_prices_of_ones_own(prices: PricingMesh) -> None:
    output(prices, "estimate", "3xm7i.large", "m7i.xlarge", "--hours", "100", "--egress", "50@0.09")
    items = asked(prices).items
    assert [(item.quantity, item.usage.hours_a_month) for item in items] == [(3, 100), (1, 100)]
    assert (items[0].egress.amount, items[0].egress.unit_price.nanos) == (50, 90_000_000)
    assert not items[1].HasField("egress")


def test_a_recommendation_takes_work_or_a_workload_with_a_budget(prices: PricingMesh) -> None:
    output(
        prices, "recommend", "--total-vcpus", "64", "--budget", "$1,500/month", "--spot-share", "30%", "--max-term", "0"
    )
    request = asked(prices)
    assert (request.work.vcpus, request.budget.amount.units, request.interruptible_share) == (64, 1500, 0.3)
    assert (request.HasField("max_term_months"), request.max_term_months) == (True, 0)
    output(prices, "recommend", "--baseline", "4", "--peak", "10x120", "--max-upfront", "1000")
    workload = asked(prices).workload
    assert (workload.baseline, workload.peaks[0].instances, workload.peaks[0].hours_a_month) == (4, 10, 120)
    Path("profile").write_text("1\n2\n3\n")
    output(prices, "recommend", "--profile", "@profile")
    assert list(asked(prices).workload.profile) == [1, 2, 3]


def test_break_even_is_drawn(prices: PricingMesh) -> None:
    text = output(prices, "breakeven", "m7i.large", "--term", "1y", "--use", "60%", "--sources")
    assert "after month 6.0" in text and "┊" in text and "[1] https://prices.example/aws.json" in text
    assert (asked(prices).utilization, asked(prices).commitment.need.term_months) == (0.6, 12)


def test_a_question_shows_what_was_understood_and_what_is_done(prices: PricingMesh) -> None:
    text = output(prices, "ask", "what is the cheapest m7i?", "--language", "en")
    lines = [line for line in text.splitlines() if line]
    assert lines[:3] == ["understood: The cheapest m7i.", "· searched", "It is m7i.large."]
    assert "and 6 more offers" in lines and lines[-1] == NOTICE
    assert (asked(prices).text, asked(prices).language) == ("what is the cheapest m7i?", "en")


def test_what_is_unclear_is_listed_where_nobody_can_choose(prices: PricingMesh) -> None:
    done = price(prices, "ask", "-", stdin="the cheapest?\n")
    assert done.exit_code == 0
    assert "  1  an m7i" in done.stdout and "ask again with one of these" in done.stderr


def test_what_is_unclear_can_be_chosen_in_a_terminal(prices: PricingMesh) -> None:
    program = [str(Path(sys.executable).with_name("malha")), "price", "ask", "the cheapest?", "--address", prices.url]
    outer, inner = pty.openpty()
    with subprocess.Popen(program, stdin=inner, stdout=inner, stderr=inner) as running:
        close(inner)
        seen = _until(outer, "Which one")
        write(outer, b"1\n")
        seen += _until(outer, NOTICE)
        assert running.wait(timeout=30) == 0
    close(outer)
    assert "It is m7i.large." in seen
    assert [request.text for request in prices.told.requests] == ["the cheapest?", "cheapest m7i"]  # type: ignore[attr-defined]


def _until(terminal: int, text: str) -> str:
    seen = ""
    while text not in seen:
        seen += read(terminal, 4096).decode()
    return seen


def test_a_refresh_tells_how_far_it_is_and_what_was_held_back(prices: PricingMesh) -> None:
    done = price(prices, "refresh", "--provider", "aws", "--dry-run")
    assert done.stderr.splitlines() == ["reading aws 1/1 ec2.json", "done"]
    for part in ("accepted", "price not positive", "published catalogues/7", NOTICE):
        assert part in done.stdout
    assert asked(prices).validate_only and asked(prices).request_id


def test_changes_are_followed_to_the_end_of_the_time(prices: PricingMesh) -> None:
    done = price(prices, "watch", "--after", "3", "--for", "0.2")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["4", "5"]
    assert "0.20 USD -> 0.10 USD/h  -50.0 %" in done.stdout
    lines = price(prices, "watch", "--after", "4", "--for", "0.2", "--json").stdout.splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == [5]


def test_an_alert_gets_a_secret_that_is_shown_once(prices: PricingMesh) -> None:
    done = price(prices, "alerts", "create", "cheaper", "https://hooks.example/x", "--type", "m7i.*")
    assert done.exit_code == 0
    assert asked(prices).secret in done.stderr and asked(prices).secret not in done.stdout
    assert len(asked(prices).secret) >= 32 and asked(prices).filter == 'instance_type = "m7i.*"'
    given = "s" * 40
    done = price(
        prices, "alerts", "create", "cheaper", "https://hooks.example/x", "--secret-file", "-", stdin=given + "\n"
    )
    assert asked(prices).secret == given and given not in done.output


OFFER = OFFERS[0].name.removeprefix("offers/")


@pytest.mark.parametrize(
    ("arguments", "shown", "field"),
    [
        (["show", OFFER], ["per vCPU and hour", "0.0504 USD", NOTICE], "hourly_price"),
        (["history", OFFER], ["0.10 USD to 0.12 USD", "-16.7 %", NOTICE], "prices"),
        (["regions", "aws", "--area", "EU"], ["eu-west-1", "Ireland", NOTICE], "regions"),
        (["regions", "--area", "asia"], ["no region is there"], "regions"),
        (["tokens", "words"], ["words-1", "15.00", "token prices, read 2026-11-20"], "token_prices"),
        (["forecast", OFFER, "--horizon", "3", "--step", "1h"], ["no forecast", "too few observations"], "method"),
        (["forecast", "--demand", "1 2 3", "--season", "2"], ["by holt", "from your own series"], "points"),
        (
            ["capacity", "--rate", "4", "--latency", "250ms", "--concurrency", "2", "--gpu", "H100"],
            ["there is no plan", NOTICE], "plans",
        ),
        (["quarantine", "list", "--provider", "aws"], ["price not positive", "D4s v5", "open"], "rows"),
        (["quarantine", "dismiss", "1", "--reason", "twice"], ["quarantinedRows/1 is dismissed"], "state"),
        (["alerts", "list"], ["cheaper", "all changes"], "price_alerts"),
        (["alerts", "deliveries", "1"], ["given up", "http 500"], "deliveries"),
    ],
    ids=lambda each: "-".join(each[:2]) if isinstance(each, list) else None,
)  # fmt: skip
def test_every_other_verb_shows_a_table_and_json(
    prices: PricingMesh, arguments: list[str], shown: list[str], field: str
) -> None:
    text = output(prices, *arguments)
    assert [part for part in shown if part not in text] == []
    assert field in parsed(prices, *arguments)


def test_what_is_listed_is_what_was_asked_for(prices: PricingMesh) -> None:
    output(prices, "quarantine", "list", "--reason", "price_not_positive")
    assert asked(prices).filter == 'state = OPEN AND reason = "price_not_positive"'
    output(prices, "alerts", "delete", "1", "--yes")
    assert asked(prices).name == "priceAlerts/1" and asked(prices).request_id
    output(prices, "capacity", "--profile", ",".join("7" * 24), "--latency", "250ms", "--concurrency-per-vcpu", "2")
    request = asked(prices)
    assert (list(request.profile), request.latency.nanos) == ([7] * 24, 250_000_000)
    assert request.shapes[0].concurrency_per_vcpu == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "aws~nowhere~x~spot"], "`malha price search --ids` lists what there is"),
        (["refresh", "--provider", "gcp"], "--provider leaves the others out"),
        (["search", "--gpu", "b100"], "it has A100, A100-80GB, H100"),
        (["search", "--gpu", "a100", "--no-gpu"], "--no-gpu goes with no other option"),
        (["search", "--vcpus", "many"], "8 is at least 8"),
        (["ask", "-"], "there is no question"),
        (["compare"], "say what"),
        (["compare", "aws~x~y~spot", "--vcpus", "2"], "give one or the other"),
        (["recommend", "--total-vcpus", "4", "--baseline", "2"], "or a workload over time"),
        (["recommend", "--months", "3"], "go with a workload"),
        (["recommend", "--budget", "500"], "500/month"),
        (["recommend", "--peak", "many", "--baseline", "1"], "20x120"),
        (["recommend", "--profile", "1,x"], "'x' is no number"),
        (["estimate", "m7i.large", "--storage", "5"], "500@0.08"),
        (["forecast"], "give an OFFER or --demand"),
        (["capacity", "--latency", "1s", "--concurrency", "1"], "--rate or --profile"),
        (["breakeven", "m7i.large", "--use", "0"], "needs no commitment"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(prices: PricingMesh, arguments: list[str], told: str) -> None:
    done = price(prices, *arguments)
    assert done.exit_code == 2
    assert told in done.stderr
