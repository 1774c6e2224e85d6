"""Looks once at the tree of a source: what metrics and rules need of it, and what our own rules find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from tree_sitter import Node, Query, QueryCursor, Tree

from services.analysis.domain import metrics, structure
from services.analysis.domain.decoding import DecodedSource
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.rules.context import Draft, RuleContext
from services.analysis.domain.rules.malha import MALHA_RULES
from services.analysis.domain.structure import Structure, read_structure
from services.analysis.domain.syntax import compile_query


@dataclass(frozen=True, slots=True)
class Inspection:
    """What one look at a tree brought."""

    structure: Structure
    strings: Sequence[Node]
    comments: Sequence[Node]
    drafts: Sequence[Draft]


@cache
def _query() -> Query:
    """One query for everything: running it costs one walk over the tree, however many patterns it has."""
    return compile_query("\n".join((structure.QUERY, metrics.QUERY, *(rule.query for rule in MALHA_RULES))))


def inspect(source: DecodedSource, tree: Tree, options: AnalysisOptions) -> Inspection:
    """Run the one query and hand its captures to metrics and to the rules that are asked for."""
    captures = QueryCursor(_query()).captures(tree.root_node)
    read = read_structure(captures, source.parsable)
    context = RuleContext(source.parsable, tree.root_node, read, options.target_version)
    drafts: list[Draft] = []
    for rule in MALHA_RULES:
        nodes = captures.get(rule.capture)
        document = rule.document
        if nodes and options.wants(document.id, document.category, document.severity):
            for node in nodes:
                draft = rule.check(context, node)
                if draft is not None:
                    drafts.append(draft)
    return Inspection(read, captures.get("string", ()), captures.get("comment", ()), drafts)
