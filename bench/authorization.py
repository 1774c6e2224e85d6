"""What it costs a server to decide whether a call may be made, by what the call brings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from malha.testing.v1 import echo_service_pb2
from prometheus_client import CollectorRegistry

from bench.report import Section, quantile
from services.runtime.auth.keys import read
from services.runtime.auth.revocations import Revocations
from services.runtime.auth.tokens import Tokens
from services.runtime.auth.verification import Verifier
from services.runtime.call import Call
from services.runtime.exceptions import Refusal
from services.runtime.identity.refusals import Refusals
from services.runtime.identity.spiffe import EDGE, ENVOY, spiffe_id
from services.runtime.interceptors.authorization import Authorization
from services.runtime.method import Shape, describe
from tests.support.tokens import Issuer

_ECHO = describe("malha.testing.v1.EchoService", "Echo", Shape.UNARY_UNARY, echo_service_pb2.EchoRequest.FromString)
_BLOCK = 200
_BLOCKS = 100
# What an administrator's token holds.
_PERMISSIONS = 60


class _Peer:
    """An rpc of which gRPC says that it comes from Envoy."""

    def peer_identity_key(self) -> str:
        return "x509_subject_alternative_name"

    def peer_identities(self) -> tuple[bytes, ...]:
        return (spiffe_id(ENVOY).encode(),)

    def auth_context(self) -> dict[str, tuple[bytes, ...]]:
        return {"peer_uri": (spiffe_id(ENVOY).encode(),)}

    def invocation_metadata(self) -> Any:
        return self.metadata

    metadata: tuple[tuple[str, str], ...] = ()


def run() -> list[Section]:
    """Measure the microseconds of a decision."""
    return asyncio.run(_measure())


async def _measure() -> list[Section]:
    """A call is made where a loop runs."""
    section = Section(
        "Whether a call may be made",
        f"The stage of the chain alone, CPU time, {_BLOCKS} blocks of {_BLOCK} decisions of each kind in turns; "
        f"a token of {_PERMISSIONS} permissions. The text of the header is made anew for each call, as gRPC does.",
    )
    print(section.title, flush=True)
    issuer = Issuer()
    keys, revocations = read([issuer.jwk()]), Revocations()

    def stage() -> Authorization:
        verifier = Verifier(issuer.name, keys.get, revocations, time.time)
        return Authorization((), Refusals(CollectorRegistry()), Tokens(verifier))

    warm, unguarded = stage(), Authorization((), Refusals(CollectorRegistry()))
    good = f"Bearer {_token(issuer)}"
    kinds: dict[str, Callable[[], list[float]]] = {
        "no token asked for (an open mesh)": lambda: _block(unguarded, [_calls(good)] * _BLOCK),
        "a token that was seen before": lambda: _block(warm, [_calls(good)] * _BLOCK),
        "a token that was not": lambda: _block(stage(), [_calls(f"Bearer {_token(issuer)}") for _ in range(_BLOCK)]),
        "a forged token": lambda: _block(warm, [_calls(f"{good[:-4]}AAAA")] * _BLOCK),
    }
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(_BLOCKS):
        for kind, block in kinds.items():
            times[kind] += block()
    for kind, found in times.items():
        section.add(f"{kind}, median", f"{quantile(found, 0.5):.1f} us")
        target = "< 2 ms" if kind.startswith("a token") else ""
        section.add(f"{kind}, p95", f"{quantile(found, 0.95):.1f} us", target)
    return [section]


def _token(issuer: Issuer) -> str:
    held = ["testing.echo.call", *(f"area{number}.resource.verb" for number in range(_PERMISSIONS - 1))]
    return issuer.token(*held, jti=f"session.{time.monotonic_ns()}")


def _calls(header: str) -> tuple[tuple[str, str], ...]:
    own = (("x-request-id", "0123456789"), ("content-type", "application/grpc"), ("user-agent", "bench"))
    return (*own, ("x-malha-caller", spiffe_id(EDGE)), ("authorization", header))


def _block(stage: Authorization, calls: Sequence[tuple[tuple[str, str], ...]]) -> list[float]:
    """Microseconds of each decision."""
    found = []
    for metadata in calls:
        context = _Peer()
        # Another text of the same letters, whose hash nobody has computed.
        context.metadata = tuple((key, value.encode().decode()) for key, value in metadata)
        call = Call(_ECHO, context)
        began = time.process_time_ns()
        with suppress(Refusal):
            stage.begin(call)
        found.append((time.process_time_ns() - began) / 1000)
    return found
