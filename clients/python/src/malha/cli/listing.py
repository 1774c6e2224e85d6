"""Lists, as a person or a program wants them: the options that all of them take, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from google.protobuf.message import Message

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Item = TypeVar("_Item", bound="Message")

LARGEST_PAGE = 1000
"""The most that the contracts answer with at a time."""

format_option = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
"""Adds `--format`, as `form`."""


def list_options(example: str = "", limit: int = 100) -> Callable[[_Function], _Function]:
    """Adds `--limit` and `--format`, and `--filter`, as `expression`, where there is an example of one."""

    def add(function: _Function) -> _Function:
        function = format_option(function)
        function = click.option(
            "--limit", type=click.IntRange(min=1), default=limit, show_default=True, help="How many to list."
        )(function)
        if example:
            function = click.option(
                "--filter", "expression", default="", metavar="AIP-160", help=f"Such as: {example}."
            )(function)
        return function

    return add


def taken(items: Iterable[_Item], limit: int) -> list[_Item]:
    """The first so many."""
    return list(islice(items, limit))


def show_list(title: str, found: Sequence[_Item], form: str, row: Callable[[_Item], str]) -> None:
    """Writes what was found: a line for each, or JSON with `title` as the name of the list."""
    if form == "json":
        from malha.cli.render.json_form import as_dict, dump

        click.echo(dump({title: [as_dict(each) for each in found]}))
    else:
        click.echo("\n".join(row(each) for each in found) or f"no {title.replace('_', ' ')}")


def quoted(text: str) -> str:
    """A text in an AIP-160 filter."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
