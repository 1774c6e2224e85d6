"""One version of the catalogue in memory: built or restored once, then searched by many threads."""

from services.pricing.domain.index.catalogue import CatalogueIndex
from services.pricing.domain.index.columns import Column
from services.pricing.domain.index.fields import DEFAULT_ORDER, FIELDS, ORDERABLE
from services.pricing.domain.index.holder import Holder, NoCatalogue
from services.pricing.domain.index.listings import GpuListing, ProviderListing, RegionListing
from services.pricing.domain.index.ordering import Found
from services.pricing.domain.index.snapshots import SnapshotInvalid
from services.pricing.domain.index.unit_prices import per_gib, per_gpu, per_vcpu
from services.pricing.domain.index.values import values_of

__all__ = [
    "DEFAULT_ORDER",
    "FIELDS",
    "ORDERABLE",
    "CatalogueIndex",
    "Column",
    "Found",
    "GpuListing",
    "Holder",
    "NoCatalogue",
    "ProviderListing",
    "RegionListing",
    "SnapshotInvalid",
    "per_gib",
    "per_gpu",
    "per_vcpu",
    "values_of",
]
