"""The sources of prices, and their settings. Each is a `services.pricing.domain.readings.PriceSource`."""

from services.pricing.adapters.providers.aws.source import AwsPrices
from services.pricing.adapters.providers.azure.source import AzurePrices
from services.pricing.adapters.providers.gcp.source import GcpPrices
from services.pricing.adapters.providers.settings import (
    AwsCredentials,
    AwsSettings,
    AzureSettings,
    FetchSettings,
    GcpSettings,
)

__all__ = [
    "AwsCredentials",
    "AwsPrices",
    "AwsSettings",
    "AzurePrices",
    "AzureSettings",
    "FetchSettings",
    "GcpPrices",
    "GcpSettings",
]
