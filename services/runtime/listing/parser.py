"""Reads a filter: the grammar of AIP-160 without functions and without bare values.

filter     = [ sequence { "AND" sequence } ]
sequence   = factor { factor }              (an AND that binds tighter than OR's neighbours, as the AIP wants)
factor     = term { "OR" term }             (OR binds tighter than AND, as the AIP wants)
term       = [ "NOT" | "-" ] ( "(" filter ")" | field operator value )
"""

from collections.abc import Mapping

from services.runtime.exceptions import FilterInvalid
from services.runtime.listing.ast import EVERYTHING, And, Comparison, Expression, Not, Operator, Or
from services.runtime.listing.fields import FieldType, Kind
from services.runtime.listing.lexer import Token, TokenKind, tokenise
from services.runtime.listing.values import read_value

_DEEPEST = 32
_MOST_COMPARISONS = 100
_KEYWORDS = frozenset({"AND", "OR", "NOT"})
_ORDERED = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.TIMESTAMP, Kind.ENUM, Kind.STRING})
_EQUALITIES = frozenset({Operator.EQUAL, Operator.NOT_EQUAL})


def parse_filter(text: str, fields: Mapping[str, FieldType]) -> Expression:
    """The filter as a tree whose values have their fields' types. Empty text is everything.

    Raises:
        FilterInvalid: the text does not parse, names a field not in `fields`, or compares it with what it cannot be.
    """
    tokens = tokenise(text)
    if tokens[0].kind is TokenKind.END:
        return EVERYTHING
    parser = _Parser(tokens, fields)
    expression = parser.expression(0)
    if parser.here.kind is not TokenKind.END:
        raise FilterInvalid(parser.here.position, f"did not expect {parser.here.text!r}")
    return expression


class _Parser:
    def __init__(self, tokens: list[Token], fields: Mapping[str, FieldType]) -> None:
        self._tokens = tokens
        self._fields = fields
        self._next = 0
        self._comparisons = 0

    @property
    def here(self) -> Token:
        return self._tokens[self._next]

    def expression(self, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise FilterInvalid(self.here.position, f"nested deeper than {_DEEPEST}")
        operands = [self._factor(depth)]
        while not self._at_end_of_expression():
            self._accept_keyword("AND")
            operands.append(self._factor(depth))
        return operands[0] if len(operands) == 1 else And(tuple(operands))

    def _at_end_of_expression(self) -> bool:
        return self.here.kind in (TokenKind.END, TokenKind.CLOSE)

    def _factor(self, depth: int) -> Expression:
        operands = [self._term(depth)]
        while self._accept_keyword("OR"):
            operands.append(self._term(depth))
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def _term(self, depth: int) -> Expression:
        if self._accept_keyword("NOT") or self._accept(TokenKind.MINUS):
            return Not(self._simple(depth))
        return self._simple(depth)

    def _simple(self, depth: int) -> Expression:
        if self._accept(TokenKind.OPEN):
            inner = self.expression(depth + 1)
            if not self._accept(TokenKind.CLOSE):
                raise FilterInvalid(self.here.position, "expected )")
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        name = self._take(TokenKind.WORD, "a field")
        field = self._fields.get(name.text)
        if field is None:
            known = ", ".join(sorted(self._fields))
            raise FilterInvalid(name.position, f"there is no field {name.text!r}; there are: {known}")
        sign = self._take(TokenKind.OPERATOR, "an operator")
        operator = Operator(sign.text)
        _check_operator(field, operator, sign)
        value = self.here
        if value.kind not in (TokenKind.WORD, TokenKind.QUOTED) or _is_keyword(value):
            raise FilterInvalid(value.position, "expected a value")
        self._next += 1
        self._comparisons += 1
        if self._comparisons > _MOST_COMPARISONS:
            raise FilterInvalid(name.position, f"more than {_MOST_COMPARISONS} comparisons")
        return Comparison(name.text, field, operator, read_value(field, operator, value))

    def _take(self, kind: TokenKind, expected: str) -> Token:
        token = self.here
        if token.kind is not kind or _is_keyword(token):
            raise FilterInvalid(token.position, f"expected {expected}")
        self._next += 1
        return token

    def _accept(self, kind: TokenKind) -> bool:
        if self.here.kind is not kind:
            return False
        self._next += 1
        return True

    def _accept_keyword(self, word: str) -> bool:
        if self.here.kind is not TokenKind.WORD or self.here.text != word:
            return False
        self._next += 1
        return True


def _is_keyword(token: Token) -> bool:
    return token.kind is TokenKind.WORD and token.text in _KEYWORDS


def _check_operator(field: FieldType, operator: Operator, sign: Token) -> None:
    if operator is Operator.HAS:
        allowed = field.kind in (Kind.STRING, Kind.STRINGS)
    elif operator in _EQUALITIES:
        allowed = field.kind is not Kind.STRINGS
    else:
        allowed = field.kind in _ORDERED
    if not allowed:
        raise FilterInvalid(sign.position, f"this field cannot be compared with {operator.value}")
