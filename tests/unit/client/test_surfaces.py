"""The blocking and the asyncio client offer the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from google.protobuf.descriptor import ServiceDescriptor
from malha.aio.analysis_client import AsyncAnalysisClient
from malha.aio.identity_client import AsyncIdentityClient
from malha.aio.pricing_client import AsyncPricingClient
from malha.analysis_client import AnalysisClient
from malha.identity_client import SERVICES as IDENTITY
from malha.identity_client import IdentityClient
from malha.pricing_client import SERVICES as PRICING
from malha.pricing_client import PricingClient

PAIRS = [
    (AnalysisClient, AsyncAnalysisClient),
    (IdentityClient, AsyncIdentityClient),
    (PricingClient, AsyncPricingClient),
]


def offered(client: type) -> dict[str, Callable[..., Any]]:
    return {name: value for name, value in inspect.getmembers(client, inspect.isfunction) if name[0] != "_"}


@pytest.mark.parametrize(("blocking", "asynchronous"), PAIRS)
def test_both_clients_have_the_same_methods_with_the_same_arguments(blocking: type, asynchronous: type) -> None:
    one, other = offered(blocking), offered(asynchronous)
    assert one.keys() == other.keys()
    different = {
        name
        for name in one
        if [str(p) for p in inspect.signature(one[name]).parameters.values()]
        != [str(p) for p in inspect.signature(other[name]).parameters.values()]
    }
    assert different - {"analyze_project"} == set(), "whose files may come asynchronously as well"


@pytest.mark.parametrize(("blocking", "asynchronous"), PAIRS[1:])
def test_what_is_not_iterated_is_awaited(blocking: type, asynchronous: type) -> None:
    iterated = {
        name for name, method in offered(blocking).items() if "Iterator" in str(method.__annotations__["return"])
    }
    awaited = {name for name, method in offered(asynchronous).items() if inspect.iscoroutinefunction(method)}
    assert awaited | iterated == offered(asynchronous).keys() and not awaited & iterated


@pytest.mark.parametrize("services", [IDENTITY, PRICING], ids=["identity", "pricing"])
def test_no_two_methods_of_services_with_one_client_have_one_name(services: Sequence[ServiceDescriptor]) -> None:
    names = [method.name for service in services for method in service.methods]
    assert len(names) == len(set(names))


def test_every_method_of_the_pricing_services_can_be_called_by_hand() -> None:
    """The hand-written methods are those of the contract, in words of their own."""
    renamed = {"search_pages", "answer_question"}
    assert len(offered(PricingClient).keys() - renamed) == sum(len(service.methods) for service in PRICING)
