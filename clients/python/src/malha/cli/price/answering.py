"""The options of every verb that answers, and how its answer is written: for a person, or as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from malha.cli.connection import connection_options

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from malha.cli.price.render.page import Page

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Form:
    """How an answer is wanted."""

    as_json: bool
    sources: bool

    def show(self, answer: Message | dict[str, Any], draw: Callable[[Page], None]) -> None:
        """Writes the answer as JSON, or lets `draw` put it on a page for a person."""
        if self.as_json:
            from malha.cli.render.json_form import as_dict, dump

            click.echo(dump(answer if isinstance(answer, dict) else as_dict(answer)))
            return
        page = self.page()
        draw(page)
        page.close()

    def page(self) -> Page:
        """A page on standard output."""
        from malha.cli.price.render.page import Page, output

        return Page(output(), sources=self.sources)


def answer_options(function: _Function) -> _Function:
    """Adds `--json`, `--sources` and the options of the connection; the verb gets the first two as `form`."""

    @wraps(function)
    def gathered(*args: Any, as_json: bool, sources: bool, **given: Any) -> Any:
        return function(*args, form=Form(as_json, sources), **given)

    gathered = connection_options(gathered)
    for option in (
        click.option("--sources", is_flag=True, help="Show where each figure was read, and when."),
        click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON."),
    ):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]


def offer_name(offer: str) -> str:
    """An offer's resource name, from that or its id."""
    return f"offers/{offer.removeprefix('offers/')}"


def is_offer(word: str) -> bool:
    """Whether a word names an offer, and not an instance type."""
    return word.startswith("offers/") or "~" in word
