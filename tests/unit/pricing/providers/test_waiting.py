"""How long is waited between attempts, and where a source may be read from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pricing.adapters.providers.addresses import Addresses
from services.pricing.adapters.providers.backoff import asked_wait, pause
from services.pricing.domain.readings import SourceFailed

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ADDRESSES = Addresses.of(("https://prices.azure.com/api/retail/prices",), frozenset())


@given(st.integers(1, 10_000))
def test_a_pause_is_below_a_bound_that_doubles_up_to_the_longest(failures: int) -> None:
    assert 0 <= pause(failures, 0.5, 60.0) <= min(60.0, 0.5 * 2 ** min(failures - 1, 10))


def test_pauses_are_spread_from_nothing_on() -> None:
    drawn = [pause(5, 1.0, 60.0) for _ in range(500)]
    assert min(drawn) < 4 < 12 < max(drawn)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None), ("", None), ("soon", None), ("-3", None), ("0", 0.0), ("17", 17.0),
        ("Sat, 21 Nov 2026 09:31:00 GMT", 60.0), ("Sat, 21 Nov 2026 09:29:00 GMT", 0.0),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert asked_wait(header, NOW) == seconds


@pytest.mark.parametrize(
    "url",
    [
        "https://prices.azure.com/other", "https://prices.azure.com:443/api?$skip=1",
        "HTTPS://PRICES.AZURE.COM/api/retail/prices",
    ],
)  # fmt: skip
def test_the_sources_own_host_is_allowed_on_any_path(url: str) -> None:
    ADDRESSES.check(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://prices.azure.com/api", "https://prices.azure.com:8443/api", "https://prices.azure.com.evil.example/",
        "https://evil.example/?https://prices.azure.com/", "https://name:word@prices.azure.com/",
        "https://prices.azure.com@evil.example/", "ftp://prices.azure.com/", "//prices.azure.com/", "", "prices",
        "https://prices.azure.com:99999/", "https://[::1/", "https://169.254.169.254/",
    ],
)  # fmt: skip
def test_every_other_address_is_not(url: str) -> None:
    with pytest.raises(SourceFailed):
        ADDRESSES.check(url)
