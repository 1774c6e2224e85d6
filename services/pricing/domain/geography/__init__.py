"""Where the providers' regions are: by code, with names for people, and the areas that questions name."""

from services.pricing.domain.geography.places import Place, ZoneKind, place
from services.pricing.domain.geography.regions import AREAS, Area, Partition, Region, region, regions, regions_of

__all__ = ["AREAS", "Area", "Partition", "Place", "Region", "ZoneKind", "place", "region", "regions", "regions_of"]
