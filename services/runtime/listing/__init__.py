"""Lists as the API Improvement Proposals want them: filters (AIP-160), order (AIP-132) and page tokens (AIP-158).

`services.runtime.listing.sql` turns filters into SQLAlchemy expressions; it is apart so that use cases, which know no
SQL, can parse and evaluate them.
"""

from services.runtime.exceptions import FilterInvalid, OrderByInvalid, PageTokenInvalid
from services.runtime.listing.ast import And, Comparison, Expression, Not, Operator, Or, Wildcard
from services.runtime.listing.fields import FieldType, Kind
from services.runtime.listing.matching import matches
from services.runtime.listing.order import OrderTerm, parse_order_by
from services.runtime.listing.parser import parse_filter
from services.runtime.listing.token import decode_token, digest_query, encode_token

__all__ = [
    "And",
    "Comparison",
    "Expression",
    "FieldType",
    "FilterInvalid",
    "Kind",
    "Not",
    "Operator",
    "Or",
    "OrderByInvalid",
    "OrderTerm",
    "PageTokenInvalid",
    "Wildcard",
    "decode_token",
    "digest_query",
    "encode_token",
    "matches",
    "parse_filter",
    "parse_order_by",
]
