"""The calls that a load consists of, each a coroutine that returns when the answer is right."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from ssl import create_default_context
from types import TracebackType
from typing import Any, Self

import grpc
import httpx
from malha.aio.streams import resumed
from malha.analysis.v1 import analysis_service_pb2 as analysis_pb
from malha.analysis.v1 import source_pb2
from malha.analysis.v1.analysis_service_pb2_grpc import AnalysisServiceStub
from malha.service_config import channel_options
from malha.testing.v1 import counter_service_pb2 as counter_pb
from malha.testing.v1 import echo_service_pb2 as echo_pb
from malha.testing.v1.counter_service_pb2_grpc import CounterServiceStub
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub

SERVICES = (
    echo_pb.DESCRIPTOR.services_by_name["EchoService"],
    counter_pb.DESCRIPTOR.services_by_name["CounterService"],
    analysis_pb.DESCRIPTOR.services_by_name["AnalysisService"],
)
_REPEAT = SERVICES[0].methods_by_name["Repeat"]
# How often each kind of call comes among twenty.
ECHO_ONLY = {"echo": 1}
ECHO_MIX = {"echo": 7, "relay": 4, "rest": 3, "stream": 2, "increment": 4}
WHOLE_MIX = {"echo": 5, "relay": 3, "rest": 3, "stream": 2, "increment": 3, "rules": 1, "rule": 2, "analysis": 1}
_CONNECTIONS = 4
# So many that the calls seldom wait for each other's commits: it is the mesh that is loaded, not a row.
_COUNTERS = 32
_TEXT = "x" * 128
_SOURCE = "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x)\n    return out\n"
# What a client sees when a connection that it kept is closed just as it sends on it. Browsers and curl then send what
# may be repeated once more, on a new one (RFC 9112, 9.3.1).
_CLOSED_UNDER_US = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


class WrongAnswer(Exception):
    """A call succeeded with what it should not have."""


class Calls:
    """The calls over a few connections to one edge. They repeat themselves as far as their contracts allow, no more."""

    def __init__(self, edge: str, ca_file: Path, run: str) -> None:
        self.counters = [f"counters/{run}-{number}" for number in range(_COUNTERS)]
        self.acknowledged = 0
        self.repeated = 0
        self._edge = edge
        self._ca_file = ca_file
        self._stack = AsyncExitStack()
        self._numbers = itertools.count()

    async def __aenter__(self) -> Self:
        credentials = grpc.ssl_channel_credentials(self._ca_file.read_bytes())
        # Each with a connection of its own, and with what the contracts say of timeouts and repetitions.
        options = (*channel_options(SERVICES), ("grpc.use_local_subchannel_pool", 1))
        channels = [
            await self._stack.enter_async_context(grpc.aio.secure_channel(self._edge, credentials, options))
            for _ in range(_CONNECTIONS)
        ]
        for channel in channels:
            await channel.channel_ready()
        self._echo: list[Any] = [EchoServiceStub(channel) for channel in channels]
        self._counter: list[Any] = [CounterServiceStub(channel) for channel in channels]
        self._analysis: list[Any] = [AnalysisServiceStub(channel) for channel in channels]
        self._rest = await self._stack.enter_async_context(
            httpx.AsyncClient(
                base_url=f"https://{self._edge}", verify=create_default_context(cafile=self._ca_file), timeout=5
            )
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def of(self, kind: str) -> Callable[[], Awaitable[None]]:
        """The call of one kind."""
        call: Callable[[], Awaitable[None]] = getattr(self, kind)
        return call

    async def echo(self) -> None:
        """Echo by gRPC."""
        _same((await self._next(self._echo).Echo(echo_pb.EchoRequest(message=_TEXT))).message, _TEXT)

    async def relay(self) -> None:
        """A call that makes the echo service call itself through the inner mesh."""
        answer = await self._next(self._echo).Relay(echo_pb.RelayRequest(hops=1))
        _same([hop.caller for hop in answer.hops], ["edge", "echo"])

    async def rest(self) -> None:
        """Echo by REST."""
        try:
            answer = await self._rest.post("/v1/echo", json={"message": _TEXT})
        except _CLOSED_UNDER_US:
            self.repeated += 1
            answer = await self._rest.post("/v1/echo", json={"message": _TEXT})
        _same((answer.status_code, answer.text if answer.status_code != 200 else ""), (200, ""))
        _same(answer.json()["message"], _TEXT)

    async def stream(self) -> None:
        """Three answers to one request."""
        request = echo_pb.RepeatRequest(message=_TEXT, count=3)
        answers = resumed(self._next(self._echo).Repeat, _REPEAT, request)
        _same([answer.index async for answer in answers], [0, 1, 2])

    async def increment(self) -> None:
        """Adds one to a counter, under a request id of its own."""
        name = self.counters[next(self._numbers) % _COUNTERS]
        await self._next(self._counter).IncrementCounter(
            counter_pb.IncrementCounterRequest(name=name, amount=1, request_id=str(uuid.uuid4()))
        )
        self.acknowledged += 1

    async def rules(self) -> None:
        """The list of rules, which is cached."""
        if not (await self._next(self._analysis).ListRules(analysis_pb.ListRulesRequest(page_size=5))).rules:
            raise WrongAnswer("no rules")

    async def rule(self) -> None:
        """One rule, which is cached."""
        request = analysis_pb.GetRuleRequest(name="rules/PERF401")
        _same((await self._next(self._analysis).GetRule(request)).rule.name, request.name)

    async def analysis(self) -> None:
        """A small source, analysed and stored."""
        request = analysis_pb.AnalyzeSourceRequest(
            source=source_pb2.Source(path="load.py", text=_SOURCE), request_id=str(uuid.uuid4())
        )
        _same((await self._next(self._analysis).AnalyzeSource(request)).report.summary.files, 1)

    async def counted(self) -> tuple[int, int]:
        """What the counters hold: their values and their changes."""
        answers = [await self._counter[0].GetCounter(counter_pb.GetCounterRequest(name=name)) for name in self.counters]
        return sum(answer.value for answer in answers), sum(answer.changes for answer in answers)

    def _next(self, stubs: list[Any]) -> Any:
        return stubs[next(self._numbers) % len(stubs)]


def _same(found: object, expected: object) -> None:
    if found != expected:
        raise WrongAnswer(f"{found!r} in place of {expected!r}")
