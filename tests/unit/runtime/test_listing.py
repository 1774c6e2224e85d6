"""Filters, orders and page tokens."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.exceptions import FilterInvalid, OrderByInvalid, PageTokenInvalid
from services.runtime.listing import OrderTerm, decode_token, digest_query, encode_token, matches, parse_filter
from services.runtime.listing import parse_order_by as parse_order
from services.runtime.listing.fields import BOOLEAN, INTEGER, NUMBER, STRING, STRINGS, TIMESTAMP, FieldType

FIELDS = {
    "path": STRING,
    "score": INTEGER,
    "ratio": NUMBER,
    "cached": BOOLEAN,
    "create_time": TIMESTAMP,
    "severity": FieldType.enum("INFO", "WARNING", "ERROR"),
    "tags": STRINGS,
    "summary.lines": INTEGER,
}
REPORT: dict[str, Any] = {
    "path": "src/app/main.py",
    "score": 80,
    "ratio": 0.5,
    "cached": True,
    "create_time": datetime(2026, 3, 1, 12, tzinfo=UTC),
    "severity": "WARNING",
    "tags": ["slow", "old"],
    "summary.lines": 200,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("   ", True),
        ('path = "src/app/main.py"', True),
        ("path = src/app/main.py", True),
        ("path = 'src/*'", True),
        ('path = "*.py"', True),
        ('path = "*app*"', True),
        ('path = "app*"', False),
        ('path != "*.py"', False),
        ('path = "*"', True),
        ("path:MAIN", True),
        ("path:nothing", False),
        ("path:10", False),
        ("score > 79", True),
        ("score >= 80 score <= 80", True),
        ("score < 80", False),
        ("score = -80", False),
        ("ratio > 0.4", True),
        ("cached = true", True),
        ("NOT cached = true", False),
        ("-cached = true", False),
        ("severity >= WARNING", True),
        ('severity > "INFO"', True),
        ("severity > WARNING", False),
        ("severity != ERROR", True),
        ("tags:slow", True),
        ("tags:new", False),
        ("tags:*", True),
        ('create_time >= "2026-03-01T12:00:00Z"', True),
        ("create_time >= 2026-03-01T12:00:00Z", True),
        ("create_time < 2026-03-01T12:00:00+01:00", False),
        ("summary.lines = 200", True),
        ("score = 1 OR score = 80", True),
        ("score = 1 OR score = 80 AND cached = false", False),
        ("(score = 80 AND cached = false) OR path:main", True),
        ("NOT (score = 1 OR score = 2)", True),
        ("score=80 AND NOT cached=false", True),
    ],
)
def test_a_filter_selects(text: str, expected: bool) -> None:
    assert matches(parse_filter(text, FIELDS), REPORT.get) is expected


@pytest.mark.parametrize("text", ["score > 1", "path = x", "severity = INFO", "tags:slow", "path:x", "cached = false"])
def test_a_field_without_value_passes_no_comparison(text: str) -> None:
    assert not matches(parse_filter(text, FIELDS), lambda _: None)


def test_a_field_without_value_is_different_from_any() -> None:
    assert matches(parse_filter("path != x", FIELDS), lambda _: None)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("nothing = 1", 1),
        ("score", 6),
        ("score =", 8),
        ("score = high", 9),
        ("score = 99999999999999999999", 9),
        ("score = 1 AND", 14),
        ("score = 1 )", 11),
        ("(score = 1", 11),
        ("score ~ 1", 7),
        ('path = "open', 8),
        ("severity = LOUD", 12),
        ("create_time > 2026-03-01T12:00:00", 15),
        ("create_time > yesterday", 15),
        ("cached > true", 8),
        ("tags = slow", 6),
        ("score:8", 6),
        ("ratio = nan", 9),
        ("ratio = inf", 9),
        ('path = "\x00"', 8),
        ("AND", 1),
        ("score = AND", 9),
    ],
)
def test_a_bad_filter_says_where(text: str, position: int) -> None:
    with pytest.raises(FilterInvalid) as caught:
        parse_filter(text, FIELDS)
    assert caught.value.position == position


@pytest.mark.parametrize("text", ["(" * 500 + "score = 1" + ")" * 500, "score = 1 " * 101, "x" * 5000, "NOT " * 600])
def test_a_filter_is_bounded(text: str) -> None:
    with pytest.raises(FilterInvalid):
        parse_filter(text, FIELDS)


@given(st.text(max_size=200))
def test_any_text_is_a_filter_or_invalid(text: str) -> None:
    try:
        matches(parse_filter(text, FIELDS), REPORT.get)
    except FilterInvalid as error:
        assert 1 <= error.position <= len(text) + 1


@given(st.text(st.characters(exclude_characters="*\x00", exclude_categories=["Cs"]), max_size=50))
def test_a_quoted_value_means_itself(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    expression = parse_filter(f'path = "{quoted}"', FIELDS)
    assert matches(expression, lambda _: value)
    assert not matches(expression, lambda _: value + "x")


def test_an_order_is_read() -> None:
    assert parse_order("create_time desc, path", FIELDS) == (OrderTerm("create_time", True), OrderTerm("path"))
    assert parse_order(" path  asc ", FIELDS) == (OrderTerm("path"),)
    assert parse_order("", FIELDS) == ()


@pytest.mark.parametrize(
    "text", ["nothing", "path up", "path, path desc", "path,,score", ",", "path asc asc", "x" * 600]
)
def test_a_bad_order_is_refused(text: str) -> None:
    with pytest.raises(OrderByInvalid):
        parse_order(text, FIELDS)


@given(st.lists(st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=50), max_size=5))
def test_a_token_brings_its_payload_back_to_its_own_query_only(payload: list[Any]) -> None:
    query = digest_query("ListReports", "", "score > 1", "")
    token = encode_token(payload, query)
    assert decode_token(token, query) == payload
    with pytest.raises(PageTokenInvalid):
        decode_token(token, digest_query("ListReports", "", "score > 2", ""))


@given(st.text(max_size=100))
def test_an_invented_token_is_refused(token: str) -> None:
    with pytest.raises(PageTokenInvalid):
        decode_token(token, digest_query("x"))


def test_parts_of_a_query_do_not_run_together() -> None:
    assert digest_query("ab", "c") != digest_query("a", "bc")
