"""What constraints mean for one offer, written down a second time and without any index."""

from __future__ import annotations

from services.pricing.domain import geography
from services.pricing.domain.constraints import Constraints, GpuNeed
from services.pricing.domain.geography import Partition
from services.pricing.domain.offers import INTERRUPTIBLE, Gpu, Offer


def fulfils(offer: Offer, wanted: Constraints) -> bool:
    key, instance = offer.key, offer.instance
    areas = {area for area in wanted.areas for region in geography.regions_of(area, Partition.COMMERCIAL)
             if (region.provider, region.code) == (key.provider, key.region)}  # fmt: skip
    most = wanted.hourly_at_most
    return all(
        (
            key.currency == wanted.currency,
            _any(wanted.providers, key.provider),
            _any(wanted.instance_types, key.instance_type),
            _any(wanted.families, instance.family),
            _any(wanted.regions, key.region),
            not wanted.areas or bool(areas),
            _any(wanted.purchases, key.purchase),
            _any(wanted.operating_systems, key.os),
            _any(wanted.tenancies, key.tenancy),
            _any(wanted.architectures, instance.architecture),
            wanted.millicpus_at_least is None or instance.millicpus >= wanted.millicpus_at_least,
            wanted.millicpus_at_most is None or instance.millicpus <= wanted.millicpus_at_most,
            wanted.memory_mib_at_least is None or instance.memory_mib >= wanted.memory_mib_at_least,
            wanted.memory_mib_at_most is None or instance.memory_mib <= wanted.memory_mib_at_most,
            wanted.gpu is None or (instance.gpu is not None and _enough(instance.gpu, wanted.gpu)),
            not wanted.without_gpu or instance.gpu is None,
            wanted.term_months in (None, key.term_months),
            wanted.payment in (None, key.payment),
            most is None or (most.currency == offer.hourly.currency and offer.hourly.nanos <= most.nanos),
            wanted.burstable in (None, instance.burstable),
            wanted.interruptible in (None, key.purchase in INTERRUPTIBLE),
            key.provider not in wanted.without_providers,
            key.purchase not in wanted.without_purchases,
            instance.family not in wanted.without_families,
            key.region not in wanted.without_regions,
            instance.gpu is None or instance.gpu.model not in wanted.without_gpu_models,
        )
    )


def _any(wanted: tuple[object, ...], actual: object) -> bool:
    return not wanted or actual in wanted


def _enough(gpu: Gpu, need: GpuNeed) -> bool:
    each, total = need.memory_mib_at_least, need.total_memory_mib_at_least
    return all(
        (
            _any(need.models, gpu.model),
            need.count_exact in (None, gpu.count),
            need.count_at_least is None or gpu.count >= need.count_at_least,
            need.count_at_most is None or gpu.count <= need.count_at_most,
            each is None or (gpu.memory_mib is not None and gpu.memory_mib >= each),
            total is None or (gpu.memory_mib is not None and gpu.memory_mib * gpu.count >= total),
        )
    )
