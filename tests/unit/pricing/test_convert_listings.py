"""What only a refresh finds, and what comes from elsewhere: changes, quarantined rows, prices of tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from malha.pricing.v1 import ingest_service_pb2

from services.pricing.adapters.token_prices import load_catalogue
from services.pricing.convert import money_from_proto
from services.pricing.convert_ingest import delivery_to_proto, progress_to_proto, row_to_proto
from services.pricing.convert_listings import change_to_proto, span_to_proto, token_price_to_proto
from services.pricing.domain.alerts import Delivery, DeliveryState
from services.pricing.domain.changes import ChangeKind, PriceChange, PriceSpan
from services.pricing.domain.loads import Phase, RefreshProgress
from services.pricing.domain.money import Money
from services.pricing.domain.quarantine import QuarantinedRow, QuarantineState
from tests.support.pricing import synthetic_offers
from tests.support.sourced import amounts, unsourced

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
(OFFER,) = synthetic_offers(1)
ROW = QuarantinedRow(
    uuid4(), OFFER.key.provider, "price_not_positive", "0", OFFER.source.locator, "", OFFER, QuarantineState.OPEN,
    uuid4(), uuid4(), NOW, NOW, 1, "", "", None, None,
)  # fmt: skip


@pytest.mark.parametrize(("old", "new"), [(None, Money(1)), (Money(1), None), (Money(2), Money(1))])
def test_a_change_has_both_prices_or_the_one_that_there_is(old: Money | None, new: Money | None) -> None:
    message = change_to_proto(PriceChange(7, ChangeKind.PRICE, OFFER, old, new, 3, NOW))
    assert message.HasField("old_hourly_price") is (old is not None)
    assert message.HasField("new_hourly_price") is (new is not None)
    assert message.provenance.catalogue == "catalogues/3"
    assert (len(amounts(message)), unsourced(message)) == (2 - [old, new].count(None), [])


@pytest.mark.parametrize("ended", [None, NOW])
def test_a_price_ends_where_it_has_ended(ended: datetime | None) -> None:
    span = PriceSpan(
        1, OFFER.key.id, OFFER.hourly, None, (), OFFER.source, OFFER.source, 2, NOW, None if ended is None else 5, ended
    )
    message = span_to_proto(span)
    assert message.HasField("end_time") is (ended is not None)
    assert unsourced(message) == []


def test_a_quarantined_row_shows_its_offer_with_its_source() -> None:
    message = row_to_proto(ROW)
    assert amounts(message)
    assert unsourced(message) == []
    assert message.offer.provenance.catalogue == "", "it is of no version"
    assert not message.HasField("review_time")


def test_a_row_that_is_no_offer_says_what_it_is() -> None:
    message = row_to_proto(replace(ROW, offer=None, row="sku 1", state=QuarantineState.DISMISSED, reviewed_at=NOW))
    assert not message.HasField("offer")
    assert (message.row, message.state) == ("sku 1", ingest_service_pb2.QUARANTINE_STATE_DISMISSED)
    assert message.HasField("review_time")


def test_progress_says_nothing_of_what_is_not_known() -> None:
    message = progress_to_proto(RefreshProgress(uuid4(), Phase.CHECKING))
    assert message.phase == ingest_service_pb2.REFRESH_PHASE_CHECKING
    for name in ("total_bytes", "documents_total", "catalogue"):
        assert not message.HasField(name)


@pytest.mark.parametrize("state", DeliveryState)
def test_a_delivery_is_tried_again_only_while_it_waits(state: DeliveryState) -> None:
    message = delivery_to_proto(Delivery(uuid4(), uuid4(), 3, 2, state, 1, NOW, NOW, None, "timeout"))
    assert message.HasField("next_attempt_time") is (state is DeliveryState.WAITING)
    assert (message.state, message.catalogue) == (state.value, "catalogues/3")


def test_prices_of_tokens_have_a_source_each_and_begin_at_no_tokens() -> None:
    prices = load_catalogue().at(NOW)
    for price in prices:
        message = token_price_to_proto(price)
        assert unsourced(message) == []
        above = [rate.above_input_tokens for rate in message.rates]
        assert above == sorted({0, *above})
        for rate in message.rates:
            known = price.rates.input
            assert rate.HasField("input") is (known is not None)
            if known is not None:
                assert money_from_proto(rate.input) == known.of(rate.above_input_tokens + 1)
