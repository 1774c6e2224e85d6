"""The operator's guide names verbs and options that there are."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest
from malha.cli import command

GUIDE = Path(__file__).parents[3] / "docs" / "operating.md"


def _commands() -> list[str]:
    fenced = [part for number, part in enumerate(GUIDE.read_text().split("```")) if number % 2]
    lines = [line.partition("#")[0].strip() for part in fenced for line in part.splitlines()]
    return [line[line.index("malha ") :] for line in lines if line.startswith("malha ") or " malha " in line]


@pytest.mark.parametrize("line", _commands())
def test_a_command_of_the_guide_can_be_meant(line: str) -> None:
    verb, *arguments = shlex.split(line)[1:]
    with click.Context(command) as context:
        found = command.get_command(context, verb)
    assert found is not None, f"there is no verb {verb}"
    found.make_context(verb, arguments, resilient_parsing=False).close()
