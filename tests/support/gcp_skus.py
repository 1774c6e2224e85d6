"""Pages of the Cloud Billing Catalog: fields and form as `services.skus.list` (cloud.google.com/billing/docs/reference/
rest/v1/services.skus/list, read 2026-11-21) has them; descriptions are of the real grammar, most prices made up."""

from __future__ import annotations

import json
from typing import Any


def sku(
    description: str,
    price: tuple[str, int],
    *,
    group: str = "CPU",
    usage: str = "OnDemand",
    unit: str = "h",
    regions: tuple[str, ...] = ("us-central1",),
    family: str = "Compute",
    number: str = "",
) -> dict[str, Any]:
    """One SKU; the price is whole units, as a string, and billionths."""
    number = number or f"{abs(hash((description, price))) % 16**4:04X}-0000-0000"
    return {
        "name": f"services/6F81-5844-456A/skus/{number}",
        "skuId": number,
        "description": description,
        "category": {
            "serviceDisplayName": "Compute Engine", "resourceFamily": family, "resourceGroup": group,
            "usageType": usage,
        },
        "serviceRegions": list(regions),
        "pricingInfo": [{
            "summary": "",
            "pricingExpression": {
                "usageUnit": unit, "displayQuantity": 1,
                "tieredRates": [{
                    "startUsageAmount": 0,
                    "unitPrice": {"currencyCode": "USD", "units": price[0], "nanos": price[1]},
                }],
                "usageUnitDescription": "hour", "baseUnit": "s", "baseUnitDescription": "second",
                "baseUnitConversionFactor": 3600,
            },
            "currencyConversionRate": 1, "effectiveTime": "2026-11-20T10:52:50.681Z",
        }],
        "serviceProviderName": "Google",
        "geoTaxonomy": {"type": "REGIONAL", "regions": list(regions)},
    }  # fmt: skip


def host(family: str, core: int, ram: int, *, prefix: str = "", **changes: Any) -> list[dict[str, Any]]:
    """The two SKUs of a family's host, in billionths for a core and a GiB."""
    label = f"{prefix}{family} Instance"
    return [
        sku(f"{label} Core running in Americas", ("0", core), **({"group": "CPU"} | changes)),
        sku(f"{label} Ram running in Americas", ("0", ram), unit="GiBy.h", **({"group": "RAM"} | changes)),
    ]


def page(*skus: dict[str, Any], following: str = "") -> bytes:
    """A page with the token of the next one, which is empty on the last."""
    return json.dumps({"skus": skus, "nextPageToken": following}).encode()
