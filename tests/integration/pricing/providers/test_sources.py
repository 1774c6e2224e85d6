"""Whole readings of each provider, against a local server that replays its interface."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace

import psutil
import pytest

from services.pricing.adapters.providers.settings import (
    AwsCredentials,
    AwsSettings,
    AzureSettings,
    FetchSettings,
    GcpSettings,
)
from services.pricing.adapters.providers.sources import AwsPrices, AzurePrices, GcpPrices, Sources
from services.pricing.domain.errors import SourceNotConfigured
from services.pricing.domain.offers import Provider
from services.pricing.domain.readings import (
    Batch,
    Coverage,
    PriceSource,
    Progress,
    SourceFailed,
    SourceFailure,
    Validator,
)
from tests.support import azure_items, gcp_skus
from tests.support.aws_price_file import RESERVED, price_file, row, sized
from tests.support.azure_items import item, named
from tests.support.price_server import Answer, PriceServer, Request, zipped
from tests.support.waiting import eventually

OFFERS = "/offers/v1.0/aws/AmazonEC2/current/region_index.json"
PLANS = "/savingsPlan/v1.0/aws/AWSComputeSavingsPlan/current/region_index.json"
EC2 = "/offers/v1.0/aws/AmazonEC2/20261120183221/us-east-1/index.csv"
SAVINGS = "/savingsPlan/v1.0/aws/AWSComputeSavingsPlan/20261120184447/us-east-1/index.csv"
# The forms of the region indexes: "Getting price list files using the AWS Price List Bulk API", AWS Billing user guide.
OFFERS_INDEX = (
    '{"formatVersion": "v1.0", "disclaimer": "", "publicationDate": "2026-11-20T18:32:21Z", "regions": {"us-east-1": '
    '{"regionCode": "us-east-1", "currentVersionUrl": "' + EC2.replace(".csv", ".json") + '"}, "us-east-1-bos-1": '
    '{"regionCode": "us-east-1-bos-1", "currentVersionUrl": "/x/index.json"}}}'
).encode()
PLANS_INDEX = (
    '{"disclaimer": "", "publicationDate": "2026-11-20T18:44:47Z", "regions": [{"regionCode": "us-east-1", '
    '"versionUrl": "' + SAVINGS.replace(".csv", ".json") + '"}]}'
).encode()
PLANS_FILE = b"""FormatVersion,v1.0
Disclaimer,
Publication Date,2026-11-20T18:44:47Z
Version,20261120184447
OfferCode,AmazonComputeSavingsPlan
SKU,Unit,EffectiveDate,DiscountedRate,Currency,DiscountedSKU,DiscountedServiceCode,PurchaseOption,\
LeaseContractLength,LeaseContractLengthUnit,Product Family
P,Hrs,2026-06-05T18:51:13Z,0.0425,USD,2223B6PCG6QAUYY6,AmazonEC2,No Upfront,1,year,ComputeSavingsPlans
"""
ADVISOR = b"""{"ranges": [{"index": 0, "max": 5}], "spot_advisor": {"us-east-1": {"Linux": {"m7i.large": {"r": 0}}}}}"""
SPOT = """<DescribeSpotPriceHistoryResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><spotPriceHistorySet><item>
<instanceType>m7i.large</instanceType><productDescription>Linux/UNIX</productDescription><spotPrice>0.0382</spotPrice>
<timestamp>2026-11-21T08:11:05.000Z</timestamp><availabilityZone>us-east-1{zone}</availabilityZone></item>
</spotPriceHistorySet><nextToken>{token}</nextToken></DescribeSpotPriceHistoryResponse>"""


class Reading:
    """All that a source gave."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.progress: list[Progress] = []

    async def of(self, source: PriceSource, known: Mapping[str, Validator] | None = None) -> Reading:
        async with contextlib.aclosing(source.read(self.progress.append, known or {})) as batches:
            async for batch in batches:
                self.batches.append(batch)
        return self

    @property
    def prices(self) -> dict[str, str]:
        return {offer.key.id: f"{offer.hourly.amount:f}" for batch in self.batches for offer in batch.offers}

    @property
    def coverage(self) -> list[Coverage]:
        return [coverage for batch in self.batches for coverage in batch.coverage]


def aws(server: PriceServer, **changes: object) -> AwsSettings:
    settings = AwsSettings(
        regions=("us-east-1",), prices_url=server.url, spot_url=server.url, advisor_url=server.url + "/advisor.json"
    )
    return replace(settings, **changes)  # type: ignore[arg-type]


@pytest.fixture
def amazon(server: PriceServer) -> PriceServer:
    etag = {"etag": '"1"'}
    rows = [row(), row(RESERVED | {"PurchaseOption": "No Upfront", "PricePerUnit": "0.07"}), row({"Tenancy": "Odd"})]
    server.on(OFFERS, Answer(OFFERS_INDEX))
    server.on(PLANS, Answer(PLANS_INDEX))
    server.on(EC2, zipped(Answer(price_file(rows), headers=etag)))
    server.on(SAVINGS, Answer(PLANS_FILE, headers=etag))
    server.on("/advisor.json", Answer(ADVISOR, headers=etag))
    return server


async def test_amazon_is_read_region_by_region(amazon: PriceServer, fetching: FetchSettings) -> None:
    reading = await Reading().of(AwsPrices(aws(amazon), fetching))
    assert reading.prices == {
        "aws~us-east-1~m7i.large~on_demand": "0.1008",
        "aws~us-east-1~m7i.large~reserved~~~~~12~no_upfront~standard": "0.07",
        "aws~us-east-1~m7i.large~savings_plan~~~~~12~no_upfront~compute": "0.0425",
    }
    assert [str(rejected.reason) for batch in reading.batches for rejected in batch.rejected] == ["unknown_attribute"]
    assert [found.percent_to for batch in reading.batches for found in batch.interruptions] == [5]
    assert [(covered.part, covered.region, covered.unchanged) for covered in reading.coverage] == [
        ("on_demand_and_reserved", "us-east-1", False),
        ("savings_plans", "us-east-1", False),
        ("interruptions", "", False),
    ]  # fmt: skip
    last = [told for told in reading.progress if told.document.endswith(EC2)][-1]
    assert (last.rows, last.accepted, last.rejected) == (3, 2, 1)
    assert last.bytes_read == last.bytes_total
    assert list(fetching.scratch.iterdir()) == []


async def test_what_has_not_changed_is_not_read_again(amazon: PriceServer, fetching: FetchSettings) -> None:
    first = await Reading().of(AwsPrices(aws(amazon), fetching))
    known = {covered.document: covered.validator for covered in first.coverage}

    def unchanged(request: Request) -> Answer:
        return Answer(status=304 if request.headers.get("if-none-match") == '"1"' else 500)

    for path in (EC2, SAVINGS, "/advisor.json"):
        amazon.on(path, unchanged)
    second = await Reading().of(AwsPrices(aws(amazon), fetching), known)
    assert (second.prices, [covered.unchanged for covered in second.coverage]) == ({}, [True, True, True])
    assert {covered.document: covered.validator for covered in second.coverage} == known


async def test_plans_that_changed_bring_the_price_file_along(amazon: PriceServer, fetching: FetchSettings) -> None:
    first = await Reading().of(AwsPrices(aws(amazon), fetching))
    known = {covered.document: covered.validator for covered in first.coverage if covered.part != "savings_plans"}
    amazon.on(EC2, Answer(status=304), zipped(Answer(price_file([row()]), headers={"etag": '"1"'})))
    second = await Reading().of(AwsPrices(aws(amazon, advisor=False), fetching), known)
    assert len(second.prices) == 2


async def test_spot_prices_are_asked_for_with_a_signature(amazon: PriceServer, fetching: FetchSettings) -> None:
    pages = (SPOT.format(zone="a", token="next"), SPOT.format(zone="b", token=""))
    amazon.on("/", *(Answer(page.encode()) for page in pages))
    credentials = AwsCredentials("AKIDEXAMPLE", "very-secret")
    settings = aws(amazon, credentials=credentials, savings_plans=False, advisor=False)
    reading = await Reading().of(AwsPrices(settings, fetching))
    assert sorted(key for key in reading.prices if "spot" in key) == [
        "aws~us-east-1~m7i.large~spot~~us-east-1a", "aws~us-east-1~m7i.large~spot~~us-east-1b",
    ]  # fmt: skip
    first, second = amazon.asked("/")
    assert first.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert b"Action=DescribeSpotPriceHistory" in first.body
    assert b"NextToken=next" in second.body and b"NextToken" not in first.body
    assert b"very-secret" not in first.body + "".join(first.headers.values()).encode()


async def test_azure_is_read_page_by_page(server: PriceServer, fetching: FetchSettings) -> None:
    following = f"{server.url}/api/retail/prices?$skip=1"
    first = azure_items.page(named(""), named(" Spot", retailPrice=0.0355), following=following)
    second = azure_items.page(item(armSkuName="Standard_Z1"), item(type="Rental"))
    server.on("/api/retail/prices", Answer(first), Answer(status=429, headers={"retry-after": "0"}), Answer(second))
    settings = AzureSettings(regions=("eastus",), prices_url=server.url + "/api/retail/prices")
    reading = await Reading().of(AzurePrices(settings, fetching))
    assert reading.prices == {
        "azure~eastus~Standard_D4s_v5~on_demand": "0.192", "azure~eastus~Standard_D4s_v5~spot": "0.0355",
    }  # fmt: skip
    assert sum(len(batch.rejected) for batch in reading.batches) == 2
    assert [(covered.region, covered.part) for covered in reading.coverage] == [("eastus", "virtual_machines")]
    assert "armRegionName+eq+%27eastus%27" in server.requests[0].target
    assert len(server.requests) == 3


async def test_an_empty_page_is_the_last(server: PriceServer, fetching: FetchSettings) -> None:
    server.on("/", Answer(azure_items.page()))
    reading = await Reading().of(AzurePrices(AzureSettings(("eastus",), server.url + "/"), fetching))
    assert (reading.prices, len(reading.coverage)) == ({}, 1)


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("http://169.254.169.254/", SourceFailure.FORBIDDEN_ADDRESS),
        ("https://prices.azure.com.evil.example/", SourceFailure.FORBIDDEN_ADDRESS),
        ("file:///etc/passwd", SourceFailure.FORBIDDEN_ADDRESS),
        ("{url}/round", SourceFailure.INVALID),
    ],
)
async def test_a_next_page_that_leads_elsewhere_or_nowhere_ends_the_reading(
    server: PriceServer, fetching: FetchSettings, link: str, why: SourceFailure
) -> None:
    data = azure_items.page(item(), following=link.format(url=server.url))
    server.on("/", Answer(data))
    server.on("/round", Answer(data))
    with pytest.raises(SourceFailed) as caught:
        await Reading().of(AzurePrices(AzureSettings(("eastus",), server.url + "/"), fetching))
    assert caught.value.why is why


async def test_google_is_composed_of_all_pages(server: PriceServer, fetching: FetchSettings) -> None:
    core, ram = gcp_skus.host("N2", 31_611_000, 4_237_000)
    path = "/v1/services/6F81-5844-456A/skus"
    server.on(path, Answer(gcp_skus.page(core, following="token-2")), zipped(Answer(gcp_skus.page(ram))))
    settings = GcpSettings("key-of-a-file\n", regions=("us-central1",), prices_url=server.url)
    reading = await Reading().of(GcpPrices(settings, fetching))
    assert reading.prices["gcp~us-central1~n2-standard-4~on_demand"] == "0.194236"
    assert [covered.region for covered in reading.coverage] == ["us-central1"]
    assert "pageToken=token-2" in server.requests[1].target
    assert {request.headers["x-goog-api-key"] for request in server.requests} == {"key-of-a-file"}
    assert all("key-of-a-file" not in request.target for request in server.requests)
    assert "key-of-a-file" not in repr(settings)


async def test_a_truncated_and_an_exploding_archive_are_not_read(amazon: PriceServer, fetching: FetchSettings) -> None:
    whole = gzip.compress(price_file([row()]))
    compressed = {"content-encoding": "gzip"}
    amazon.on(EC2, Answer(whole[:-20], headers=compressed))
    with pytest.raises(SourceFailed) as caught:
        await Reading().of(AwsPrices(aws(amazon), fetching))
    assert caught.value.why is SourceFailure.INVALID
    amazon.on(EC2, Answer(gzip.compress(price_file([row()]) + b'"' + bytes(50_000_000)), headers=compressed))
    with pytest.raises(SourceFailed) as caught:
        await Reading().of(AwsPrices(aws(amazon), replace(fetching, largest_decoded=1_000_000)))
    assert caught.value.why in (SourceFailure.TOO_LARGE, SourceFailure.INVALID)


async def test_whoever_goes_away_leaves_nothing_behind(amazon: PriceServer, fetching: FetchSettings) -> None:
    amazon.on(EC2, Answer(b"".join(sized(3_000_000))))
    source = AwsPrices(aws(amazon), fetching)
    batches: AsyncGenerator[Batch, None] = source.read(lambda _: None, {})
    assert (await anext(batches)).offers
    (child,) = [child for child in psutil.Process().children() if "parsing.worker" in " ".join(child.cmdline())]
    await batches.aclose()
    await eventually(lambda: not child.is_running())
    assert list(fetching.scratch.iterdir()) == []


async def test_a_reading_that_is_cancelled_ends_its_download(amazon: PriceServer, fetching: FetchSettings) -> None:
    amazon.on(EC2, Answer(b"x" * 1000, after=asyncio.Event()))
    task = asyncio.create_task(Reading().of(AwsPrices(aws(amazon), fetching)))
    await eventually(lambda: bool(amazon.asked(EC2)))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(fetching.scratch.iterdir()) == []


async def test_memory_does_not_grow_with_the_file(amazon: PriceServer, fetching: FetchSettings) -> None:
    """Five and twenty megabytes: what is kept is the products, and a few batches. 400 MB were measured by hand."""
    peaks = []
    for size in (5_000_000, 20_000_000):
        amazon.on(EC2, Answer(b"".join(sized(size))))
        peak, count = 0, 0
        async with contextlib.aclosing(AwsPrices(aws(amazon), fetching).read(lambda _: None, {})) as batches:
            async for batch in batches:
                count += len(batch.offers)
                if batch.offers:
                    children = psutil.Process().children()
                    workers = [child for child in children if "parsing.worker" in " ".join(child.cmdline())]
                    peak = max([peak, *(child.memory_info().rss for child in workers)])
        assert count > size // 4_000, count
        peaks.append(peak)
    assert max(peaks) < 100 * 1024**2
    assert peaks[1] - peaks[0] < 15 * 1024**2


async def test_a_worker_that_dies_is_a_failure_and_no_silence(amazon: PriceServer, fetching: FetchSettings) -> None:
    amazon.on(EC2, Answer(b"".join(sized(3_000_000))))
    async with contextlib.aclosing(AwsPrices(aws(amazon), fetching).read(lambda _: None, {})) as batches:
        await anext(batches)
        (child,) = [child for child in psutil.Process().children() if "parsing.worker" in " ".join(child.cmdline())]
        child.kill()
        with pytest.raises(SourceFailed) as caught:
            async for _ in batches:
                pass
    assert caught.value.why is SourceFailure.INVALID


async def test_a_provider_without_settings_is_said_to_have_none(fetching: FetchSettings) -> None:
    sources = Sources(fetching, azure=AzureSettings(regions=("eastus",)))
    for provider in (Provider.AWS, Provider.GCP):
        with pytest.raises(SourceNotConfigured):
            sources(provider)
    (source,) = sources(Provider.AZURE, ["westeurope"])
    assert isinstance(source, AzurePrices)
    assert source.settings.regions == ("westeurope",)


async def test_each_provider_reads_its_own_of_the_regions_that_are_named(fetching: FetchSettings) -> None:
    named = ("us-east-1", "eastus", "europe-west4")
    sources = Sources(fetching, AwsSettings(named), AzureSettings(named), GcpSettings("key", named))
    assert [
        source.settings.regions
        for provider in Provider
        for source in sources(provider)
        if isinstance(source, AwsPrices | AzurePrices | GcpPrices)
    ] == [("us-east-1",), ("eastus",), ("europe-west4",)]
    assert sources(Provider.GCP, ["us-east-1"]) == ()
    assert Sources(fetching, azure=AzureSettings(("us-east-1",)))(Provider.AZURE) == ()


async def test_what_a_killed_reading_left_goes_after_a_day(server: PriceServer, fetching: FetchSettings) -> None:
    old, new = fetching.scratch / "azure-old", fetching.scratch / "azure-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "page").write_bytes(b"left")
    os.utime(old, (0, 0))
    server.on("/", Answer(azure_items.page()))
    await Reading().of(AzurePrices(AzureSettings(("eastus",), server.url + "/"), fetching))
    assert list(fetching.scratch.iterdir()) == [new]


async def test_the_worker_runs_when_nobody_else_wants_to(amazon: PriceServer, fetching: FetchSettings) -> None:
    settings = aws(amazon, savings_plans=False, advisor=False)
    source = AwsPrices(settings, replace(fetching, gives_way=True))
    async with contextlib.aclosing(source.read(lambda _: None, {})) as batches:
        await anext(batches)
        (child,) = [child for child in psutil.Process().children() if "parsing.worker" in " ".join(child.cmdline())]
        assert (child.nice(), os.sched_getscheduler(child.pid)) == (19, os.SCHED_IDLE)
