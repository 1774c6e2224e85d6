"""Bad input gets the documented status, reason and HTTP code, whichever way it comes in."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import malha
import pytest

from tests.e2e.surfaces import Answer, by_client, by_curl, by_grpcurl
from tests.support.mesh_process import Mesh

ANALYZE = ("AnalyzeSource", "POST", "/v1/sources:analyze")


def _source(text: str | None = None, content: bytes | None = None, path: str = "a.py", **more: Any) -> dict[str, Any]:
    body = {"text": text} if content is None else {"content": base64.b64encode(content).decode()}
    return {"source": {"path": path, **body}, **more}


@dataclass(frozen=True)
class Case:
    """A request that must fail, and how."""

    name: str
    rpc: str
    verb: str
    path: str
    request: dict[str, Any]
    code: str
    http: int
    reason: str
    metadata: dict[str, str] = field(default_factory=dict)
    violation: str | None = None


def _list(rpc: str, path: str, name: str, reason: str, **parameters: str) -> Case:
    query = f"{path}?{urlencode({_camel(key): value for key, value in parameters.items()})}"
    field_name = next(iter(parameters))
    return Case(name, rpc, "GET", query, parameters, "INVALID_ARGUMENT", 400, reason, violation=field_name)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _bad(name: str, request: dict[str, Any], reason: str, violation: str = "source", **metadata: str) -> Case:
    return Case(name, *ANALYZE, request, "INVALID_ARGUMENT", 400, reason, metadata, violation)


CASES = [
    _bad("no source", {}, "VALIDATION_FAILED"),
    _bad("neither text nor content", {"source": {"path": "a.py"}}, "VALIDATION_FAILED", "source.body"),
    _bad("line break in path", _source("x = 1\n", path="a\nb"), "VALIDATION_FAILED", "source.path"),
    _bad("request id is no UUID", _source("x = 1\n", request_id="7"), "VALIDATION_FAILED", "request_id"),
    _bad(
        "unknown target version",
        _source("x = 1\n", options={"target_version": "2.7"}),
        "VALIDATION_FAILED",
        "options.target_version",
    ),
    _bad(
        "selection of no rule",
        _source("x = 1\n", options={"select": ["PERF", "ZZZ"]}),
        "VALIDATION_FAILED",
        "options.select[1]",
    ),
    _bad("syntax error", _source("x = 1\nif x\n    y\n"), "SOURCE_SYNTAX_INVALID", line="2", path="a.py"),
    _bad(
        "newer syntax than the target",
        _source("match x:\n    case 1: pass\n", options={"target_version": "3.8"}),
        "SOURCE_SYNTAX_INVALID",
        line="1",
    ),
    _bad("null character", _source(content=b"x = 1\ny = '\0'\n"), "SOURCE_NULL_CHARACTER", line="2", column="6"),
    _bad(
        "not UTF-8",
        _source(content=b"x = 1\ny = '\xff'\n"),
        "SOURCE_ENCODING_INVALID",
        line="2",
        column="6",
        encoding="utf-8",
    ),
    _bad("unknown encoding", _source(content=b"# coding: klingon\n"), "SOURCE_ENCODING_INVALID", encoding="klingon"),
    _bad("nested too deeply", _source("(" * 5000 + ")" * 5000), "SOURCE_TOO_DEEP", line="1"),
    Case(
        "no such report",
        "GetReport",
        "GET",
        "/v1/reports/00000000-0000-0000-0000-000000000000",
        {"name": "reports/00000000-0000-0000-0000-000000000000"},
        "NOT_FOUND",
        404,
        "REPORT_NOT_FOUND",
    ),
    Case(
        "no such rule", "GetRule", "GET", "/v1/rules/NOPE1", {"name": "rules/NOPE1"}, "NOT_FOUND", 404, "RULE_NOT_FOUND"
    ),
    _list("ListReports", "/v1/reports", "filter does not parse", "FILTER_INVALID", filter='path = "a'),
    _list("ListReports", "/v1/reports", "filter on an unknown field", "FILTER_INVALID", filter="colour = 1"),
    _list("ListRules", "/v1/rules", "order by an unknown field", "ORDER_BY_INVALID", order_by="colour"),
    _list("ListReports", "/v1/reports", "forged page token", "PAGE_TOKEN_INVALID", page_token="abc"),
    _list("ListReports", "/v1/reports", "negative page size", "VALIDATION_FAILED", page_size="-1"),
]
CASES += [
    _list("SearchOffers", "/v1/offers", "offers: filter ends early", "FILTER_INVALID", filter="vcpus >="),
    _list("SearchOffers", "/v1/offers", "offers: filter by no number", "FILTER_INVALID", filter='vcpus >= "many"'),
    _list("SearchOffers", "/v1/offers", "offers: filter by no provider", "FILTER_INVALID", filter="provider = IBM"),
    _list("SearchOffers", "/v1/offers", "offers: order by an area", "ORDER_BY_INVALID", order_by="area"),
    _list("SearchOffers", "/v1/offers", "offers: token of nobody", "PAGE_TOKEN_INVALID", page_token="abc"),
    _list("ListTokenPrices", "/v1/tokenPrices", "tokens: token of nobody", "PAGE_TOKEN_INVALID", page_token="abc"),
    Case(
        "no such offer", "GetOffer", "GET", "/v1/offers/aws~nowhere~m7i.large~on_demand",
        {"name": "offers/aws~nowhere~m7i.large~on_demand"}, "NOT_FOUND", 404, "OFFER_NOT_FOUND",
    ),
    Case(
        "no such catalogue", "GetCatalogue", "GET", "/v1/catalogues/999", {"name": "catalogues/999"},
        "NOT_FOUND", 404, "CATALOGUE_NOT_FOUND",
    ),
    Case(
        "comparison of nothing", "CompareOffers", "POST", "/v1/offers:compare", {},
        "INVALID_ARGUMENT", 400, "VALIDATION_FAILED", violation="subjects",
    ),
    Case(
        "usage of more than a month", "CompareOffers", "POST", "/v1/offers:compare",
        {"subjects": [{"need": {}}], "usage": {"hours_a_month": 731}},
        "INVALID_ARGUMENT", 400, "VALIDATION_FAILED", violation="usage.hours_a_month",
    ),
    Case(
        "spare zones for none", "PlanCapacity", "POST", "/v1/capacity:plan",
        {"rate": 10, "latency": "1s", "zones": 2, "zones_lost": 2, "shapes": [{"constraints": {}, "concurrency": 1}]},
        "INVALID_ARGUMENT", 400, "ADVICE_REQUEST_INVALID", violation="zones_lost",
    ),
    Case(
        "provider of a later version", "CompareOffers", "POST", "/v1/offers:compare",
        {"subjects": [{"need": {"providers": [99]}}]},
        "INVALID_ARGUMENT", 400, "VALIDATION_FAILED", violation="subjects[0].need.providers[0]",
    ),
    Case(
        "budget for a period of a later version", "RecommendConfiguration", "POST", "/v1/configurations:recommend",
        {"budget": {"amount": {"currency_code": "USD", "units": 1}, "period": 99}},
        "INVALID_ARGUMENT", 400, "VALIDATION_FAILED", violation="budget.period",
    ),
    Case(
        "question without words", "InterpretQuestion", "POST", "/v1/questions:interpret", {"text": ""},
        "INVALID_ARGUMENT", 400, "VALIDATION_FAILED", violation="text",
    ),
    Case(
        "alert to the inside", "CreatePriceAlert", "POST", "/v1/priceAlerts",
        {
            "display_name": "x", "webhook_url": "https://169.254.169.254/", "secret": "s" * 32,
            "request_id": "00000000-0000-4000-8000-000000000000",
        },
        "INVALID_ARGUMENT", 400, "WEBHOOK_NOT_ALLOWED", violation="webhook_url",
    ),
]  # fmt: skip

pytestmark = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def _check(case: Case, answer: Answer) -> None:
    info = answer.detail("ErrorInfo")
    assert answer.code == case.code
    assert info["reason"] == case.reason
    assert info["domain"] == "malha.local"
    assert info["metadata"]["request_id"]
    assert {key: info["metadata"].get(key) for key in case.metadata} == case.metadata
    if case.violation is not None:
        fields = [violation.get("field") for violation in answer.detail("BadRequest")["fieldViolations"]]
        assert case.violation in fields


def test_client(case: Case, client: malha.Client) -> None:
    _check(case, by_client(client, case.rpc, case.request))


def test_grpcurl(case: Case, grpcurl: str, running: Mesh) -> None:
    _check(case, by_grpcurl(grpcurl, running, case.rpc, case.request))


def test_curl(case: Case, curl: str, running: Mesh) -> None:
    body = case.request if case.verb == "POST" else None
    answer = by_curl(curl, running, case.verb, case.path, body)
    _check(case, answer)
    assert answer.http == case.http
