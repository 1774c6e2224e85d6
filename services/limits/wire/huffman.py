"""The Huffman code of header fields (RFC 7541, appendix B).

The code is canonical: symbols of equal length have consecutive codes, in their order. So the lengths say everything.
"""

from __future__ import annotations

from typing import Final

_END: Final = 256
# The lengths in bits of the codes of 0 to 255, and of the end of a string, which must never be sent.
_LENGTHS: Final = (
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
    28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12,
    10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6,
    5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22,
    22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20,
    22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28,
    27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28,
    27, 27, 27, 27, 27, 26, 30,
)  # fmt: skip

_Tree = list[tuple[int, int]]
_Step = tuple[int, int] | None
"""Where four more bits lead, and the symbol that they complete, or -1; None where no code goes."""


class HuffmanFault(Exception):
    """The bytes are not what the code makes of any string."""


def codes() -> dict[int, tuple[int, int]]:
    """The code of each symbol and its length in bits; 256 is the end of a string."""
    found: dict[int, tuple[int, int]] = {}
    code, before = 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(_LENGTHS)):
        code <<= length - before
        found[symbol], before = (code, length), length
        code += 1
    return found


def decode(coded: bytes) -> bytes:
    """The string.

    Raises:
        HuffmanFault: the code of the end within it, or behind it anything but up to seven ones.
    """
    state, found = 0, bytearray()
    steps = _STEPS
    for byte in coded:
        for four in (byte >> 4, byte & 0xF):
            step = steps[state][four]
            if step is None:
                raise HuffmanFault
            state, symbol = step
            if symbol >= 0:
                found.append(symbol)
    if state not in _ENDS:
        raise HuffmanFault
    return bytes(found)


def _tree() -> _Tree:
    """The code as nodes with two branches: another node, or below zero the complement of a symbol."""
    nodes = [[0, 0]]
    for symbol, (code, length) in codes().items():
        at = 0
        for bit in range(length - 1, 0, -1):
            branch = code >> bit & 1
            if not nodes[at][branch]:
                nodes[at][branch] = len(nodes)
                nodes.append([0, 0])
            at = nodes[at][branch]
        nodes[at][code & 1] = ~symbol
    return [(zero, one) for zero, one in nodes]


def _step(tree: _Tree, at: int, four: int) -> _Step:
    """No code is shorter than five bits, so four complete one symbol at most."""
    symbol = -1
    for bit in (3, 2, 1, 0):
        at = tree[at][four >> bit & 1]
        if at < 0:
            symbol, at = ~at, 0
            if symbol == _END:
                return None
    return at, symbol


def _ends(tree: _Tree) -> frozenset[int]:
    """Where a string may end: between two codes, or behind up to seven ones."""
    at, found = 0, [0]
    for _ in range(7):
        at = tree[at][1]
        found.append(at)
    return frozenset(found)


_TREE: Final = _tree()
_ENDS: Final = _ends(_TREE)
_STEPS: Final = tuple(tuple(_step(_TREE, at, four) for four in range(16)) for at in range(len(_TREE)))
