"""Functions, classes, loops and branches of a source, from one query over its tree, and the complexity they make."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

    _Event = tuple[int, int, str, Node]

QUERY = """
(decorated_definition) @decorated
(function_definition) @function
(class_definition) @class
(lambda) @lambda
[(for_statement) (while_statement)] @loop
[(if_statement) (match_statement) (conditional_expression) (except_clause)] @branch
[(elif_clause)] @elif
(if_statement alternative: (else_clause) @else)
[(for_statement alternative: (else_clause) @else) (while_statement alternative: (else_clause) @else)]
(case_clause) @case
[(for_in_clause) (if_clause)] @clause
(boolean_operator operator: "and") @and
(boolean_operator operator: "or") @or
"""

_KINDS = (
    "decorated",
    "function",
    "class",
    "lambda",
    "loop",
    "branch",
    "elif",
    "else",
    "case",
    "clause",
    "and",
    "or",
)
# How each kind counts: decision points; cognitive points; whether these grow with nesting; whether it nests.
_WEIGHTS = {
    "lambda": (0, 0, False, True),
    "loop": (1, 1, True, True),
    "branch": (1, 1, True, True),
    "elif": (1, 1, False, False),
    "else": (0, 1, False, False),
    "case": (1, 0, False, False),
    "clause": (1, 0, False, False),
    "and": (1, 1, False, False),
    "or": (1, 1, False, False),
}


@dataclass(slots=True)
class Scope:
    """A function or class, or the module: offsets in bytes, `start` before its decorators. `number` counts the scopes
    of a source from 0, the module. The complexity leaves out that of scopes inside."""

    name: str
    is_function: bool
    start: int
    end: int
    number: int
    parent: Scope | None
    parameters: int = 0
    cyclomatic: int = 1
    cognitive: int = 0


@dataclass(slots=True)
class Structure:
    """The scopes in order of appearance, the module first, and the loops as offsets of start and end."""

    scopes: list[Scope]
    loops: list[tuple[int, int]]
    _starts: list[int]

    def scope_at(self, offset: int) -> Scope:
        """The innermost scope that holds the byte at `offset`."""
        scope: Scope | None = self.scopes[bisect_right(self._starts, offset) - 1]
        while scope is not None and scope.end <= offset:
            scope = scope.parent
        return scope or self.scopes[0]

    def in_loop(self, offset: int) -> bool:
        """Whether the byte at `offset` is in a loop of its own scope."""
        return self.loop_at(offset) is not None

    def loop_at(self, offset: int) -> tuple[int, int] | None:
        """The innermost loop statement around the byte at `offset`, in the same scope; None when there is none."""
        at = bisect_right(self.loops, (offset, 0)) - 1
        floor = self.scope_at(offset).start
        while at >= 0 and self.loops[at][0] >= floor:
            if self.loops[at][1] > offset and self.scope_at(self.loops[at][0]).start == floor:
                return self.loops[at]
            at -= 1
        return None


def read_structure(captures: Mapping[str, Sequence[Node]], data: bytes, root: Node) -> tuple[Structure, list[Node]]:
    """The structure of a source from the captures of `QUERY` in its tree, and the node of each scope. The structure
    holds no nodes itself: one node kept would keep the whole tree in memory."""
    events = _events(captures)
    module = Scope("", False, 0, len(data) + 1, 0, None)
    scopes, nodes, current = [module], [root], module
    nesting: list[int] = []  # ends of the nodes of the current scope that nest
    kept: list[tuple[Scope, list[int]]] = []
    decorated: int | None = None
    last: dict[str, int] = {}
    loops: list[tuple[int, int]] = []
    for start, negative_end, kind, node in events:
        end = -negative_end
        while start >= current.end:
            current, nesting = kept.pop()
        if kind == "decorated":
            decorated = start
            continue
        if kind == "function" or kind == "class":
            kept.append((current, nesting))
            current = _open_scope(node, kind, start if decorated is None else decorated, end, current, data)
            current.number = len(scopes)
            scopes.append(current)
            nodes.append(node)
            nesting, decorated = [], None
            continue
        while nesting and nesting[-1] <= start:
            nesting.pop()
        decisions, points, grows, nests = _WEIGHTS[kind]
        if kind == "loop":
            loops.append((start, end))
        elif kind == "and" or kind == "or":
            # `a and b and c` is a node within a node that begins at the same place: one sequence, one point.
            if last.get(kind) == start:
                points = 0
            last[kind] = start
        elif kind == "case" and data.startswith(b"case _:", start):
            decisions = 0
        current.cyclomatic += decisions
        current.cognitive += points + (len(nesting) if grows else 0)
        if nests:
            nesting.append(end)
    return Structure(scopes, loops, [scope.start for scope in scopes]), nodes


def _events(captures: Mapping[str, Sequence[Node]]) -> list[_Event]:
    """Start, negative end, kind and node of every capture, outer before inner, decorators before what they decorate."""
    events: list[_Event] = []
    for kind in _KINDS:
        nodes = captures.get(kind, ())
        events += [(place[0], -place[1], kind, node) for node in nodes for place in (node.byte_range,)]
    events.sort(key=itemgetter(0, 1))  # stable: `_KINDS` begins with the decorated
    return events


def _open_scope(node: Node, kind: str, start: int, end: int, parent: Scope, data: bytes) -> Scope:
    name_node = node.child_by_field_name("name")
    name = data[name_node.start_byte : name_node.end_byte].decode() if name_node is not None else ""
    if parent.number:
        name = f"{parent.name}.<locals>.{name}" if parent.is_function else f"{parent.name}.{name}"
    scope = Scope(name, kind == "function", start, end, 0, parent)
    if kind == "function":
        scope.parameters = _count_parameters(node.child_by_field_name("parameters"), data)
    return scope


def _count_parameters(node: Node | None, data: bytes) -> int:
    if node is None:
        return 0
    count = node.named_child_count
    text = data[node.start_byte : node.end_byte]
    if b"*" in text or b"/" in text or b"#" in text:
        count -= sum(
            child.type in ("keyword_separator", "positional_separator", "comment") for child in node.named_children
        )
    return count
