"""Rules about work that is repeated: by recursion, or inside a loop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.analysis.domain.findings import Confidence, Severity
from services.analysis.domain.rules.context import Draft, MalhaRule, RuleContext
from services.analysis.domain.rules.define import define

if TYPE_CHECKING:
    from tree_sitter import Node


def _branching_recursion(context: RuleContext, node: Node) -> Draft | None:
    scope = context.scope(node)
    if not scope.is_function or scope.start != context.nodes[scope.number].start_byte:
        return None  # a decorator may be the cache
    name = scope.name.rsplit(".", 1)[-1]
    calls = [node.child_by_field_name("left"), node.child_by_field_name("right")]
    if not all(
        call is not None and re.fullmatch(rf"(?:self\.)?{name}\(\s*\w+\s*-\s*\w+\s*\)", context.text(call))
        for call in calls
    ):
        return None
    return context.draft("MLH120", node, f"`{name}` calls itself twice and computes the same values again and again")


def _index_loop(context: RuleContext, node: Node) -> Draft | None:
    left, right, body = (node.child_by_field_name(field) for field in ("left", "right", "body"))
    if left is None or right is None or body is None:
        return None
    found = re.fullmatch(r"range\(len\((\w+)\)\)", context.text(right))
    if found is None or not context.text(left).isidentifier():
        return None
    index, text = context.text(left), context.text(body)
    item = rf"(?<![\w.]){found[1]}\[{index}\]"
    uses = len(re.findall(rf"\b{index}\b", text))
    if not uses or uses != len(re.findall(rf"{item}(?!\s*(?:[-+*/%&|^@<>]*=(?!=)|,.*=))", text)):
        return None
    if re.search(rf"\b{found[1]}\b(?!\[{index}\])|\bdel\b", text):
        return None
    return Draft(
        "MLH121",
        f"The index `{index}` only serves to get the elements of `{found[1]}`",
        node.start_byte,
        right.end_byte,
    )


def _search_in_loop(context: RuleContext, node: Node) -> Draft | None:
    loop = context.structure.loop_at(node.start_byte)
    function = node.child_by_field_name("function")
    target = function.child_by_field_name("object") if function is not None else None
    if loop is None or target is None or target.type != "identifier" or not context.in_loop(node):
        return None
    head = context.data[loop[0] : loop[1]].split(b"\n", 1)[0].decode("utf-8", "replace")
    name = context.text(target)
    if not re.search(rf"\bin\s+(?:enumerate\(|set\()?{name}\)?\s*:", head):
        return None
    return context.draft("MLH122", node, f"Every turn searches `{name}` from its beginning")


def _sort_in_loop(context: RuleContext, node: Node) -> Draft | None:
    function = node.child_by_field_name("function")
    target = function.child_by_field_name("object") if function is not None else None
    loop = context.structure.loop_at(node.start_byte)
    if target is None or loop is None or target.type != "identifier" or not context.in_loop(node):
        return None
    body = context.data[loop[0] : loop[1]].decode("utf-8", "replace")
    name = context.text(target)
    if not re.search(rf"\b{name}\.append\(", body) or re.search(rf"\b{name}\s*=[^=]", body):
        return None
    return context.draft("MLH123", node, f"`{name}` is sorted again after every addition")


def _execute_in_loop(context: RuleContext, node: Node) -> Draft | None:
    arguments = node.child_by_field_name("arguments")
    if arguments is None or arguments.named_child_count < 2 or not context.in_loop(node):
        return None
    if not re.match(r"""\(\s*(?:[rb]?["']{1,3})\s*(?:insert|update|delete|replace)\b""", context.text(arguments), re.I):
        return None
    return context.draft("MLH124", node, "One statement is sent for every row")


REPEATED_RULES: tuple[MalhaRule, ...] = (
    define(
        120,
        "branching-recursion",
        "A function without decorator that adds up two calls of itself.",
        "Both calls compute the same smaller values: exponential time. Put `functools.cache` on the function, or loop.",
        bad="def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n",
        good="@cache\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n",
        effect="O(n) instead of O(2^n)",
        size="n = 20, with functools.cache",
        speedup=(100, 240),
        severity=Severity.ERROR,
        query="(binary_operator left: (call) right: (call)) @MLH120",
        check=_branching_recursion,
    ),
    define(
        121,
        "index-only-to-get-element",
        "`for i in range(len(x))` where i is only used as `x[i]`.",
        "Loop over the elements: no index to count, no look-up.",
        bad="for i in range(len(items)):\n    show(items[i])\n",
        good="for item in items:\n    show(item)\n",
        effect="No index arithmetic and no subscription",
        size="1,000 elements, body that only reads the element",
        speedup=(1.1, 3.5),
        query="(for_statement left: (identifier) right: (call function: (identifier) @_MLH121m "
        'arguments: (argument_list . (call) .)) (#eq? @_MLH121m "range")) @MLH121',
        check=_index_loop,
    ),
    define(
        122,
        "search-of-what-is-looped-over",
        "`x.index(...)` or `x.count(...)` in a loop over x.",
        "Each call walks through the list: O(n^2). Take the index from `enumerate`; count once with "
        "`collections.Counter`.",
        bad="for item in items:\n    at = items.index(item)\n",
        good="for at, item in enumerate(items):\n    ...\n",
        effect="O(n) instead of O(n^2) in the length of the list",
        size="1,000 different elements; count 149, index 222",
        speedup=(10, 222),
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        methods=("index", "count"),
        check=_search_in_loop,
    ),
    define(
        123,
        "sorted-after-every-append",
        "A list that is appended to and sorted in the same loop.",
        "Sort once after the loop. Where the order is needed at every turn, `bisect.insort` finds the place in "
        "O(log n), and `heapq` keeps just the smallest at hand.",
        bad="for item in items:\n    queue.append(item)\n    queue.sort()\n",
        good="for item in items:\n    insort(queue, item)\n",
        effect="A binary search instead of a pass over the list at every turn",
        size="1,000 random floats, against bisect.insort",
        speedup=(2, 6.1),
        methods=("sort",),
        check=_sort_in_loop,
    ),
    define(
        124,
        "statement-per-row",
        "`execute` of a data-changing statement with parameters in a loop.",
        "Use `executemany`, or one statement with many rows: fewer calls, and on a server fewer round trips.",
        bad='for row in rows:\n    cursor.execute("INSERT INTO t VALUES (?, ?)", row)\n',
        good='cursor.executemany("INSERT INTO t VALUES (?, ?)", rows)\n',
        effect="One call instead of one for each row",
        size="1,000 rows into SQLite in memory; servers gain a round trip per row on top",
        speedup=(1.3, 1.6),
        methods=("execute",),
        check=_execute_in_loop,
    ),
)
