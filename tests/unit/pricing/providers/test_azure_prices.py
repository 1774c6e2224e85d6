"""The Azure Retail Prices API; the form of its items is in `tests.support.azure_items`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.pricing.adapters.providers.azure.parsers import AzureParsers
from services.pricing.adapters.providers.azure.sizes import size
from services.pricing.adapters.providers.parsing.documents import Unreadable
from services.pricing.adapters.reference.tables import instances
from services.pricing.domain.money import Money
from services.pricing.domain.offers import Architecture, Provider
from tests.support.azure_items import item, named, page
from tests.support.parsed import Parsed, parse

Read = Callable[..., Parsed]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(*items: dict[str, Any], region: str = "eastus") -> Parsed:
        table = AzureParsers().by_name()
        parsed = parse(table["page"], Provider.AZURE, page(*items), tmp_path, region=region)
        end = parse(table["end"], Provider.AZURE, b"", tmp_path, region=region)
        for part in end.parts:
            parsed.add(part)
        return parsed

    return read


def test_the_total_of_a_reservation_is_spread_over_its_term_whatever_its_unit_says(read: Read) -> None:
    parsed = read(
        item(type="Reservation", reservationTerm="1 Year", retailPrice=1003.0, unitPrice=1003.0),
        item(type="Reservation", reservationTerm="3 Years", retailPrice=1939.0, unitPrice=1939.0),
    )
    # 1,003 / 8,760 and 1,939 / 26,280, rounded to a billionth.
    assert parsed.prices == {
        "azure~eastus~Standard_D4s_v5~reserved~~~~~12": "0.114497717",
        "azure~eastus~Standard_D4s_v5~reserved~~~~~36": "0.073782344",
    }
    assert parsed.offers[0].source.note == "1003.0 for the term of 8760 hours"


def test_the_rows_of_one_size_are_told_apart_by_their_names(read: Read) -> None:
    windows = "Virtual Machines Dsv5 Series Windows"
    rows = (
        named("", savingsPlan=[
            {"unitPrice": 0.1307, "retailPrice": 0.1307, "term": "3 Years"},
            {"unitPrice": 0.1478, "retailPrice": 0.1478, "term": "1 Year"},
        ]),
        named("", productName=windows, retailPrice=0.376),
        named(" Spot", retailPrice=0.0355),
        named(" Spot", productName=windows, retailPrice=0.1),
        named(" Low Priority", retailPrice=0.0384),
        named(" Low Priority", productName=windows, retailPrice=0.151),
        named("", type="Reservation", reservationTerm="1 Year", retailPrice=1003.0),
        named("", type="Reservation", reservationTerm="3 Years", retailPrice=1939.0),
        named("", type="Reservation", reservationTerm="5 Years", retailPrice=2900.0),
        named("", productName="Dsv5 Series Cloud Services", retailPrice=0.25),
        named("", productName=windows, type="DevTestConsumption", retailPrice=0.192),
        named("", isPrimaryMeterRegion=False, retailPrice=0.19),
        named("", effectiveEndDate="2026-11-01T00:00:00Z", retailPrice=0.2),
    )  # fmt: skip
    parsed = read(*rows)
    assert len(rows) == 13
    assert parsed.rejected == []
    assert parsed.prices == {
        "azure~eastus~Standard_D4s_v5~on_demand": "0.192",
        "azure~eastus~Standard_D4s_v5~savings_plan~~~~~36~~compute": "0.1307",
        "azure~eastus~Standard_D4s_v5~savings_plan~~~~~12~~compute": "0.1478",
        "azure~eastus~Standard_D4s_v5~on_demand~windows": "0.376",
        "azure~eastus~Standard_D4s_v5~spot": "0.0355",
        "azure~eastus~Standard_D4s_v5~spot~windows": "0.1",
        "azure~eastus~Standard_D4s_v5~low_priority": "0.0384",
        "azure~eastus~Standard_D4s_v5~low_priority~windows": "0.151",
        "azure~eastus~Standard_D4s_v5~reserved~~~~~12": "0.114497717",
        "azure~eastus~Standard_D4s_v5~reserved~~~~~36": "0.073782344",
    }
    assert parsed.out_of_scope == {
        "terms of five years": 1, "cloud services": 1, "prices for developers' subscriptions": 1,
        "meters of another region": 1, "prices of the past": 1,
    }  # fmt: skip


def test_low_priority_is_not_spot(read: Read) -> None:
    parsed = read(named(" Low Priority", retailPrice=0.0384), named(" Spot", retailPrice=0.0355))
    assert [str(offer.key.purchase) for offer in parsed.offers] == ["low_priority", "spot"]


def test_names_that_contradict_each_other_are_rejected(read: Read) -> None:
    parsed = read(named(" Spot", meterName="D4s v5"), named(" Spot", skuName="D4s v5 Low Priority"))
    assert (parsed.offers, parsed.reasons) == ([], ["ambiguous", "ambiguous"])


def test_two_prices_of_one_offer_are_both_rejected_and_doubles_counted(read: Read) -> None:
    series = {"productName": "Virtual Machines DSv5 Series"}
    assert read(item(), item(retailPrice=0.2, **series)).reasons == ["ambiguous", "ambiguous"]
    twice = read(item(), item(**series))
    assert (len(twice.offers), twice.out_of_scope) == (1, {"doubles at the same price": 1})


@pytest.mark.parametrize("product", ["Virtual Machines NCCadsv5 Srs Win", "Virtual Machines Dsv5 Series Windows"])
def test_windows_has_two_spellings(read: Read, product: str) -> None:
    assert [str(offer.key.os) for offer in read(item(productName=product)).offers] == ["windows"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"unitOfMeasure": "1/Month"}, "unknown_unit"),
        ({"armRegionName": "US East"}, "unknown_region"),
        ({"armRegionName": "westus"}, "unknown_region"),
        ({"armSkuName": "Standard_Z9s_v9"}, "unknown_shape"),
        ({"productName": "Virtual Machines Dsv5 Series Haiku"}, "unknown_attribute"),
        ({"type": "Rental"}, "unknown_attribute"),
        ({"type": "Reservation", "reservationTerm": "9 Years"}, "unknown_attribute"),
        ({"currencyCode": "EUR"}, "price_invalid"),
        ({"retailPrice": 0.0}, "price_invalid"),
        ({"retailPrice": -1}, "price_invalid"),
        ({"retailPrice": "dear"}, "malformed"),
        ({"meterName": None}, "malformed"),
        ({"tierMinimumUnits": 100.0}, "ambiguous"),
    ],
)
def test_what_is_not_known_is_rejected_with_a_reason(read: Read, changes: dict[str, Any], reason: str) -> None:
    parsed = read(item(**changes))
    assert (parsed.offers, parsed.reasons) == ([], [reason])


def test_the_h100_with_80_and_with_94_gb_are_not_the_same() -> None:
    nd, nc = size("Standard_ND96isr_H100_v5"), size("Standard_NC40ads_H100_v5")
    assert nd is not None and nd.gpu is not None and nc is not None and nc.gpu is not None
    assert (nd.gpu.model, str(nd.gpu.count), nd.gpu.memory_mib) == ("H100", "8", 80 * 1024)
    assert (nc.gpu.model, str(nc.gpu.count), nc.gpu.memory_mib) == ("H100", "1", 94 * 1024)


def test_sizes_are_those_of_their_series() -> None:
    constrained, arm, odd = size("Standard_E8-4s_v5"), size("Standard_D64ps_v5"), size("Standard_D3s_v5")
    assert constrained is not None and arm is not None
    assert (constrained.millicpus, constrained.memory_mib, constrained.family) == (4000, 64 * 1024, "Esv5")
    assert (arm.memory_mib, arm.architecture) == (208 * 1024, Architecture.ARM64)
    assert odd is None


def test_sizes_agree_with_the_reference_catalogue() -> None:
    """Both were written by hand from different pages."""
    known = {name: instance for name, instance in instances().items() if instance.provider is Provider.AZURE}
    for name, instance in known.items():
        found = size(name)
        assert found is not None, name
        assert (found.millicpus, found.memory_mib, found.gpu) == (
            instance.millicpus, instance.memory_mib, instance.gpu,
        )  # fmt: skip


def test_the_next_page_is_where_the_answer_says(tmp_path: Path) -> None:
    following = "https://prices.azure.com:443/api/retail/prices?$filter=x&$skip=1000"
    table = AzureParsers().by_name()
    parsed = parse(table["page"], Provider.AZURE, page(item(), following=following), tmp_path, region="eastus")
    assert parsed.done.following == following
    assert parsed.offers == []  # until the last page it may come again at another price


@pytest.mark.parametrize("data", [b"", b"{}", b'{"Items": 7}', b'{"Items": [{]}', b'{"Items": ' + b"[" * 100_000])
def test_another_document_is_not_read(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(AzureParsers().by_name()["page"], Provider.AZURE, data, tmp_path, region="eastus")


def test_prices_are_exact(read: Read) -> None:
    """A binary fraction would make 0.1 + 0.2 of it."""
    assert read(item(retailPrice=0.30000000000000004)).offers[0].hourly == Money(300_000_000)
