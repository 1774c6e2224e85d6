"""Pages of the Azure Retail Prices API: fields and form as "Azure Retail Prices overview" has them
(learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices, read 2026-11-21); prices are ours."""

from __future__ import annotations

import json
from typing import Any

_ITEM: dict[str, Any] = {
    "currencyCode": "USD",
    "tierMinimumUnits": 0.0,
    "retailPrice": 0.192,
    "unitPrice": 0.192,
    "armRegionName": "eastus",
    "location": "US East",
    "effectiveStartDate": "2023-11-01T00:00:00Z",
    "meterId": "000a794b-bdb0-58be-a0cd-0c3a0f222923",
    "meterName": "D4s v5",
    "productId": "DZH318Z08NNZ",
    "skuId": "DZH318Z08NNZ/004B",
    "availabilityId": None,
    "productName": "Virtual Machines Dsv5 Series",
    "skuName": "Standard_D4s_v5",
    "serviceName": "Virtual Machines",
    "serviceId": "DZH313Z7MMC8",
    "serviceFamily": "Compute",
    "unitOfMeasure": "1 Hour",
    "type": "Consumption",
    "isPrimaryMeterRegion": True,
    "armSkuName": "Standard_D4s_v5",
}


def item(**changes: object) -> dict[str, Any]:
    """A D4s v5 in eastus with Linux on demand, but for these fields."""
    return _ITEM | changes


def named(ending: str, **changes: object) -> dict[str, Any]:
    """The same with names of SKU and meter that end so."""
    return item(**({"meterName": f"D4s v5{ending}", "skuName": f"Standard_D4s_v5{ending}"} | changes))


def page(*items: dict[str, Any], following: str | None = None) -> bytes:
    """A page with the address of the next one."""
    return json.dumps({
        "BillingCurrency": "USD",
        "CustomerEntityId": "Default",
        "CustomerEntityType": "Retail",
        "Items": items,
        "NextPageLink": following,
        "Count": len(items),
    }).encode()  # fmt: skip
