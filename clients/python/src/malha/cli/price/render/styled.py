"""Text in several styles."""

from __future__ import annotations

from rich.text import Text

from malha.cli.render.text import safe


def styled(*parts: tuple[str, str]) -> Text:
    """One line of the parts, each with its style; foreign text among them cannot command the terminal."""
    # Not by `+`, which would spread the style of its left side.
    return Text.assemble(*((safe(text), style) for text, style in parts))
