"""The limits of what is analysed."""

from __future__ import annotations

from typing import Final

MAX_BYTES: Final = 5 * 1024 * 1024
"""Bytes that a source may have."""

MAX_DEPTH: Final = 2000
"""Open brackets, indentation levels, chained operators or statements of one kind in a row (`elif`) that a source may
stack up. ruff 0.17.5 aborts at about 8,150 chained operators, which the parser turns into as many nested nodes."""

MAX_BLOCKS: Final = 100
"""Blocks within blocks that a source may have; CPython's own limit (`MAXINDENT` in its tokenizer)."""
