"""The concrete syntax tree that rules and metrics read."""

from __future__ import annotations

from functools import cache
from operator import itemgetter

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Query, Tree

from services.analysis.domain.decoding import DecodedSource
from services.analysis.domain.errors import SourceTooDeep
from services.analysis.domain.limits import MAX_BLOCKS, MAX_DEPTH


@cache
def language() -> Language:
    """The grammar; it accepts what Python 3.8 to 3.14 accept, and more: it is not the judge of validity."""
    return Language(tree_sitter_python.language())


@cache
def _parser() -> Parser:
    return Parser(language())


def compile_query(text: str) -> Query:
    """A query over the grammar; raises QueryError for one that cannot match."""
    return Query(language(), text)


def parse(source: DecodedSource) -> Tree:
    """The tree of a source; raises SourceTooDeep where it nests deeper than the other engines can follow."""
    tree = _parser().parse(source.parsable)
    if len(source.parsable) > MAX_DEPTH:
        _require_shallow(source, tree.root_node)
    return tree


def _require_shallow(source: DecodedSource, root: Node) -> None:
    """Raise SourceTooDeep at the first node that lies deeper than MAX_DEPTH.

    A node that is too deep for the limit has at least as many bytes above it as there are levels left, so that only
    the few long nodes need to be opened: for usual files this looks at some hundreds of nodes.
    """
    level = [(root, 0)]
    for depth in range(1, MAX_DEPTH + 1):
        room = MAX_DEPTH - depth
        level = [
            (child, blocks + (child.type == "block"))
            for node, blocks in level
            for child in node.children
            if child.end_byte - child.start_byte > room
        ]
        deepest = max(level, key=itemgetter(1), default=None)
        if deepest is None:
            return
        if deepest[1] > MAX_BLOCKS:
            raise _too_deep(source, deepest[0], MAX_BLOCKS)
    raise _too_deep(source, level[0][0], MAX_DEPTH)


def _too_deep(source: DecodedSource, node: Node, limit: int) -> SourceTooDeep:
    place = source.position(node.start_byte)
    return SourceTooDeep(source.path, place.line, place.column, limit)
