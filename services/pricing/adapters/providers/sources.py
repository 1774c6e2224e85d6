"""The sources of prices, and their settings. Each is a `services.pricing.domain.readings.PriceSource`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.pricing.adapters.providers.aws.source import AwsPrices
from services.pricing.adapters.providers.azure.source import AzurePrices
from services.pricing.adapters.providers.gcp.source import GcpPrices
from services.pricing.adapters.providers.regions import is_region
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
        """The sources of a provider, for those of these regions that are its own; for those of its settings where none
        is named. None where all that are named are others' regions. Raises SourceNotConfigured."""
        settings = {Provider.AWS: self.aws, Provider.AZURE: self.azure, Provider.GCP: self.gcp}[provider]
        if settings is None:
            raise SourceNotConfigured(provider, _NEEDED[provider])
        named = regions or settings.regions
        own = tuple(code for code in named if is_region(provider, code))
        # Without a region of its own a source would read all of them.
        return () if named and not own else (self._source(settings, own),)

    def _source(self, settings: AwsSettings | AzureSettings | GcpSettings, regions: tuple[str, ...]) -> PriceSource:
        if isinstance(settings, AwsSettings):
            return AwsPrices(replace(settings, regions=regions), self.fetching)
        if isinstance(settings, AzureSettings):
            return AzurePrices(replace(settings, regions=regions), self.fetching)
        return GcpPrices(replace(settings, regions=regions), self.fetching)


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
