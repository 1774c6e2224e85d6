"""How the providers' interfaces are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """All have defaults that fit the providers' documents of 2026.

    `scratch` is a private folder where one document at a time is kept while it is read. `idle_seconds` may pass
    without a byte, `total_seconds` for one document with all attempts and pauses. After `attempts` failures in a row
    without a new byte a document is given up; the pause before the next attempt is random between nothing and
    `first_pause` seconds, doubled each time up to `longest_pause`; a server that asks for more than `longest_wait`
    seconds is given up, too. `largest_bytes` is as sent, `largest_decoded` after decompression. `worker_memory` is
    the address space of the worker process, which runs only when nobody else wants to if it `gives_way`. `plain_hosts`
    are the `host:port` that may be spoken to without TLS: servers of tests, and of nobody else.
    """

    scratch: Path
    connect_seconds: float = 10.0
    idle_seconds: float = 30.0
    total_seconds: float = 1_800.0
    attempts: int = 6
    first_pause: float = 0.5
    longest_pause: float = 60.0
    longest_wait: float = 300.0
    largest_bytes: int = 2_048 * _MIB
    largest_decoded: int = 12_288 * _MIB
    worker_memory: int = 1_024 * _MIB
    gives_way: bool = True
    plain_hosts: frozenset[str] = frozenset()
    user_agent: str = "malha-pricing"


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """An access key that may call `ec2:DescribeSpotPriceHistory`, and nothing else; contents of files."""

    key_id: str
    secret: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """Regions are codes; none for all that are known. `spot_url` has `{region}` where the region belongs.

    Without `credentials` no spot prices are read: there is no public interface for them.
    """

    regions: tuple[str, ...] = ()
    local_zones: bool = False
    prices_url: str = "https://pricing.us-east-1.amazonaws.com"
    spot_url: str = "https://ec2.{region}.amazonaws.com"
    advisor_url: str = "https://spot-bid-advisor.s3.amazonaws.com/spot-advisor-data.json"
    savings_plans: bool = True
    advisor: bool = True
    credentials: AwsCredentials | None = None


@dataclass(frozen=True, slots=True)
class AzureSettings:
    """Regions are codes (`armRegionName`); none for all that are known."""

    regions: tuple[str, ...] = ()
    prices_url: str = "https://prices.azure.com/api/retail/prices"
    api_version: str = "2023-01-01-preview"
    largest_pages: int = 2_000


@dataclass(frozen=True, slots=True)
class GcpSettings:
    """`api_key` is the content of a file; regions are codes, none for all that are known."""

    api_key: str = field(repr=False)
    regions: tuple[str, ...] = ()
    prices_url: str = "https://cloudbilling.googleapis.com"
    service: str = "6F81-5844-456A"
    """Compute Engine (https://cloud.google.com/skus)."""
    page_size: int = 5_000
    largest_pages: int = 200
