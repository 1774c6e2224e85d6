"""Looks once at the tree of a source: what metrics and rules need of it, and what our own rules find."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tree_sitter import Node, Query, QueryCursor

from services.analysis.domain import metrics, structure
from services.analysis.domain.decoding import DecodedSource
from services.analysis.domain.metrics import Metrics, measure
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.rules.context import Draft, MalhaRule, RuleContext
from services.analysis.domain.rules.malha import MALHA_RULES
from services.analysis.domain.structure import Structure, read_structure
from services.analysis.domain.syntax import compile_query, parse


@dataclass(frozen=True, slots=True)
class Inspection:
    """What one look at a tree brought; holds no part of the tree."""

    structure: Structure
    metrics: Metrics
    drafts: Sequence[Draft]


@cache
def _query() -> Query:
    """One query for everything: running it costs one walk over the tree, however many patterns it has. But every call
    of a method would be a capture: these are found by their text."""
    return compile_query("\n".join((structure.QUERY, metrics.QUERY, *(rule.query for rule in MALHA_RULES))))


@cache
def _method_calls() -> re.Pattern[bytes]:
    """What looks like a call of a method that a rule looks at; strings and comments may look so as well."""
    between = r"(?:[\s\\]|#[^\n]*\n)*"
    return re.compile(rf"\.{between}({'|'.join(sorted(_by_method()))}){between}\(".encode())


@cache
def _by_method() -> Mapping[str, Sequence[MalhaRule]]:
    """The rules that look at calls of a method, under its name."""
    table: dict[str, list[MalhaRule]] = {}
    for rule in MALHA_RULES:
        for method in rule.methods:
            table.setdefault(method, []).append(rule)
    return table


def inspect(source: DecodedSource, options: AnalysisOptions) -> Inspection:
    """Parse a source, run the one query and hand its captures to metrics and to the rules that are asked for.

    Raises SourceTooDeep. The tree is given up at the end, so that the next one takes its place in memory.
    """
    tree = parse(source)
    captures = QueryCursor(_query()).captures(tree.root_node)
    read, nodes = read_structure(captures, source.parsable, tree.root_node)
    context = RuleContext(source.parsable, nodes, read, options.target_version)
    drafts = []
    for rule, node in _candidates(captures, source.parsable, tree.root_node):
        document = rule.document
        if options.wants(document.id, document.category, document.severity):
            draft = rule.check(context, node)
            if draft is not None:
                drafts.append(draft)
    measures = measure(source, read, captures.get("string", ()), captures.get("comment", ()))
    return Inspection(read, measures, drafts)


def _candidates(captures: Mapping[str, Sequence[Node]], data: bytes, root: Node) -> Iterator[tuple[MalhaRule, Node]]:
    for rule in MALHA_RULES:
        for node in captures.get(rule.capture, ()):
            yield rule, node
    table = _by_method()
    for found in _method_calls().finditer(data):
        call = _call_of(root.descendant_for_byte_range(*found.span(1)))
        if call is not None:
            for rule in table[found[1].decode()]:
                yield rule, call


def _call_of(name: Node | None) -> Node | None:
    """The call of the method that has this name; None when the name is none, or nothing is called."""
    attribute = name.parent if name is not None and name.type == "identifier" else None
    if attribute is None or attribute.type != "attribute" or attribute.child_by_field_name("attribute") != name:
        return None
    call = attribute.parent
    if call is None or call.type != "call" or call.child_by_field_name("function") != attribute:
        return None
    return call
