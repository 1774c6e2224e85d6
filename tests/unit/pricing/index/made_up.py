"""Offers of few values each, so that random filters and constraints find some of them and not all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from services.pricing.domain.constraints import Constraints, GpuNeed
from services.pricing.domain.index import FIELDS, CatalogueIndex
from services.pricing.domain.money import Money
from services.pricing.domain.offers import (
    Architecture,
    CpuUnit,
    Gpu,
    Instance,
    Licence,
    Offer,
    OfferKey,
    OperatingSystem,
    Payment,
    Provider,
    Purchase,
    Source,
    Tenancy,
)
from services.runtime.listing import And, Comparison, Expression, Not, Operator, Or, Wildcard
from services.runtime.listing.fields import FieldType, Kind
from tests.support.pricing import synthetic_version

REGIONS = ("us-east-1", "eu-west-3", "us-gov-west-1", "eastus", "brazilsouth", "europe-west1", "nowhere-9")
TYPES = ("m7i.large", "M7i.LARGE", "Standard_D2s_v5", "größe-4")
FAMILIES = ("m7i", "Dsv5", "größe")
GPUS = ("A100", "A100-80GB", "H100")
AREAS = ("europe", "brazil", "americas", "eu", "nothing")
MOMENTS = (
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 11, 20, 10, 30, 0, 5, tzinfo=UTC),
    datetime(2026, 11, 20, 12, 30, tzinfo=timezone(timedelta(hours=2))),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
)
PRICES = (0, 1, 100_000_000, 100_000_001, 96_000_000_000, 10**15 - 1)
_COUNTS = tuple(map(Decimal, ("0.125", "0.333", "1", "8")))
_MEMORY = (0, 512, 1024, 40 * 1024, 80 * 1024)
_MILLICPUS = (0, 250, 2000, 3000, 96_000)


@st.composite
def an_offer(draw: st.DrawFn) -> Offer:
    provider = draw(st.sampled_from(Provider))
    currency = draw(st.sampled_from(("USD", "USD", "USD", "EUR")))
    key = OfferKey(
        provider=provider,
        region=draw(st.sampled_from(REGIONS)),
        instance_type=draw(st.sampled_from(TYPES)),
        purchase=draw(st.sampled_from(Purchase)),
        os=draw(st.sampled_from(OperatingSystem)),
        zone=draw(st.sampled_from(("", "us-east-1a"))),
        licence=draw(st.sampled_from(Licence)),
        tenancy=draw(st.sampled_from(Tenancy)),
        term_months=draw(st.sampled_from((0, 12, 36))),
        payment=draw(st.sampled_from(Payment)),
        plan=draw(st.sampled_from(("", "compute"))),
        currency=currency,
    )
    money = st.builds(Money, st.sampled_from(PRICES), st.just(currency))
    return Offer(
        key=key,
        instance=draw(_instances(provider, key.instance_type)),
        hourly=draw(money),
        source=draw(
            st.builds(
                Source,
                st.just(provider),
                st.sampled_from(("https://prices.example/1", "file")),
                st.sampled_from(MOMENTS),
                st.none() | st.sampled_from(MOMENTS),
                st.sampled_from(("", "composed")),
            )
        ),
        upfront=draw(st.none() | money),
        flags=draw(st.sampled_from(((), ("spot_above_on_demand",), ("a", "b")))),
    )


def _instances(provider: Provider, type_: str) -> st.SearchStrategy[Instance]:
    gpu = st.builds(
        Gpu, st.sampled_from(GPUS), st.sampled_from(_COUNTS), st.none() | st.sampled_from((24 * 1024, 80 * 1024))
    )
    return st.builds(
        Instance,
        provider=st.just(provider),
        type=st.just(type_),
        family=st.sampled_from(FAMILIES),
        millicpus=st.sampled_from(_MILLICPUS),
        memory_mib=st.sampled_from(_MEMORY),
        cpu_unit=st.sampled_from(CpuUnit),
        architecture=st.sampled_from(Architecture),
        gpu=st.none() | gpu,
        burstable=st.sampled_from((None, True, False)),
        local_disk_gib=st.sampled_from((None, 0, 900)),
        network_mbps=st.sampled_from((None, 12_500)),
    )


def offers(least: int = 0) -> st.SearchStrategy[list[Offer]]:
    """Offers with different keys."""
    return st.lists(an_offer(), min_size=least, max_size=8, unique_by=lambda offer: offer.key)


def indexed(some: list[Offer]) -> CatalogueIndex:
    return CatalogueIndex.build(synthetic_version(1, len(some)), some)


_TEXTS = st.sampled_from((*REGIONS, *TYPES, *FAMILIES, *GPUS, "", "large", "us-", "A", "GRÖ", "USD", "compute", "*"))
_BOUNDS = st.sampled_from((-1.0, 0.0, 1e-9, 0.1, 0.125, 0.2, 0.333, 1.0, 2.0, 8.0, 40.0, 80.0, 96.0, 999_999.999999999))
_ORDERED = tuple(operator for operator in Operator if operator is not Operator.HAS)


def _comparison(name: str) -> st.SearchStrategy[Expression]:
    field = FIELDS[name]
    operators = st.sampled_from(_ORDERED)
    equalities = st.sampled_from((Operator.EQUAL, Operator.NOT_EQUAL))
    made: dict[Kind, st.SearchStrategy[Any]] = {
        Kind.STRINGS: st.tuples(st.just(Operator.HAS), st.sampled_from((*AREAS, "*"))),
        Kind.STRING: st.tuples(st.sampled_from(Operator), _TEXTS)
        | st.tuples(equalities, st.builds(Wildcard, _TEXTS, st.just(True), st.booleans()))
        | st.tuples(equalities, st.builds(Wildcard, _TEXTS, st.just(False), st.just(True))),
        Kind.ENUM: st.tuples(operators, st.sampled_from(field.names or ("",))),
        Kind.BOOLEAN: st.tuples(equalities, st.booleans()),
        Kind.INTEGER: st.tuples(operators, st.sampled_from((-(2**63), 0, 12, 13, 36, 2**63 - 1))),
        Kind.NUMBER: st.tuples(operators, _BOUNDS),
        Kind.TIMESTAMP: st.tuples(operators, st.sampled_from(MOMENTS)),
    }
    return made[field.kind].map(lambda found: _compare(name, field, *found))


def _compare(name: str, field: FieldType, operator: Operator, value: Any) -> Comparison:
    return Comparison(name, field, operator, value)


def filters() -> st.SearchStrategy[Expression]:
    return st.recursive(
        st.sampled_from(sorted(FIELDS)).flatmap(_comparison),
        lambda inner: (
            st.builds(Not, inner)
            | st.builds(And, st.lists(inner, max_size=3).map(tuple))
            | st.builds(Or, st.lists(inner, max_size=3).map(tuple))
        ),
        max_leaves=6,
    )


def _some(values: Any) -> st.SearchStrategy[Any]:
    return st.just(()) | st.lists(st.sampled_from(values), max_size=3).map(tuple)


def constraints() -> st.SearchStrategy[Constraints]:
    none = st.none()
    need = st.builds(
        GpuNeed,
        models=_some(GPUS),
        count_exact=none | st.sampled_from(_COUNTS),
        count_at_least=none | st.sampled_from(_COUNTS),
        count_at_most=none | st.sampled_from(_COUNTS),
        memory_mib_at_least=none | st.sampled_from((0, 80 * 1024)),
        total_memory_mib_at_least=none | st.sampled_from((0, 10 * 1024, 100 * 1024)),
    )
    return st.builds(
        Constraints,
        providers=_some(Provider),
        instance_types=_some((*TYPES, "other")),
        families=_some(FAMILIES),
        regions=_some(REGIONS),
        areas=_some(AREAS),
        purchases=_some(Purchase),
        operating_systems=_some(OperatingSystem),
        tenancies=_some(Tenancy),
        architectures=_some(Architecture),
        millicpus_at_least=none | st.sampled_from(_MILLICPUS),
        millicpus_at_most=none | st.sampled_from(_MILLICPUS),
        memory_mib_at_least=none | st.sampled_from(_MEMORY),
        memory_mib_at_most=none | st.sampled_from(_MEMORY),
        gpu=none | need,
        without_gpu=st.sampled_from((False, False, True)),
        term_months=st.sampled_from((None, None, 0, 12)),
        payment=none | st.sampled_from(Payment),
        hourly_at_most=none | st.builds(Money, st.sampled_from(PRICES), st.sampled_from(("USD", "EUR"))),
        burstable=st.sampled_from((None, None, True, False)),
        interruptible=st.sampled_from((None, None, True, False)),
        without_providers=_some(Provider),
        without_purchases=_some(Purchase),
        without_families=_some(FAMILIES),
        without_regions=_some(REGIONS),
        without_gpu_models=_some(GPUS),
        currency=st.sampled_from(("USD", "USD", "EUR")),
    )
