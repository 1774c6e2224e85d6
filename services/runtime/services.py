"""Collects what the generated `add_*_to_server` functions register, and turns it into one table of handlers."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import grpc

from services.runtime.call import arrive
from services.runtime.exceptions import MethodNotFound
from services.runtime.executor import make_handler
from services.runtime.interceptors import Chain
from services.runtime.method import ContractIncomplete, Method, Shape, shape_of

Describe = Callable[[str, str, Shape, Callable[[bytes], Any]], Method]


class Recorder:
    """Stands in for a server while a generated function registers a servicer."""

    def __init__(self) -> None:
        self.services: dict[str, Mapping[str, Any]] = {}

    def add_generic_rpc_handlers(self, handlers: Iterable[Any]) -> None:
        """Ignored: the same handlers come by name as well."""

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Any]) -> None:
        """Remembers the handlers of one service."""
        self.services[service] = handlers


class HandlerTable(grpc.GenericRpcHandler):
    """Every method of the server, each wrapped once; any other path is refused with a reason."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._handlers: dict[str, Any] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.methods: list[Method] = []

    @property
    def services(self) -> frozenset[str]:
        """The names of the services that have methods here."""
        return frozenset(method.service for method in self.methods)

    def add(self, service: str, handlers: Mapping[str, Any], describe: Describe) -> None:
        """Adds the methods of one service.

        Raises:
            ContractIncomplete: a method has no policy, or its servicer does not implement it.
        """
        for name, handler in handlers.items():
            shape = shape_of(handler.request_streaming, handler.response_streaming)
            behaviour = _behaviour(handler, shape)
            if getattr(behaviour, "__module__", "").endswith("_pb2_grpc"):  # the generated base's own, which refuses
                raise ContractIncomplete(f"{service}.{name} is not implemented")
            method = describe(service, name, shape, handler.request_deserializer)
            self.methods.append(method)
            self._handlers[method.path] = make_handler(method, behaviour, self._chain.of(method))

    def service(self, handler_call_details: Any) -> Any:
        """The handler of a path; an unknown path gets one that refuses."""
        path: str = handler_call_details.method
        self._loop = self._loop or asyncio.get_running_loop()
        arrive((self._loop, handler_call_details.invocation_metadata or ()))
        return self._handlers.get(path) or _refusal(path, self._chain)


def _behaviour(handler: Any, shape: Shape) -> Callable[..., Any]:
    attribute = {
        Shape.UNARY_UNARY: "unary_unary",
        Shape.UNARY_STREAM: "unary_stream",
        Shape.STREAM_UNARY: "stream_unary",
        Shape.STREAM_STREAM: "stream_stream",
    }[shape]
    behaviour: Callable[..., Any] = getattr(handler, attribute)
    return behaviour


async def _refuse(requests: Any, context: Any) -> Any:
    raise MethodNotFound


def _refusal(path: str, chain: Chain) -> Any:
    # Unknown paths share one label: whoever invents paths must not be able to invent time series.
    method = Method(
        path="/unknown", service="unknown", name="unknown", shape=Shape.STREAM_UNARY, parse=bytes, timeout=5.0,
        platform=True,
    )  # fmt: skip
    return make_handler(method, _refuse, chain)
