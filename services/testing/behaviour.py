"""Slowness and failure on request."""

import asyncio

import grpc
from malha.error.v1.reason_pb2 import Reason
from malha.testing.v1 import echo_service_pb2 as pb

from services.runtime.errors import DomainError, ErrorMap, ErrorRule

_CODES = {code.value[0]: code for code in grpc.StatusCode}


class AskedToFail(DomainError):
    """The request asked for this failure."""


# One class for each code, since a rule belongs to a class.
_FAILURES: dict[int, type[AskedToFail]] = {
    number: type(f"AskedFor{code.name}", (AskedToFail,), {}) for number, code in _CODES.items() if number
}

ERRORS = ErrorMap(
    {
        kind: ErrorRule(
            code=_CODES[number],
            reason=Reason.REASON_INTERNAL,
            message=lambda _: "the request asked for this failure",
        )
        for number, kind in _FAILURES.items()
    }
)


async def behave(behaviour: pb.Behaviour, message: str) -> None:
    """Waits and fails as `behaviour` says; a crash carries `message`, which no caller may see.

    Raises:
        AskedToFail: with the code that was asked for.
        RuntimeError: a crash was asked for.
    """
    if behaviour.HasField("delay"):
        await asyncio.sleep(behaviour.delay.ToTimedelta().total_seconds())
    if behaviour.crash:
        raise RuntimeError(message)
    if behaviour.fail_code:
        raise _FAILURES[behaviour.fail_code]


def failure_of(code: grpc.StatusCode) -> DomainError:
    """The failure that a caller hears as `code`."""
    return _FAILURES[code.value[0]]()
