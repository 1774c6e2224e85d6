"""`malha login` and `malha logout`: a person proves to be somebody, once."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import CallFailed, connection_options, reached
from malha.cli.questions import CODE, answer

if TYPE_CHECKING:
    from malha.cli.connection import Reached
    from malha.errors import MalhaError
    from malha.identity.v1 import oauth_service_pb2 as pb

# What RFC 8628 adds to the interval when a device is told that it asks too often.
_SLOWER_SECONDS = 5
_DEVICE_WAITS = ("authorization_pending", "slow_down")
_DEVICE_ENDS = {
    "access_denied": "the login was turned away",
    "expired_token": "nobody let this login in before its code was over: run `malha login` again",
}


@click.command()
@click.option("--password", "by_password", is_flag=True, help="Ask for user name and password here, not in a browser.")
@click.option("--username", metavar="NAME", help="Who logs in; implies --password. TENANT/NAME outside of the default.")
@connection_options
def login(by_password: bool, username: str | None, **place: Any) -> None:
    """Log in to the mesh, by default in a browser, here or on another device."""
    asked_at = time.time()
    if by_password or username:
        issued = _by_password(username, place)
        with reached(**place) as mesh:
            _keep(mesh, issued, asked_at)
        return
    with reached(**place) as mesh:
        issued = _by_device(mesh)
        _keep(mesh, issued, time.time())


@click.command()
@connection_options
def logout(**place: Any) -> None:
    """End the login at this mesh, and forget its tokens."""
    from malha.auth.found import logins
    from malha.auth.logins import LoginUnreadable
    from malha.cli.connection import advice
    from malha.errors import MalhaError

    with reached(**place) as mesh:
        address = mesh.endpoint.address
        try:
            kept = logins().get(address)
        except LoginUnreadable as error:
            logins().drop(address)
            raise CallFailed(f"the login is forgotten here, but it could not be ended: {error}") from None
        if kept is None:
            click.echo(f"nobody is logged in at {address}", err=True)
            return
        logins().drop(address)
        try:
            mesh.oauth.revoke(kept.refresh_token)
        except MalhaError as error:
            text = f"the login is forgotten here, but the mesh was not told that it is over: {advice(error, address)}"
            raise CallFailed(text) from error
        click.echo(f"logged out at {address}", err=True)


def _by_device(mesh: Reached) -> pb.TokenResponse:
    from malha.auth.oauth import refusal
    from malha.errors import MalhaError

    device = mesh.oauth.authorize_device()
    _show(device)
    end, interval = time.monotonic() + device.expires_in, max(device.interval, 1)
    pause: float = interval
    while time.monotonic() < end:
        mesh.pause(pause)
        try:
            return mesh.oauth.device(device.device_code)
        except MalhaError as error:
            interval += _SLOWER_SECONDS if refusal(error) == "slow_down" else 0
            pause = max(interval, _asked_to_wait(error))
    raise CallFailed(_DEVICE_ENDS["expired_token"])


def _asked_to_wait(error: MalhaError) -> float:
    """The seconds until the next question, at least; raises what no waiting helps against."""
    from malha.auth.oauth import refusal
    from malha.errors import ResourceExhausted, Unavailable

    why = refusal(error)
    if why in _DEVICE_ENDS:
        raise CallFailed(_DEVICE_ENDS[why]) from None
    # What a person is in the middle of is ended neither by a replica that is being replaced, nor by others behind the
    # same address who are logging in as well.
    if why in _DEVICE_WAITS or isinstance(error, (Unavailable, ResourceExhausted)):
        return error.retry_after.total_seconds() if error.retry_after is not None else 0.0
    raise error


def _show(device: pb.AuthorizeDeviceResponse) -> None:
    """Tells a person where to go. It is no result: who redirects standard output still sees it."""
    from malha.cli.render.qr import code_for

    click.echo(f"Open this page, here or on another device:\n\n    {device.verification_uri}\n", err=True)
    click.echo(f"and give it the code\n\n    {device.user_code}\n", err=True)
    if scannable := code_for(device.verification_uri_complete, sys.stderr):
        click.echo(f"or scan this, which is both\n\n{scannable}\n", err=True)
    click.echo(f"waiting for up to {device.expires_in // 60} minutes; Ctrl-C gives up", err=True)


def _by_password(username: str | None, place: dict[str, Any]) -> pb.TokenResponse:
    """Asks for what is needed. Nothing is connected meanwhile, so that Ctrl-C ends a question at once."""
    from malha.auth.oauth import more_wanted
    from malha.errors import MalhaError

    name = username or answer("User name", hidden=False)
    password = answer("Password", hidden=True)
    code = ""
    while True:
        with reached(**place) as mesh:
            try:
                return mesh.oauth.password(name, password, code)
            except MalhaError as error:
                if code or more_wanted(error) != "mfa_required":
                    raise
        code = answer(CODE, hidden=False)


def _keep(mesh: Reached, issued: pb.TokenResponse, asked_at: float) -> None:
    from malha.auth.found import logins
    from malha.auth.sources import login_of

    address = mesh.endpoint.address
    with logins().alone(address):
        where = logins().put(address, login_of(issued, asked_at))
    click.echo(f"logged in at {address}; kept in {where}", err=True)
