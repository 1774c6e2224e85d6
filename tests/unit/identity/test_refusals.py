"""Refusals by Envoy: how they are read, and how many become few."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from malha.identity.v1.refusal_pb2 import Refusal, ReportRefusalsRequest

from services.identity.audit.refusals.fields import INVALID, WRONG_KIND, Field
from services.identity.audit.refusals.intake import Intake
from services.identity.audit.refusals.methods import UNKNOWN_METHOD, Called, Methods
from services.identity.audit.refusals.reading import entry
from services.identity.audit.refusals.tally import Tally
from services.runtime.audit import PLATFORM, Decision, Entry

ANALYSIS = "malha.analysis.v1.AnalysisService"
METHODS = Methods()
RBAC = "rbac_access_denied_matched_policy"


def told(**facts: str) -> Refusal:
    """A refusal at the edge as Envoy tells it; what is not given, it does not know."""
    known = {"caller": "spiffe://malha.local/edge", "address": "203.0.113.77", **facts}
    refusal = Refusal()
    for field in Field:
        refusal.attributes.add(
            key=field, value=Refusal.Value(text=known.get(field, "-").encode("utf-8", "surrogateescape"))
        )
    return refusal


@pytest.mark.parametrize(
    ("route", "verb", "path", "found"),
    [
        (f"{ANALYSIS}/ListReports", "POST", "/x", Called(f"/{ANALYSIS}/ListReports", "analysis.reports.read")),
        (
            f"{ANALYSIS}/ListReports: by version",
            "POST",
            "",
            Called(f"/{ANALYSIS}/ListReports", "analysis.reports.read"),
        ),
        ("rest", "GET", "/v1/reports/7f", Called(f"/{ANALYSIS}/GetReport", "analysis.reports.read")),
        ("rest", "POST", "/v1/reports/7f:share", Called(f"/{ANALYSIS}/ShareReport", "analysis.reports.share")),
        ("rest: /v1/x", "GET", "/v1/reports", Called(f"/{ANALYSIS}/ListReports", "analysis.reports.read")),
        ("rest", "DELETE", "/v1/reports/7f", UNKNOWN_METHOD),
        ("rest", "GET", "/v1/reports/7f/../..", UNKNOWN_METHOD),
        ("rest", "BREW", "/v1/reports", UNKNOWN_METHOD),
        ("nothing", "POST", f"/{ANALYSIS}/ListReports", UNKNOWN_METHOD),
        ("grpc.health.v1.Health", "POST", "/grpc.health.v1.Health/Check", UNKNOWN_METHOD),
        ("", "", "", UNKNOWN_METHOD),
    ],
)
def test_a_call_is_one_of_its_method_by_grpc_and_by_rest(route: str, verb: str, path: str, found: Called) -> None:
    assert METHODS.find(route, verb, path) == found


@pytest.mark.parametrize(
    ("details", "subject", "reason"),
    [
        ("jwt_authn_access_denied{Jwt_is_expired}", "-", "TOKEN_EXPIRED"),
        ("jwt_authn_access_denied{Jwt_verification_fails}", "-", "TOKEN_INVALID"),
        ("jwt_authn_access_denied{Jwks_remote_fetch_is_failed}", "-", "TOKEN_KEYS_UNAVAILABLE"),
        ("jwt_authn_access_denied{Jwks_doesn't_have_any_valid_public_key}", "-", "TOKEN_KEYS_UNAVAILABLE"),
        ("jwt_authn_access_denied{Jwks_doesn't_have_key_to_match_kid}", "-", "TOKEN_INVALID"),
        (f"{RBAC}[{INVALID}]", "users/ana", "TOKEN_INVALID"),
        (f"{RBAC}[{WRONG_KIND}]", "users/ana", "CREDENTIAL_KIND_NOT_ALLOWED"),
        (f"{RBAC}[none]", "users/ana", "PERMISSION_MISSING"),
        (f"{RBAC}[none]", "-", "TOKEN_REQUIRED"),
        ("request_rate_limited", "users/ana", "RATE_LIMITED"),
        ("local_rate_limited", "-", "RATE_LIMITED"),
        ("direct_response", "-", "METHOD_NOT_FOUND"),
    ],
)
def test_the_reason_is_the_one_that_the_caller_heard(details: str, subject: str, reason: str) -> None:
    assert entry(told(details=details, subject=subject), METHODS).reason == reason


def test_between_services_it_is_the_workload_that_is_refused() -> None:
    found = entry(told(details=f"{RBAC}[none]", caller="spiffe://malha.local/analysis"), METHODS)
    assert (found.reason, found.kind, found.subject, found.tenant) == (
        "CALLER_NOT_ALLOWED", "workload", "analysis", PLATFORM
    )  # fmt: skip


@pytest.mark.parametrize("odd", ["", "-", "a b", 'x"\n{"y', "\udcff\udcfe", "=1+1", "é", "x" * 200, "a\0b", "<script>"])
def test_what_is_not_an_id_of_ours_is_left_out(odd: str) -> None:
    ids = dict.fromkeys((Field.REQUEST_ID, Field.TRACE_ID, Field.CLIENT, Field.SUBJECT, Field.LIMIT), odd)
    found = entry(told(tenant=odd, address=odd, path=odd, verb=odd, route=odd, details=odd, **ids), METHODS)
    assert (found.tenant, found.subject, found.client, found.request_id, found.trace_id) == (PLATFORM, "", "", "", "")
    assert (found.network, found.method, found.details) == ("", "", {"by": "envoy"})


class Written:
    """What a tally puts."""

    def __init__(self) -> None:
        self.entries: list[tuple[Entry, int]] = []

    def put(self, entry: Entry, count: int) -> None:
        self.entries.append((entry, count))

    @property
    def sum(self) -> int:
        return sum(count for _, count in self.entries)


def refused(number: int = 0, **changes: Any) -> Entry:
    known = {
        "tenant": PLATFORM,
        "method": "/a.B/C",
        "action": "a.b.c",
        "reason": "TOKEN_INVALID",
        "network": "10.0.0.0/24",
    }
    return Entry(decision=Decision.REFUSED, request_id=f"r{number}", **{**known, **changes})


def test_equal_refusals_are_the_first_and_the_rest() -> None:
    written = Written()
    tally = Tally(written.put)
    for number in range(1_000):
        tally.add(refused(number))
    assert [(entry.request_id, count) for entry, count in written.entries] == [("r0", 1)]
    tally.end_window()
    assert [(entry.request_id, count) for entry, count in written.entries] == [("r0", 1), ("r1", 999)]
    tally.end_window()
    tally.add(refused(5))
    assert [(entry.request_id, count) for entry, count in written.entries][2:] == [("r5", 1)]


def test_another_source_method_or_reason_is_an_entry_of_its_own() -> None:
    written = Written()
    tally = Tally(written.put)
    one = refused()
    for each in (
        one, replace(one, tenant="acme"), replace(one, subject="users/1"), replace(one, method="/a.B/D"),
        replace(one, reason="RATE_LIMITED"),
    ):  # fmt: skip
        tally.add(each)
        tally.add(each)
    tally.end_window()
    assert [count for _, count in written.entries] == [1] * 10


def test_a_source_that_tries_everything_leaves_room_for_the_others() -> None:
    written = Written()
    tally = Tally(written.put)
    for number in range(5_000):
        tally.add(refused(number, method=f"/a.B/M{number}", reason=("TOKEN_INVALID", "RATE_LIMITED")[number % 2]))
    tally.add(refused(network="10.0.9.0/24"))
    tally.end_window()
    assert (written.sum, len(written.entries)) == (5_001, 25)
    assert {entry.action for entry, _ in written.entries if not entry.method} == {UNKNOWN_METHOD.action}
    assert "10.0.9.0/24" in {entry.network for entry, _ in written.entries}


def batch(*refusals: Refusal) -> ReportRefusalsRequest:
    request = ReportRefusalsRequest()
    request.origins.add().groups.add().refusals.extend(refusals)
    return request


def test_what_was_told_before_is_counted_without_being_read() -> None:
    written = Written()
    tally = Tally(written.put)
    intake = Intake(tally, METHODS, most_read=5)
    facts = {"details": f"{RBAC}[none]", "route": f"{ANALYSIS}/ListReports"}
    for window in range(2):
        for first in range(0, 1_000, 100):
            intake.take(batch(*(told(**facts, request_id=f"w{window}-{first + n}") for n in range(100))))
        tally.end_window()
    assert [(entry.request_id, count) for entry, count in written.entries] == [
        ("w0-0", 1), ("w0-1", 999), ("w1-0", 1), ("w1-1", 999),
    ]  # fmt: skip


def test_what_is_too_much_to_read_is_counted_and_that_is_told() -> None:
    written = Written()
    tally = Tally(written.put)
    intake = Intake(tally, METHODS, most_read=30)
    intake.take(batch(*(told(path=f"/{number}", route="rest") for number in range(1_000))))
    tally.end_window()
    assert [(entry.decision, count) for entry, count in written.entries] == [
        (Decision.REFUSED, 1), (Decision.REFUSED, 29), (Decision.LOST, 970),
    ]  # fmt: skip
    assert written.entries[-1][0].tenant == PLATFORM


def test_beyond_so_many_sources_refusals_are_counted_and_that_is_told() -> None:
    written = Written()
    tally = Tally(written.put, most_sources=10)
    for number in range(500):
        tally.add(refused(network=f"10.{number}.0.0/24"))
    tally.add(refused(network="x", tenant="acme"))
    tally.end_window()
    lost = Counter({entry.tenant: count for entry, count in written.entries if entry.decision is Decision.LOST})
    assert lost == {PLATFORM: 490, "acme": 1}
    assert written.sum == 501
