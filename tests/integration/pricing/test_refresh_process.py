"""A refresh in a process of its own tells the same, fails the same, and ends with whoever asked for it."""

from __future__ import annotations

import sys
from contextlib import aclosing
from uuid import uuid4

import pytest

from services.pricing.adapters.refreshing import RefreshProcess
from services.pricing.adapters.refreshing.words import RefreshFailed, Word, encoded, error_of, failure_of, word_of
from services.pricing.domain.errors import RefreshInProgress, RefreshRefused, SourceNotConfigured
from services.pricing.domain.loads import LoadState, Phase, RefreshRequest, RequestKey
from services.pricing.domain.offers import Provider
from services.pricing.domain.readings import SourceFailed, SourceFailure
from services.runtime.exceptions import DependencyUnavailable, RequestIdReused
from tests.integration.pricing.conftest import Record
from tests.support.programs import Database
from tests.support.waiting import eventually

M = "aws~us-east-1~m7i.large~on_demand"


def refreshing(own: Database, way: str) -> RefreshProcess:
    return RefreshProcess([sys.executable, "-m", "tests.integration.pricing.refresh_child", str(own.service_file), way])


async def test_it_publishes_and_tells_how_far_it_is(record: Record, own: Database) -> None:
    await record.install()
    request = RefreshRequest((Provider.AWS,), request=RequestKey("acme/users/1", uuid4(), b"\0digest"))
    told = [one async for one in refreshing(own, "good")(request)]
    assert told[-1].phase is Phase.DONE
    assert told[-1].version == await record.catalogue.newest()
    assert told[-1].counts.changed == 1
    assert (await record.prices())[M] == "0.11"
    # It is a repetition for the process of another replica, too.
    again = [one async for one in record.refresh(request)]
    assert [one.load for one in again] == [told[-1].load]


async def test_a_failure_is_the_same_as_here(record: Record, own: Database) -> None:
    await record.install()
    with pytest.raises(SourceFailed) as failed:
        async for _ in refreshing(own, "broken")(RefreshRequest((Provider.AWS,))):
            pass
    assert (failed.value.why, failed.value.detail) == (SourceFailure.INVALID, "truncated")
    assert (await record.prices())[M] == "0.1008"


async def test_a_process_that_dies_publishes_nothing_and_is_told(record: Record, own: Database) -> None:
    await record.install()
    with pytest.raises(DependencyUnavailable):
        async for _ in refreshing(own, "dying")(RefreshRequest((Provider.AWS,))):
            pass
    assert (await record.prices())[M] == "0.1008"


async def test_it_ends_when_nobody_waits_for_it_any_more(record: Record, own: Database) -> None:
    await record.install()
    async with aclosing(refreshing(own, "hanging")(RefreshRequest((Provider.AWS,)))) as steps:
        first = await anext(steps)
        with pytest.raises(RefreshInProgress) as busy:
            await anext(record.refresh(RefreshRequest((Provider.AWS,))))
        assert busy.value.load is not None
        assert busy.value.load.id == first.load

    async def cancelled() -> bool:
        load = await record.loads.get(first.load)
        return load is not None and load.state is LoadState.CANCELLED

    await eventually(cancelled)
    assert (await record.prices())[M] == "0.1008"


@pytest.mark.parametrize(
    "error",
    [
        RefreshInProgress(),
        RefreshRefused(uuid4(), Provider.GCP, "row_count_out_of_band: 1"),
        SourceNotConfigured(Provider.GCP, "MALHA_GCP_API_KEY_FILE"),
        SourceFailed("https://prices.test", SourceFailure.THROTTLED, "429"),
        RequestIdReused(),
        DependencyUnavailable("database"),
    ],
)
def test_what_the_contract_knows_survives_the_way(error: Exception) -> None:
    word = word_of(encoded(Word(failure=failure_of(error))))
    assert word.failure is not None
    made = error_of(word.failure)
    assert (type(made), made.__dict__) == (type(error), error.__dict__)


def test_what_no_contract_knows_leaves_its_kind_only() -> None:
    made = error_of(failure_of(ValueError("a secret")))
    assert isinstance(made, RefreshFailed)
    assert str(made) == "ValueError"
