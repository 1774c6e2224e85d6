"""Every amount in every answer of the pricing services says where it comes from, and since when that is known."""

from __future__ import annotations

from functools import cache
from typing import Any

import malha
import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.mesh.topology import PRICING
from tests.e2e.pricing_requests import REQUESTS
from tests.support.access import Rpc, all_rpcs
from tests.support.sourced import amounts, holds_money, messages, unsourced

# Only a refresh finds something to tell, and this mesh reads nobody's prices:
# tests/unit/pricing/test_convert_listings.py has their messages.
AFTER_A_REFRESH = {"ListQuarantine", "WatchPriceChanges"}
RPCS = {
    rpc.descriptor.name: rpc
    for rpc in all_rpcs(PRICING)
    if rpc.descriptor.GetOptions().idempotency_level == rpc.descriptor.GetOptions().NO_SIDE_EFFECTS
    and holds_money(rpc.descriptor.output_type)
}


def test_every_rpc_that_tells_amounts_is_asked() -> None:
    assert REQUESTS.keys() | AFTER_A_REFRESH == RPCS.keys()


@pytest.fixture(scope="module")
def answers(client: malha.Client) -> Any:
    """The answers of an rpc; a stream's messages are an answer each."""

    @cache
    def ask(name: str) -> list[Message]:
        return [answer for request in REQUESTS[name] for answer in _ask(client, RPCS[name], request)]

    return ask


def _ask(client: malha.Client, rpc: Rpc, request: dict[str, Any]) -> list[Message]:
    asked = json_format.ParseDict(request, GetMessageClass(rpc.descriptor.input_type)())
    open_call = client.channel.unary_stream if rpc.descriptor.server_streaming else client.channel.unary_unary
    call = open_call(
        rpc.path,
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=GetMessageClass(rpc.descriptor.output_type).FromString,
    )(asked, timeout=30)
    return list(call) if rpc.descriptor.server_streaming else [call]


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_every_amount_says_where_it_comes_from(answers: Any, name: str) -> None:
    found = answers(name)
    assert any(amounts(answer) for answer in found)
    assert [path for answer in found for path in unsourced(answer)] == []


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_without_its_source_no_amount_would_pass(answers: Any, name: str) -> None:
    for answer in answers(name):
        stripped = type(answer)()
        stripped.CopyFrom(answer)
        for message in messages(stripped):
            for field in ("provenance", "given"):
                if field in message.DESCRIPTOR.fields_by_name:
                    message.ClearField(field)
        assert len(unsourced(stripped)) == len(amounts(answer))


@pytest.mark.parametrize("part", ["source", "observe_time"])
def test_one_offer_without_a_part_of_its_source_is_found(answers: Any, part: str) -> None:
    (compared,) = answers("CompareOffers")
    broken = type(compared)()
    broken.CopyFrom(compared)
    broken.offers[0].provenance.ClearField(part)
    assert "offers[0].hourly_price" in unsourced(broken)
    assert any(path.startswith("rows[") for path in unsourced(broken)), "what is made from it has no source either"
    del broken.offers[:]
    assert any(path.startswith("rows[") for path in unsourced(broken))


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_every_answer_from_the_catalogue_says_which_and_of_when(answers: Any, name: str) -> None:
    for answer in answers(name):
        if getattr(answer.DESCRIPTOR.fields_by_name.get("catalogue"), "message_type", None):
            assert answer.catalogue.notice.startswith(("reference catalogue, read 2", "refreshed catalogue, read 2"))
            assert answer.catalogue.oldest_observe_time.seconds > 0
