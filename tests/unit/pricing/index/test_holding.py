"""An index holds its offers exactly, as rows and as bytes."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.pricing.domain.index import (
    CatalogueIndex,
    Holder,
    NoCatalogue,
    SnapshotInvalid,
    per_gib,
    per_gpu,
    per_vcpu,
)
from services.pricing.domain.money import Money
from services.pricing.domain.offers import Gpu, Offer, Provider
from tests.support.pricing import synthetic_offers, synthetic_version
from tests.unit.pricing.index import made_up

_SOME = settings(deadline=None, max_examples=40)
_FEW_OFFERS = synthetic_offers(40)


@_SOME
@given(made_up.offers())
def test_offers_come_back_as_they_were(offers: list[Offer]) -> None:
    built = made_up.indexed(offers)
    restored = CatalogueIndex.restore(built.version, built.snapshot())
    expected = sorted(offers, key=lambda offer: offer.key.id)
    for index in (built, restored):
        assert len(index) == len(offers)
        assert [index.offer(row) for row in range(len(index))] == expected
        assert [index.find(offer.key) for offer in expected] == list(range(len(index)))
        assert index.instances() == built.instances()
        assert index.gpus() == built.gpus()
        assert index.snapshot() == built.snapshot()


@_SOME
@given(made_up.offers(least=1))
def test_the_arrays_have_the_figures_of_the_offers(offers: list[Offer]) -> None:
    index = made_up.indexed(offers)
    for row in range(len(index)):
        offer = index.offer(row)
        gpu = offer.instance.gpu
        count = Decimal(0) if gpu is None else gpu.count
        assert index.hourly[row] == offer.hourly.nanos
        assert index.upfront[row] == (-1 if offer.upfront is None else offer.upfront.nanos)
        assert index.millicpus[row] == offer.instance.millicpus
        assert index.memory_mib[row] == offer.instance.memory_mib
        assert index.gpu_count[row] == float(count)
        for each, of_offer, amount in (
            (index.per_vcpu, per_vcpu(offer), Fraction(offer.instance.millicpus, 1000)),
            (index.per_gib, per_gib(offer), Fraction(offer.instance.memory_mib, 1024)),
            (index.per_gpu, per_gpu(offer), Fraction(count)),
        ):
            # `round` of a fraction rounds half to even.
            nanos = round(offer.hourly.nanos / amount) if amount else -1
            assert each[row] == nanos
            assert of_offer == (Money(nanos, offer.hourly.currency) if amount else None)


@_SOME
@given(st.integers(0, 10**15 - 1), st.integers(1, 10**7), st.integers(1, 2**30), st.integers(1_000, 10**10))
def test_prices_per_unit_are_exact_at_all_sizes(hourly: int, millicpus: int, memory: int, micro_gpus: int) -> None:
    offer = _FEW_OFFERS[0]
    gpu = Gpu("H100", Decimal(micro_gpus) / 10**6, None)
    instance = replace(offer.instance, millicpus=millicpus, memory_mib=memory, gpu=gpu)
    index = made_up.indexed([replace(offer, hourly=Money(hourly), instance=instance)])
    assert index.per_vcpu[0] == round(Fraction(hourly * 1000, millicpus))
    assert index.per_gib[0] == round(Fraction(hourly * 1024, memory))
    assert index.per_gpu[0] == round(hourly / Fraction(gpu.count))


def test_arrays_cannot_be_written_to() -> None:
    built = made_up.indexed(synthetic_offers(10))
    for index in (built, CatalogueIndex.restore(built.version, built.snapshot())):
        for array in (index.hourly, index.per_gpu, index.gpu_count, index.column("region").codes, index.search().rows):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


def test_what_cannot_be_held_is_refused() -> None:
    offer, other = synthetic_offers(2)
    instance = offer.instance
    for bad in (
        replace(offer, hourly=Money(-1)),
        replace(offer, hourly=Money(10**15)),
        replace(offer, hourly=Money(1, "EUR")),
        replace(offer, upfront=Money(1, "EUR")),
        replace(offer, instance=replace(instance, type="another")),
        replace(offer, source=replace(offer.source, provider=_another(offer.key.provider))),
        replace(offer, instance=replace(instance, gpu=Gpu("H100", Decimal("0.0000001"), None))),
        replace(offer, instance=replace(instance, gpu=Gpu("H100", Decimal("1.0000001"), None))),
    ):
        with pytest.raises(ValueError, match=offer.key.id):
            made_up.indexed([bad, other])
    with pytest.raises(ValueError, match=f"two offers are {offer.key.id}"):
        made_up.indexed([offer, other, offer])


def _another(provider: Provider) -> Provider:
    return next(each for each in Provider if each is not provider)


@_SOME
@given(st.data())
def test_damaged_bytes_are_never_taken_for_a_version(data: st.DataObject) -> None:
    index = made_up.indexed(_FEW_OFFERS)
    whole = index.snapshot()
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    for damaged in (changed, whole[:at]):
        with pytest.raises(SnapshotInvalid):
            CatalogueIndex.restore(index.version, damaged)


def test_the_bytes_of_another_version_are_refused() -> None:
    index = made_up.indexed(synthetic_offers(3))
    with pytest.raises(SnapshotInvalid, match="version 1, not 2"):
        CatalogueIndex.restore(synthetic_version(2, 3), index.snapshot())


def test_listings_count_what_there_is() -> None:
    offers = synthetic_offers(2_000)
    index = made_up.indexed(offers)
    providers = index.providers()
    assert [each.provider for each in providers] == list(Provider)
    assert sum(each.offers for each in providers) == len(offers)
    for each in providers:
        own = [offer for offer in offers if offer.key.provider is each.provider]
        assert each.regions == len({offer.key.region for offer in own}) == len(index.regions(each.provider))
        assert each.instance_types == len({offer.key.instance_type for offer in own})
        assert set(each.purchases) == {offer.key.purchase for offer in own}
        assert set(each.gpu_models) == {offer.instance.gpu.model for offer in own if offer.instance.gpu}
        assert each.newest_observed_at == max(offer.source.observed_at for offer in own)
    for region in index.regions():
        assert region.offers == sum(
            (offer.key.provider, offer.key.region) == (region.provider, region.code) for offer in offers
        )
    assert set(index.instances()) == {offer.instance for offer in offers}
    for gpu in index.gpus():
        own = [offer for offer in offers if offer.instance.gpu and offer.instance.gpu.model == gpu.model]
        assert gpu.offers == len(own)
        assert gpu.counts == tuple(sorted({offer.instance.gpu.count for offer in own if offer.instance.gpu}))


def test_an_empty_version_is_a_version() -> None:
    index = made_up.indexed([])
    assert index.search().total == 0
    assert (index.providers(), index.regions(), index.gpus(), index.instances()) == ((), (), (), ())
    assert index.find(synthetic_offers(1)[0].key) is None


def test_only_a_newer_version_replaces_and_the_one_before_is_kept() -> None:
    first, second, third = (CatalogueIndex.build(synthetic_version(n, 5), synthetic_offers(5)) for n in (1, 2, 3))
    holder = Holder()
    with pytest.raises(NoCatalogue):
        _ = holder.current
    assert [holder.replace(each) for each in (first, third, second, third)] == [True, True, False, False]
    assert holder.current is third
    assert holder.at(1) is first
    assert holder.at(2) is None
    assert holder.replace(CatalogueIndex.build(synthetic_version(4, 5), synthetic_offers(5)))
    assert holder.at(1) is None


def test_readers_always_have_a_whole_version_while_it_is_replaced() -> None:
    offers = synthetic_offers(200)
    versions = [CatalogueIndex.build(synthetic_version(n, 10 * n), offers[: 10 * n]) for n in range(1, 21)]
    holder, done, seen = Holder(versions[0]), threading.Event(), list[bool]()

    def read() -> None:
        last = 0
        while not done.is_set():
            index = holder.current
            found = index.search(limit=500)
            seen.append(found.total == len(found.rows) == 10 * index.version.number and index.version.number >= last)
            last = index.version.number

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for version in versions[1:]:
        assert holder.replace(version)
    done.set()
    for reader in readers:
        reader.join()
    assert all(seen)
    assert np.all(holder.current.hourly == versions[-1].hourly)
