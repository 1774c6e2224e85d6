"""Ten searches, each in the words of every system that is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Query:
    """A search for the cheapest offers by one price. Conditions on a column are joined with AND."""

    filter: str
    """AIP-160, as SearchOffers takes it."""
    conditions: tuple[tuple[str, str, Any], ...]
    """Column, operator (`=`, `!=`, `<=`, `>=`, `in`, `prefix`) and value, for SQL and for data frames."""
    by: str = "hourly"
    """The column that orders, by row where it is equal."""
    gpuhunt: dict[str, Any] | None = None
    """The same for gpuhunt; None where it has no word for a condition."""


_SOLD = (("purchase", "=", "on_demand"), ("os", "=", "linux"))
_WRITTEN = "purchase_option = ON_DEMAND AND operating_system = LINUX"
EUROPE = "area:europe"

QUERIES = (
    Query("vcpus >= 8 AND memory_gib >= 32", (("vcpus", ">=", 8), ("memory_gib", ">=", 32)),
          gpuhunt={"min_cpu": 8, "min_memory": 32}),
    Query(f"{_WRITTEN} AND provider = AWS AND vcpus >= 4 AND memory_gib >= 16",
          (*_SOLD, ("provider", "=", "aws"), ("vcpus", ">=", 4), ("memory_gib", ">=", 16))),
    Query('gpu_model = "H100"', (("gpu_model", "=", "H100"),), gpuhunt={"gpu_name": "H100"}),
    Query(f'{_WRITTEN} AND gpu_model = "A100" AND {EUROPE}', (*_SOLD, ("gpu_model", "=", "A100"), ("europe", "=", 1))),
    Query("purchase_option = SPOT AND gpu_count >= 1 AND gpu_memory_gib >= 40",
          (("purchase", "=", "spot"), ("gpu_count", ">=", 1), ("gpu_memory_gib", ">=", 40)),
          gpuhunt={"spot": True, "min_gpu_count": 1, "min_gpu_memory": 40}),
    Query('instance_type = "m7i.4xlarge"', (("type", "=", "m7i.4xlarge"),)),
    Query('region = "eu-*" AND hourly_price <= 0.1', (("region", "prefix", "eu-"), ("hourly", "<=", 100_000_000))),
    Query("provider = GCP AND vcpus >= 16 AND vcpus <= 32 AND hourly_price <= 1",
          (("provider", "=", "gcp"), ("vcpus", ">=", 16), ("vcpus", "<=", 32), ("hourly", "<=", 1_000_000_000)),
          gpuhunt={"provider": "gcp", "min_cpu": 16, "max_cpu": 32, "max_price": 1.0}),
    Query("term_months = 36 AND payment_option = NO_UPFRONT AND architecture = ARM64",
          (("term", "=", 36), ("payment", "=", "no_upfront"), ("architecture", "=", "arm64"))),
    Query(f"{_WRITTEN} AND gpu_count = 0", (*_SOLD, ("gpu_count", "=", 0)), by="per_vcpu"),
)  # fmt: skip
LIMIT = 20
"""How many offers a search gives, beside the count of all."""
ORDERS = {"hourly": "hourly_price", "per_vcpu": "price_per_vcpu_hour"}
"""The columns that order, as SearchOffers spells them."""

Answer = tuple[list[int], int]
"""The first rows, and how many there are."""
Asked = Callable[[Query], Answer | None]
"""One system: None for a query that it has no words for."""
