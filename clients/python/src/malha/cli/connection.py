"""The options that say where the mesh is, and what a failed call looks like to a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    import grpc

    from malha.auth.oauth import OAuth
    from malha.cli.interrupts import Pause
    from malha.client import Client
    from malha.errors import MalhaError
    from malha.settings import Endpoint
    from malha.trace_context import TraceContext

_Function = TypeVar("_Function", bound=Callable[..., Any])

EXIT_FOUND = 1
"""There are findings at or above the limit, or files that could not be analysed."""
EXIT_FAILED = 2
"""Wrong usage, or the mesh did not do its part."""


# What to do about a failure, where its message does not say it by itself.
_ADVICE = {
    "TOKEN_REQUIRED": "log in with `malha login`, or give a token in MALHA_TOKEN",
    "TOKEN_INVALID": "log in with `malha login`; if MALHA_TOKEN is set, its token is not of this mesh",
    "TOKEN_EXPIRED": "log in with `malha login`; if MALHA_TOKEN is set, its token is over",
    "TOKEN_REVOKED": "log in again with `malha login`",
    "TOKEN_KEYS_UNAVAILABLE": "try again in some seconds",
    "PERMISSION_MISSING": "`malha whoami` shows what you may do; whoever administers the mesh gives roles",
    "CREDENTIAL_KIND_NOT_ALLOWED": "`malha whoami` shows who you are here; `malha login` logs a person in",
    "PERMISSION_NOT_HELD": "ask somebody who holds it; `malha whoami` shows what you hold",
    "PERMISSION_UNKNOWN": "`malha roles permissions` lists what there is",
    "ETAG_OUTDATED": "somebody was faster; look at it again, and try again",
    "OFFER_NOT_FOUND": "`malha price search --ids` lists what there is",
    "NOTHING_MATCHES": "leave a condition out; `malha price providers` and `malha price regions` show what there is",
    "CATALOGUE_VERSION_GONE": "a newer one was published meanwhile; try again",
    "REFRESH_IN_PROGRESS": "wait for its end, and try again",
    "LOAD_REFUSED": "the catalogue is as it was; look at the source before you try again",
    "SOURCE_NOT_CONFIGURED": "whoever runs the mesh can set it; --provider leaves the others out",
    "SOURCE_FAILED": "the catalogue is as it was; try again later",
    "QUARANTINED_ROW_NOT_FOUND": "`malha price quarantine list --all` shows which there are",
    "QUARANTINED_ROW_INCOMPLETE": "dismiss it: `malha price quarantine dismiss`",
    "ALERT_NOT_FOUND": "`malha price alerts list` shows which there are",
    "TOO_MANY_ALERTS": "remove one: `malha price alerts delete`",
    "FEATURE_DISABLED": "whoever runs the mesh can switch it on",
}


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


@dataclass(frozen=True, slots=True)
class Reached:
    """A mesh that is called without a token: to get one, or to give one back."""

    channel: grpc.Channel
    endpoint: Endpoint
    oauth: OAuth
    pause: Pause
    """To wait with between calls."""


@contextmanager
def reached(address: str | None, ca_file: str | None, plaintext: bool, timeout: float | None) -> Iterator[Reached]:
    """The mesh, for calls that need no token; errors of settings and calls become messages with exit code 2."""
    from malha.auth.oauth import OAuth
    from malha.channel import open_channel
    from malha.cli import interrupts
    from malha.errors import MalhaError

    endpoint = resolved(address, ca_file, plaintext)
    channel = open_channel(endpoint)
    with interrupts.closing(channel) as pause:
        try:
            yield Reached(channel, endpoint, OAuth(channel, timeout), pause)
        except MalhaError as error:
            raise CallFailed(advice(error, endpoint.address)) from error


def resolved(address: str | None, ca_file: str | None, plaintext: bool) -> Endpoint:
    """Where the mesh is; errors of settings become messages with exit code 2."""
    from malha.settings import SettingsError, resolve

    try:
        return resolve(address, ca_file=ca_file, plaintext=plaintext)
    except (SettingsError, OSError) as error:
        raise CallFailed(str(error)) from error


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
    from malha.auth.sources import NotLoggedIn
    from malha.cli.limits import after_limit
    from malha.errors import DeadlineExceeded, Unavailable

    if isinstance(error, NotLoggedIn):
        return error.message
    if error.reason:
        wanted = after_limit(error) if error.reason == "RATE_LIMITED" else _ADVICE.get(error.reason)
        what_to_do = f": {wanted}" if wanted else ""
        return _with_request(f"{error.message} [{error.reason}]{_violations(error)}{what_to_do}", error)
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
