"""Sources of prices: the providers' own interfaces. Each is a `services.pricing.domain.readings.PriceSource`."""

from services.pricing.adapters.providers.aws.source import AwsPrices
from services.pricing.adapters.providers.settings import (
    AwsCredentials,
    AwsSettings,
    AzureSettings,
    FetchSettings,
    GcpSettings,
)

__all__ = ["AwsCredentials", "AwsPrices", "AwsSettings", "AzureSettings", "FetchSettings", "GcpSettings"]
