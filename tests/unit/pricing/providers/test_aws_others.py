"""Savings plans, spot prices, the spot advisor and signatures of AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.pricing.adapters.providers.aws.advisor import read_advisor
from services.pricing.adapters.providers.aws.parsers import AwsParsers
from services.pricing.adapters.providers.parsing.collecting import Collector
from services.pricing.adapters.providers.parsing.documents import Unreadable
from services.pricing.adapters.providers.parsing.frames import Done, Task
from services.pricing.adapters.providers.settings import AwsCredentials
from services.pricing.adapters.providers.signing import sign_form
from services.pricing.domain.offers import OperatingSystem, Provider
from tests.support.aws_price_file import price_file, row, system
from tests.support.parsed import parse

Parsers = Mapping[str, Callable[[Task, Collector], Done]]
# The form of AmazonComputeSavingsPlan version 20250911184447: "Reading the service price list file for a Savings Plan",
# AWS Billing user guide; its rows are not quoted.
PLANS = """\
FormatVersion,v1.0
Disclaimer,These prices are made up.
Publication Date,2026-11-20T18:44:47Z
Version,20261120184447
OfferCode,AmazonComputeSavingsPlan
SKU,RateCode,Unit,EffectiveDate,DiscountedRate,Currency,DiscountedSKU,DiscountedServiceCode,DiscountedUsageType,\
DiscountedOperation,PurchaseOption,LeaseContractLength,LeaseContractLengthUnit,ServiceCode,UsageType,Operation,\
Description,Instance Family,Location,Location Type,Granularity,Product Family,DiscountedRegionCode,\
DiscountedInstanceType
"""
PLAN = (
    "2JT7C3ZD2AXA73Q4,2JT7C3ZD2AXA73Q4.{sku},{unit},2026-06-05T18:51:13Z,{rate},USD,{sku},{service},"
    "BoxUsage:m7i.large,RunInstances,{option},{years},year,ComputeSavingsPlans,EC2SP:m7i.3yrPartialUpfront,,"
    "a plan,m7i,US East (N. Virginia),AWS Region,hourly,{family},us-east-1,m7i.large\n"
)
USUAL = {
    "sku": "LINUX", "unit": "Hrs", "rate": "0.0425", "service": "AmazonEC2", "option": "Partial Upfront", "years": "3",
    "family": "EC2InstanceSavingsPlans",
}  # fmt: skip
# The form of API version 2016-11-15: DescribeSpotPriceHistory, Amazon EC2 API reference.
SPOT = """\
<?xml version="1.0" encoding="UTF-8"?>
<DescribeSpotPriceHistoryResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>
  <spotPriceHistorySet>{items}</spotPriceHistorySet>
  <nextToken>{token}</nextToken>
</DescribeSpotPriceHistoryResponse>"""
ITEM = """
    <item>
      <instanceType>{type}</instanceType>
      <productDescription>{product}</productDescription>
      <spotPrice>{price}</spotPrice>
      <timestamp>{time}</timestamp>
      <availabilityZone>{zone}</availabilityZone>
    </item>"""


@pytest.fixture
def parsers(tmp_path: Path) -> Parsers:
    """After the EC2 file of us-east-1, with Linux and Windows of one type."""
    table = AwsParsers().by_name()
    rows = [row({"SKU": "LINUX"}), row(system("Windows") | {"SKU": "WINDOWS", "PricePerUnit": "0.1928000000"})]
    parse(table["ec2"], Provider.AWS, price_file(rows), tmp_path, region="us-east-1")
    return table


def item(**changes: str) -> str:
    usual = {
        "type": "m7i.large", "product": "Linux/UNIX", "price": "0.038200000", "time": "2026-11-21T08:11:05.000Z",
        "zone": "us-east-1a",
    }  # fmt: skip
    return ITEM.format(**(usual | changes))


def test_plans_are_told_apart_by_family_term_and_payment(parsers: Parsers, tmp_path: Path) -> None:
    lines = (
        PLAN.format(**USUAL),
        PLAN.format(
            **(USUAL | {"family": "ComputeSavingsPlans", "years": "1", "option": "No Upfront", "rate": "0.07"})
        ),
        PLAN.format(**(USUAL | {"sku": "WINDOWS", "rate": "0.1345"})),
    )
    parsed = parse(parsers["savings"], Provider.AWS, (PLANS + "".join(lines)).encode(), tmp_path, region="us-east-1")
    assert parsed.prices == {
        "aws~us-east-1~m7i.large~savings_plan~~~~~36~partial_upfront~instance": "0.0425",
        "aws~us-east-1~m7i.large~savings_plan~~~~~12~no_upfront~compute": "0.07",
        "aws~us-east-1~m7i.large~savings_plan~windows~~~~36~partial_upfront~instance": "0.1345",
    }
    assert {offer.upfront for offer in parsed.offers} == {None}


def test_plans_for_other_things_are_counted_and_unknown_ones_rejected(parsers: Parsers, tmp_path: Path) -> None:
    lines = (
        PLAN.format(**(USUAL | {"service": "AWSLambda", "unit": "Lambda-GB-Second"})),
        PLAN.format(**(USUAL | {"sku": "ELSEWHERE"})),
        PLAN.format(**(USUAL | {"family": "GardenSavingsPlans"})),
        PLAN.format(**(USUAL | {"years": "7"})),
        PLAN.format(**(USUAL | {"unit": "Days"})),
    )
    parsed = parse(parsers["savings"], Provider.AWS, (PLANS + "".join(lines)).encode(), tmp_path, region="us-east-1")
    assert (parsed.offers, parsed.reasons) == ([], ["unknown_attribute", "unknown_attribute", "unknown_unit"])
    assert parsed.out_of_scope.total() == 2


def test_the_newest_spot_price_of_each_zone_is_told(parsers: Parsers, tmp_path: Path) -> None:
    pages = (
        SPOT.format(items=item(time="2026-11-21T07:00:00.000Z", price="0.05") + item(), token="next"),
        SPOT.format(items=item(zone="us-east-1b", price="0.0401") + item(product="Windows", price="0.12"), token=""),
    )
    tokens = [
        parse(parsers["spot"], Provider.AWS, page.encode(), tmp_path, region="us-east-1").done.following
        for page in pages
    ]
    parsed = parse(parsers["spot-end"], Provider.AWS, b"", tmp_path, region="us-east-1")
    assert tokens == ["next", ""]
    assert parsed.prices == {
        "aws~us-east-1~m7i.large~spot~~us-east-1a": "0.0382",
        "aws~us-east-1~m7i.large~spot~~us-east-1b": "0.0401",
        "aws~us-east-1~m7i.large~spot~windows~us-east-1a": "0.12",
    }
    assert parsed.offers[0].source.effective_from == datetime(2026, 11, 21, 8, 11, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "z9.huge"}, "unknown_shape"), ({"product": "Plan 9"}, "unknown_attribute"),
        ({"zone": "us-east-1"}, "unknown_region"), ({"zone": "eu-west-1a"}, "unknown_region"),
        ({"price": "cheap"}, "price_invalid"), ({"time": "now"}, "malformed"),
    ],
)  # fmt: skip
def test_spot_prices_of_what_is_not_known_are_rejected(
    parsers: Parsers, tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    data = SPOT.format(items=item(**changes), token="").encode()
    assert parse(parsers["spot"], Provider.AWS, data, tmp_path, region="us-east-1").reasons == [reason]


@pytest.mark.parametrize(
    "data", [b"", b"<a>", b"no XML", b'<!DOCTYPE a [<!ENTITY b "c">]><DescribeSpotPriceHistoryResponse/>']
)
def test_spot_answers_that_are_no_xml_or_declare_entities_are_not_read(
    parsers: Parsers, tmp_path: Path, data: bytes
) -> None:
    with pytest.raises(Unreadable):
        parse(parsers["spot"], Provider.AWS, data, tmp_path, region="us-east-1")


def test_bands_of_interruption_begin_where_the_one_below_ends(tmp_path: Path) -> None:
    # The form of spot-advisor-data.json, which the page aws.amazon.com/ec2/spot/instance-advisor reads.
    data = b"""{"global_rate": "<5%", "instance_types": {"m7i.large": {"cores": 2, "emr": true, "ram_gb": 8.0}},
      "ranges": [{"index": 0, "label": "<5%", "dots": 0, "max": 5}, {"index": 1, "label": "5-10%", "dots": 1,
                  "max": 11}, {"index": 4, "label": ">20%", "dots": 4, "max": 100}],
      "spot_advisor": {"us-east-1": {"Linux": {"m7i.large": {"s": 70, "r": 1}, "c7i.large": {"s": 61, "r": 9}},
                                     "Windows": {"m7i.large": {"s": 41, "r": 0}}},
                       "us-mars-1": {"Linux": {}}, "eu-west-1": {"Linux": {}}}}"""
    parsed = parse(read_advisor, Provider.AWS, data, tmp_path, regions=("us-east-1", "us-mars-1"))
    assert [
        (found.instance_type, found.os, found.percent_from, found.percent_to) for found in parsed.interruptions
    ] == [
        ("m7i.large", OperatingSystem.LINUX, 5, 11),
        ("m7i.large", OperatingSystem.WINDOWS, 0, 5),
    ]
    assert parsed.reasons == ["unknown_attribute", "unknown_region"]


def test_a_form_is_signed_as_aws_says() -> None:
    """Credentials, request and signature are of `post-x-www-form-urlencoded` in AWS's own tests of it."""
    credentials = AwsCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    moment = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    url = "https://example.amazonaws.com/"
    headers = sign_form(credentials, url, b"Param1=value1", "us-east-1", "service", moment)
    assert headers["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
    )
    assert "wJalr" not in repr(credentials)


def test_a_session_token_is_signed_too() -> None:
    credentials = AwsCredentials("AKIDEXAMPLE", "secret", "token")
    headers = sign_form(credentials, "https://ec2.us-east-1.amazonaws.com/", b"", "us-east-1", "ec2", datetime.now(UTC))
    assert headers["x-amz-security-token"] == "token"
    assert "x-amz-date;x-amz-security-token" in headers["authorization"]
