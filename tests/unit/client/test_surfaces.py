"""The blocking and the asyncio client offer the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from malha.aio.analysis_client import AsyncAnalysisClient
from malha.aio.identity_client import AsyncIdentityClient
from malha.analysis_client import AnalysisClient
from malha.identity_client import SERVICES, IdentityClient

PAIRS = [(AnalysisClient, AsyncAnalysisClient), (IdentityClient, AsyncIdentityClient)]


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


def test_what_is_not_iterated_is_awaited() -> None:
    iterated = {
        name for name, method in offered(IdentityClient).items() if "Iterator" in str(method.__annotations__["return"])
    }
    awaited = {name for name, method in offered(AsyncIdentityClient).items() if inspect.iscoroutinefunction(method)}
    assert awaited | iterated == offered(AsyncIdentityClient).keys() and not awaited & iterated


def test_no_two_methods_of_the_identity_services_have_one_name() -> None:
    names = [method.name for service in SERVICES for method in service.methods]
    assert len(names) == len(set(names))
