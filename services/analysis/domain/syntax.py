"""The concrete syntax tree that rules and metrics read."""

from __future__ import annotations

from functools import cache
from operator import itemgetter

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Query, Tree

from services.analysis.domain.decoding import DecodedSource
from services.analysis.domain.errors import SourceTooDeep
from services.analysis.domain.limits import MAX_BLOCKS, MAX_BRACKETS, MAX_DEPTH, MAX_LONG_NODES

_LARGE = 512 * 1024
_AHEAD = 64 * 1024
# Nodes that are one pair of brackets each.
_BRACKETS = frozenset(
    {
        "argument_list",
        "dictionary",
        "dictionary_comprehension",
        "generator_expression",
        "list",
        "list_comprehension",
        "list_pattern",
        "parenthesized_expression",
        "set",
        "set_comprehension",
        "subscript",
        "tuple",
        "tuple_pattern",
    }
)


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
    data = source.parsable
    if len(data) > _LARGE:
        _look_ahead(source)
    tree = _parser().parse(data)
    if len(data) > MAX_DEPTH:
        _require_shallow(source, tree.root_node)
    return tree


def _look_ahead(source: DecodedSource) -> None:
    """Raise SourceTooDeep when the first lines say so: parsing megabytes of single brackets takes seconds."""
    end = source.parsable.rfind(b"\n", 0, _AHEAD) + 1
    head = _parser().parse(source.parsable[:end])
    if not head.root_node.has_error:
        _require_shallow(source, head.root_node)


def _require_shallow(source: DecodedSource, root: Node) -> None:
    """Raise SourceTooDeep at the first node that lies deeper than MAX_DEPTH, or in more blocks or brackets than there
    may be; also when more than MAX_LONG_NODES nodes had to be opened, with the depth reached by then.

    A node that is too deep for the limit has at least as many bytes above it as there are levels left, so that only
    the few long nodes need to be opened: for usual files this looks at some hundreds of nodes.
    """
    level, opened = [(root, 0, 0)], 0
    for depth in range(1, MAX_DEPTH + 1):
        room = MAX_DEPTH - depth
        level = [
            (child, in_blocks + (kind == "block"), in_brackets + (kind in _BRACKETS))
            for node, in_blocks, in_brackets in level
            for child in node.children
            if child.end_byte - child.start_byte > room
            for kind in (child.type,)
        ]
        if not level:
            return
        blocks = max(level, key=itemgetter(1))
        if blocks[1] > MAX_BLOCKS:
            raise _too_deep(source, blocks[0], MAX_BLOCKS)
        brackets = max(level, key=itemgetter(2))
        if brackets[2] > MAX_BRACKETS:
            raise _too_deep(source, brackets[0], MAX_BRACKETS)
        opened += len(level)
        if opened > MAX_LONG_NODES:
            raise _too_deep(source, level[0][0], depth - 1)
    raise _too_deep(source, level[0][0], MAX_DEPTH)


def _too_deep(source: DecodedSource, node: Node, limit: int) -> SourceTooDeep:
    place = source.position(node.start_byte)
    return SourceTooDeep(source.path, place.line, place.column, limit)
