"""Questions to a person, or to what is piped in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from malha.cli.connection import CallFailed, connected

if TYPE_CHECKING:
    from malha.client import Client
    from malha.errors import MalhaError

_Result = TypeVar("_Result")

CODE = "Code of your authenticator, or a recovery code"


def answer(question: str, *, hidden: bool) -> str:
    """What a person types, unseen when it is `hidden`, or the next line of what is piped in.

    To be asked while nothing is connected, so that Ctrl-C ends the question at once.
    """
    if sys.stdin.isatty():
        typed: str = click.prompt(question, hide_input=hidden, err=True)
        return typed
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise CallFailed(f"{question}: nothing was given")
    return line


def proved(place: dict[str, Any], change: Callable[[Client, str], _Result]) -> _Result:
    """What a change gives that is made with a password and, for who has a second factor, with a code.

    The code is asked for only when the mesh wants one. That costs no attempt: the password was right.
    """
    from malha.errors import PermissionDenied

    with connected(**place) as client:
        try:
            return change(client, "")
        except PermissionDenied as error:
            if not wants_code(error):
                raise
    code = answer(CODE, hidden=False)
    with connected(**place) as client:
        return change(client, code)


def wants_code(error: MalhaError) -> bool:
    """Whether nothing but the code of a second factor was missing."""
    return error.reason == "CREDENTIALS_WRONG" and error.metadata.get("code") == "mfa_required"
