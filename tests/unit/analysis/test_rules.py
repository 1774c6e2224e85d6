"""What our rules must flag, and what they must leave alone."""

from __future__ import annotations

import ast

import pytest

from services.analysis.domain.rules.catalogue import all_rules
from services.analysis.domain.rules.context import MalhaRule
from services.analysis.domain.rules.malha import MALHA_RULES
from tests.unit.analysis.engine import apply_safe_fixes, rules_in

MUST_FLAG = [
    ("MLH101", "while x:\n    a.b.insert(0, x)\n"),
    ("MLH102", "def f(q):\n    for _ in y:\n        q.pop(0)\n"),
    ("MLH103", "def f():\n    out = bytes()\n    for c in y:\n        out += c\n"),
    ("MLH104", "for i in y:\n    x = x + [a for a in i]\n"),
    ("MLH105", "for i in y:\n    x = x + (i,)\n"),
    ("MLH106", "def f():\n    s = ''\n    while a:\n        s = f'{a}' + s\n"),
    ("MLH107", "for i in y:\n    d['k'] += 'x'\n"),
    ("MLH107", "for node in nodes:\n    for part in parts:\n        node.text += f'{part}'\n"),
    ("MLH107", "for i in y:\n    if self.text == i:\n        self.text += 'x'\n"),
    ("MLH109", "while b:\n    b = b[n:]\n"),
    ("MLH111", "x = sorted(a for a in b)\n"),
    ("MLH112", "for i in y:\n    re.search(r'a', i)\n"),
    ("MLH114", "x = datetime.datetime.strptime(t, '%Y-%m-%d %H:%M:%S')\n"),
    ("MLH117", "n = len(sorted(x, key=f)) if 0 else len(sorted(x))\n"),
    ("MLH118", "b = x not in set(y)\n"),
    ("MLH119", "b = x in (1, 2, 3, 4, 5, 6, 7, 8)\n"),
    ("MLH120", "class A:\n    def f(self, n):\n        return self.f(n - 1) + self.f(n - 2)\n"),
    ("MLH122", "for x in xs:\n    n = xs.count(x)\n"),
]

MUST_NOT_FLAG = [
    ("MLH101", "a.insert(0, x)\n"),
    ("MLH101", "for i in y:\n    a.insert(1, x)\n"),
    ("MLH101", "for i in a.insert(0, x):\n    pass\n"),
    ("MLH101", "for i in y:\n    def f():\n        a.insert(0, x)\n"),
    ("MLH102", "for i in y:\n    d.pop(0, None)\n"),
    ("MLH102", "for i in y:\n    d.pop()\n"),
    ("MLH103", "def f():\n    n = 0\n    for c in y:\n        n += c\n"),
    ("MLH103", "def f():\n    b = bytearray()\n    for c in y:\n        b += c\n"),
    ("MLH104", "for i in y:\n    x = z + [i]\n"),
    ("MLH105", "for i in y:\n    x += (i, i)\n"),
    ("MLH106", "def f():\n    n = 0\n    for a in y:\n        n = a + n\n"),
    ("MLH107", "for i in y:\n    self.count += 1\n"),
    ("MLH101", "for d in y:\n    it, a = f(d)\n    a.insert(0, d)\n"),
    ("MLH106", "for k in y:\n    k = 'x' + k\n"),
    ("MLH106", "k = ''\nfor i in y:\n    k = f(i)\n    k = 'x' + k\n"),
    ("MLH109", "while True:\n    line = f()\n    line = line[1:]\n"),
    ("MLH107", "for node in nodes:\n    node.text += 'x'\n"),
    ("MLH107", "for a in y:\n    start = f(a)\n    d[start] += 'x'\n"),
    ("MLH107", "for a in y:\n    end, start = f(a)\n    d[start] += 'x'\n"),
    ("MLH107", "while q:\n    while (n := q.get()):\n        n.text += 'x'\n"),
    ("MLH107", "for i in y:\n    s += 'x'\n"),
    ("MLH109", "while b:\n    b = b[:n]\n"),
    ("MLH110", "x = ', '.join([a for a in b])\n"),
    ("MLH110", "x = path.join(a for a in b)\n"),
    ("MLH112", "for i in y:\n    re.search(pattern, i)\n"),
    ("MLH112", "re.search('a', i)\n"),
    ("MLH112", "for i in y:\n    re.search(f'{i}', i)\n"),
    ("MLH113", "re.sub('a.c', 'x', t)\n"),
    ("MLH113", "re.sub('abc', r'\\1', t)\n"),
    ("MLH114", "datetime.strptime(t, '%d.%m.%Y')\n"),
    ("MLH115", "d.update({a: 1, b: 2})\n"),
    ("MLH115", "d.update({**a})\n"),
    ("MLH116", "x.extend([*y])\n"),
    ("MLH117", "len(sorted(x))[0] if False else sum(sorted(x))\n".replace("len(sorted(x))[0] if False else ", "")),
    ("MLH118", "x in list\n"),
    ("MLH118", "a < x in list(y)\n"),
    ("MLH119", "x in [1, 2, 3]\n"),
    ("MLH119", "x in [a, b, c, d, e, f, g, h]\n"),
    ("MLH120", "@cache\ndef f(n):\n    return f(n - 1) + f(n - 2)\n"),
    ("MLH120", "def f(n):\n    return f(n.left) + f(n.right)\n"),
    ("MLH121", "for i in range(len(x)):\n    x[i] = 0\n"),
    ("MLH121", "for i in range(len(x)):\n    print(i, x[i])\n"),
    ("MLH121", "for i in range(len(x)):\n    print(x[i], x[i + 1])\n"),
    ("MLH122", "for x in xs:\n    n = ys.count(x)\n"),
    ("MLH123", "for x in xs:\n    ys = []\n    ys.append(x)\n    ys.sort()\n"),
    ("MLH124", "for x in xs:\n    c.execute('SELECT 1 WHERE ?', x)\n"),
]


@pytest.mark.parametrize("rule", MALHA_RULES, ids=lambda rule: rule.document.id)
def test_the_bad_example_is_flagged_and_the_good_one_is_not(rule: MalhaRule) -> None:
    assert rule.document.id in rules_in(rule.document.bad_example)
    assert rule.document.id not in rules_in(rule.document.good_example)


@pytest.mark.parametrize(("rule", "code"), MUST_FLAG)
def test_flags(rule: str, code: str) -> None:
    assert rule in rules_in(code)


@pytest.mark.parametrize(("rule", "code"), MUST_NOT_FLAG)
def test_leaves_alone(rule: str, code: str) -> None:
    assert rule not in rules_in(code)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = ''.join(str(é) for é in 'ä')\n", "x = ''.join([str(é) for é in 'ä'])\n"),
        ("x = tuple(a for a in b)\n", "x = tuple([a for a in b])\n"),
        ("def f(k):\n    d = {}\n    d.update({k: 1})\n", "def f(k):\n    d = {}\n    d[k] = 1\n"),
        ("def f(k):\n    x = []\n    x.extend([k])\n", "def f(k):\n    x = []\n    x.append(k)\n"),
        # No proof, no safe fix: the name is bound twice, or may be something else.
        ("def f(k, d):\n    d.update({k: 1})\n", None),
        ("def f(k):\n    d = {}\n    d = g()\n    d.update({k: 1})\n", None),
        ("def f(k):\n    d = {}\n    d.update({g(): h()})\n", None),
        ("tuple = f\nx = tuple(a for a in b)\n", None),
    ],
)
def test_safe_fixes_change_exactly_this(before: str, after: str | None) -> None:
    fixed = apply_safe_fixes(before)
    assert fixed == (before if after is None else after)
    ast.parse(fixed)
    assert apply_safe_fixes(fixed) == fixed


def test_noqa_silences_a_rule_by_its_id_or_all() -> None:
    line = "x = ''.join(a for a in b)"
    assert rules_in(line + "\n") == ["MLH110"]
    assert rules_in(line + "  # noqa: MLH110\n") == []
    assert rules_in(line + "  # noqa\n") == []
    assert rules_in(line + "  # noqa: E501\n") == ["MLH110"]


def test_every_rule_is_documented() -> None:
    rules = all_rules()
    assert [rule.id for rule in rules] == sorted({rule.id for rule in rules})
    assert all(rule.summary and rule.explanation and rule.documentation_url for rule in rules)
    assert all(rule.effect is None or rule.effect.source for rule in rules)
