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

MAX_BRACKETS: Final = 200
"""Brackets within brackets that a source may have; CPython's own limit (`MAXLEVEL` in its tokenizer). The look for
depth misses those within less than `MAX_DEPTH` bytes, which hurt nobody."""

MAX_LONG_NODES: Final = 60_000
"""Nodes that the look for depth may open, which takes it a fraction of a second. Only a source that is both large and
deep has so many: 5 MiB of the standard library have 1,617."""
