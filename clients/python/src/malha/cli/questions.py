"""Questions to a person, or to what is piped in."""

from __future__ import annotations

import sys

import click

from malha.cli.connection import CallFailed


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
