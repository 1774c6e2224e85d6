"""Numbers over time, as they are written on the command line or in a file."""

from __future__ import annotations

from pathlib import Path

import click

from malha.cli.price.values import numbers


def series(text: str, what: str) -> list[float]:
    """Numbers from the text, from the file it names after `@`, or from standard input for `@-`."""
    if text.startswith("@"):
        try:
            with click.open_file(text[1:], encoding="utf-8") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise click.BadParameter(f"{what}: {Path(text[1:])} cannot be read: {error}") from None
    found = numbers(text, what)
    if not found:
        raise click.BadParameter(f"{what}: there are no numbers")
    return found


def whole_numbers(text: str, what: str) -> list[int]:
    """The same, of whole numbers that are not negative."""
    found = series(text, what)
    if any(number < 0 or not number.is_integer() for number in found):
        raise click.BadParameter(f"{what}: instances are whole numbers from 0 on")
    return [int(number) for number in found]
