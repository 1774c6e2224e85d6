"""The sources of prices, and their settings. Each is a `services.pricing.domain.readings.PriceSource`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from services.pricing.domain.errors import SourceNotConfigured
from services.pricing.domain.offers import Provider
from services.pricing.domain.readings import PriceSource

_NEEDED = {
    Provider.AWS: "its price list's address",
    Provider.AZURE: "its price list's address",
    Provider.GCP: "an API key (MALHA_GCP_API_KEY_FILE)",
}


@dataclass(frozen=True, slots=True)
class Sources:
    """Makes the sources for a refresh. A provider without settings is off, or its key is missing."""

    fetching: FetchSettings
    aws: AwsSettings | None = None
    azure: AzureSettings | None = None
    gcp: GcpSettings | None = None

    def __call__(self, provider: Provider, regions: Sequence[str] = ()) -> Sequence[PriceSource]:
        """The sources of a provider, for these regions; for those of its settings where none is named. Raises
        SourceNotConfigured."""
        named = tuple(regions)
        if provider is Provider.AWS and self.aws is not None:
            return (AwsPrices(replace(self.aws, regions=named or self.aws.regions), self.fetching),)
        if provider is Provider.AZURE and self.azure is not None:
            return (AzurePrices(replace(self.azure, regions=named or self.azure.regions), self.fetching),)
        if provider is Provider.GCP and self.gcp is not None:
            return (GcpPrices(replace(self.gcp, regions=named or self.gcp.regions), self.fetching),)
        raise SourceNotConfigured(provider, _NEEDED[provider])


__all__ = [
    "AwsCredentials",
    "AwsPrices",
    "AwsSettings",
    "AzurePrices",
    "AzureSettings",
    "FetchSettings",
    "GcpPrices",
    "GcpSettings",
    "Sources",
]
