"""The options that say where the mesh is, and what a failed call looks like to a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from malha.client import Client
    from malha.errors import MalhaError
    from malha.trace_context import TraceContext

_Function = TypeVar("_Function", bound=Callable[..., Any])

EXIT_FOUND = 1
"""There are findings at or above the limit, or files that could not be analysed."""
EXIT_FAILED = 2
"""Wrong usage, or the mesh did not do its part."""


class CallFailed(click.ClickException):
    """The mesh does not answer, or refuses; the message says what to do."""

    exit_code = EXIT_FAILED


def connection_options(function: _Function) -> _Function:
    """Adds `--address`, `--ca-file`, `--plaintext` and `--timeout` to a verb."""
    for option in reversed(
        (
            click.option("--address", metavar="HOST:PORT", help="The mesh. [default: the one started here]"),
            click.option(
                "--ca-file", type=click.Path(exists=True, dir_okay=False), help="The authorities to trust (PEM)."
            ),
            click.option("--plaintext", is_flag=True, help="Talk without TLS, to a mesh on this machine."),
            click.option(
                "--timeout", type=click.FloatRange(min=0.1), metavar="SECONDS", help="The longest for a call."
            ),
        )
    ):
        function = option(function)
    return function


@contextmanager
def connected(
    address: str | None,
    ca_file: str | None,
    plaintext: bool,
    timeout: float | None,
    trace: TraceContext | None = None,
) -> Iterator[Client]:
    """A client for the body; errors of settings and calls become messages with exit code 2.

    With `trace`, all calls are part of it.
    """
    from malha.cli import interrupts
    from malha.client import Client, connect
    from malha.errors import MalhaError
    from malha.settings import SettingsError
    from malha.trace_context import traced

    try:
        client = connect(address, ca_file=ca_file, plaintext=plaintext, timeout=timeout)
    except (SettingsError, OSError) as error:
        raise CallFailed(str(error)) from error
    with interrupts.closing(client.channel):
        try:
            yield Client(traced(client.channel, trace), client.endpoint, timeout) if trace else client
        except MalhaError as error:
            raise CallFailed(advice(error, client.endpoint.address)) from error


def advice(error: MalhaError, address: str) -> str:
    """What to tell a person about a failed call: what happened and what to do about it."""
    from malha.errors import DeadlineExceeded, Unavailable

    if error.reason:
        return _with_request(f"{error.message} [{error.reason}]{_violations(error)}", error)
    if isinstance(error, Unavailable) and any(
        word in error.message.lower() for word in ("ssl", "tls", "handshake", "certificate")
    ):
        return (
            f"{address} answers, but not with a certificate this client trusts: give the mesh's authority with"
            f" --ca-file, or --plaintext for its plaintext port ({error.message})"
        )
    if isinstance(error, Unavailable) and not error.request_id:
        return f"no mesh answers at {address}: start one with `make run`, or say with --address where one is"
    if isinstance(error, DeadlineExceeded):
        return _with_request(f"{address} did not answer in time: try again, or give it longer with --timeout", error)
    return _with_request(f"{address} answered {error.code.name}: {error.message}", error)


def _violations(error: MalhaError) -> str:
    return "".join(f"\n  {item.field}: {item.description}" for item in error.violations)


def _with_request(text: str, error: MalhaError) -> str:
    return f"{text}\n(request {error.request_id})" if error.request_id else text
