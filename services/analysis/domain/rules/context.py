"""What a rule of ours is, and what it may ask about the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.analysis.domain.findings import Applicability
from services.analysis.domain.rules.document import RuleDoc
from services.analysis.domain.structure import Scope, Structure

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True)
class DraftFix:
    """A fix in byte offsets: each edit is start, end and the new text."""

    message: str
    applicability: Applicability
    edits: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A finding in byte offsets."""

    rule: str
    message: str
    start: int
    end: int
    fix: DraftFix | None = None


@dataclass(frozen=True, slots=True)
class RuleContext:
    """The source that rules look at; `nodes` has the node of each scope, under its number."""

    data: bytes
    nodes: Sequence[Node]
    structure: Structure
    target_version: tuple[int, int]

    def text(self, node: Node) -> str:
        """The source of a node."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def scope(self, node: Node) -> Scope:
        """The innermost function or class around a node, or the module."""
        return self.structure.scope_at(node.start_byte)

    def in_loop(self, node: Node) -> bool:
        """Whether the node is repeated by a loop statement of its own scope: in its body, not in what it loops over."""
        loop = self.structure.loop_at(node.start_byte)
        if loop is None:
            return False
        at: Node | None = node
        while at is not None and at.start_byte >= loop[0]:
            parent = at.parent
            if parent is not None and parent.start_byte == loop[0] and parent.type in _LOOPS:
                body = parent.child_by_field_name("body")
                return at == body or parent.type == "while_statement"
            at = parent
        return False

    def assignments(self, name: str, scope: Scope) -> list[str]:
        """The sources of the values that `name = value` gives to a name in a scope, each stripped."""
        return [self.text(value) for value in _assigned(self.nodes[scope.number], name.encode())]

    def draft(self, rule: str, node: Node, message: str, fix: DraftFix | None = None) -> Draft:
        """A finding at a node."""
        return Draft(rule, message, node.start_byte, node.end_byte, fix)


_LOOPS = ("for_statement", "while_statement")


def _assigned(node: Node, name: bytes) -> list[Node]:
    """The values assigned to a plain name below a node, without functions and classes inside."""
    found: list[Node] = []
    stack = list(node.children)
    while stack:
        child = stack.pop()
        kind = child.type
        if kind in ("function_definition", "class_definition", "lambda"):
            continue
        if kind == "assignment":
            left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
            if left is not None and right is not None and left.text == name:
                found.append(right)
        stack.extend(child.named_children)
    return found


@dataclass(frozen=True, slots=True)
class MalhaRule:
    """A rule of ours: its document, the query whose capture named `capture` gives candidates, and the check that turns
    a candidate into a finding or None. A rule about method calls names the methods instead of a query: their calls are
    found by their text, since capturing every call would cost more than all other patterns."""

    document: RuleDoc
    capture: str
    query: str
    check: Callable[[RuleContext, Node], Draft | None]
    methods: tuple[str, ...] = ()
