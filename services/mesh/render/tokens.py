"""Who gets in from outside, as the edge enforces it: whose token is sound and holds what the method's policy asks for.

Three filters. The first verifies whatever token a call brings, before anything else is done for the call. The other two
stand behind the transcoder, where a REST call has become a call of its method: what they decide, they decide for both
surfaces by the one route of the method. What a filter of theirs refuses, `refusals` puts into the caller's words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.identity.audit.refusals import fields
from services.mesh.render import cel
from services.mesh.render.document import Node, typed
from services.runtime.auth.compact import LONGEST
from services.runtime.auth.tokens import HEADER, SCHEME
from services.runtime.auth.verification import AUDIENCE, COUNTED, LEEWAY, LONGEST_LIFE, TIERS, TYPE, UNLIMITED
from services.runtime.auth.wildcards import covering
from services.runtime.method import Access

if TYPE_CHECKING:
    from services.mesh.policies import Method
    from services.mesh.render.document import Edge

JWT: Final = "envoy.filters.http.jwt_authn"
SOUND: Final = "malha.token"
"""The filter that refuses a token for what it is: its own type, or its subject's kind."""
PERMITTED: Final = "malha.permission"
"""The filter that lets in who holds the method's permission."""

KEYS: Final = "token-keys"
"""The cluster that Envoy fetches the keys from: its own listener on loopback."""
KEYS_PATH: Final = "/.well-known/jwks.json"

_RBAC: Final = "envoy.extensions.filters.http.rbac.v3."
_PROVIDER: Final = "malha"
# Where the verified token is for the filters behind.
CLAIMS: Final = "claims"
_HEADER: Final = "header"
_PART: Final = "[A-Za-z0-9_-]+"
# The last character of a signature stands for two of its bits: of its spellings, one is canonical.
_WHOLE_HEADER: Final = rf"{SCHEME}{_PART}\.{_PART}\.{_PART}[AQgw]"
_THERE: Final = {"present_match": True}
# The finest part of a second that a double of this or the next century can tell from the next.
_PARTS_OF_A_SECOND: Final = 2**22
SUBJECT: Final = f"%DYNAMIC_METADATA({JWT}:{CLAIMS}:sub)%"
"""Envoy's format of whose token a call brought."""
_COLLECTIONS: Final = {Access.USER: "users/", Access.SERVICE: "serviceAccounts/"}


def verification(edge: Edge) -> Node:
    """Verifies the token of a call, if there is one. What each method asks for is decided behind the transcoder."""
    provider: Node = {
        "issuer": edge.issuer,
        "audiences": [AUDIENCE],
        "from_headers": [{"name": HEADER, "value_prefix": SCHEME}],
        # The server verifies it once more.
        "forward": True,
        "payload_in_metadata": CLAIMS,
        "header_in_metadata": _HEADER,
        "require_expiration": True,
        "max_lifetime": f"{LONGEST_LIFE}s",
        "clock_skew_seconds": LEEWAY,
        "remote_jwks": {
            "http_uri": {"uri": f"http://127.0.0.1:{edge.plaintext_port}{KEYS_PATH}", "cluster": KEYS, "timeout": "2s"},
            # A new key is published longer than this before its first use.
            "cache_duration": "30s",
            # The listener that the keys come through cannot wait for them.
            "async_fetch": {"fast_listener": True, "failed_refetch_duration": "1s"},
        },
        # A signature is checked once for each token and worker.
        "jwt_cache_config": {"jwt_cache_size": 4096, "jwt_max_token_size": LONGEST},
    }
    either = [{"provider_name": _PROVIDER}, {"allow_missing": {}}]
    return typed(
        "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
        providers={_PROVIDER: provider},
        rules=[{"match": {"prefix": "/"}, "requires": {"requires_any": {"requirements": either}}}],
    )


def sound() -> Node:
    """Refuses what is signed and yet no access token, such as one for another use by the same issuer."""
    return typed(f"{_RBAC}RBAC", rules=_deny())


def nobody() -> Node:
    """Refuses everyone on a route without a policy of its own."""
    return typed(f"{_RBAC}RBAC", rules={"action": "ALLOW", "policies": {}})


def policy(method: Method) -> dict[str, Node]:
    """The `typed_per_filter_config` of a method's route."""
    if method.access is Access.ANONYMOUS:
        return everyone()
    found = {PERMITTED: _only(_holds(method.permission))}
    if (collection := _COLLECTIONS.get(method.access)) is not None:
        found[SOUND] = typed(f"{_RBAC}RBACPerRoute", rbac={"rules": _deny(collection)})
    return found


def everyone() -> dict[str, Node]:
    """The `typed_per_filter_config` of a route that needs no token."""
    return {PERMITTED: _only({"any": True})}


def holders() -> dict[str, Node]:
    """The `typed_per_filter_config` of a route that needs a token, whatever it permits."""
    return {PERMITTED: _only(_has_token())}


def keys(edge: Edge) -> Node:
    """The cluster of the keys."""
    address = {"socket_address": {"address": "127.0.0.1", "port_value": edge.plaintext_port}}
    return {
        "name": KEYS,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {
            "cluster_name": KEYS,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
    }


def _only(principal: Node) -> Node:
    policies = {"permitted": {"permissions": [{"any": True}], "principals": [principal]}}
    return typed(f"{_RBAC}RBACPerRoute", rbac={"rules": {"action": "ALLOW", "policies": policies}})


def _deny(collection: str | None = None) -> Node:
    """What no token may be, and, with a collection, whose."""
    invalid = [
        _not(_said(_HEADER, "typ", _text({"exact": TYPE}))),
        _not(_said(_HEADER, "kid", _THERE)),
        _said(_HEADER, "crit", _THERE),
        _said(_HEADER, "b64", _THERE),
        # Envoy looks for the scheme anywhere in the header, and takes two headers for one.
        _not({"header": {"name": HEADER, "string_match": {"safe_regex": {"regex": _WHOLE_HEADER}}}}),
        *(_not(_said(CLAIMS, claim, _THERE)) for claim in ("client_id", "iat", "jti", "tenant")),
        _not(_either([_said(CLAIMS, "sub", _text({"prefix": name})) for name in _COLLECTIONS.values()])),
        _not(_either([_said(CLAIMS, "tier", _text({"exact": name})) for name in sorted(TIERS)])),
        _not(_either([_said(CLAIMS, "tier", _text({"exact": UNLIMITED})), _limited()])),
    ]
    policies = {
        fields.INVALID: _with_token(_either(invalid)),
        f"{fields.INVALID}-form": {**_with_token({"any": True}), "condition": _ill_formed()},
    }
    if collection is not None:
        policies[fields.WRONG_KIND] = _with_token(_not(_said(CLAIMS, "sub", _text({"prefix": collection}))))
    return {"action": "DENY", "policies": policies}


def _ill_formed() -> Node:
    """What only numbers tell of a token, which nobody but the issuer could have signed: that it is longer than any that
    it signs, from a later time or an earlier one than one that is still good, or ends within a second.

    Each attribute costs a microsecond and more, so each is looked at once.
    """
    said = cel.at(cel.attribute("metadata", "filter_metadata"), JWT, CLAIMS)
    header = cel.at(cel.attribute("request", "headers"), HEADER)
    now = cel.call("double", cel.call("int", cel.attribute("request", "time")))
    # From -LEEWAY to LONGEST_LIFE + LEEWAY seconds: halves of that width around its middle make zero.
    age = cel.call("_-_", now, cel.at(said, "iat"))
    from_middle = cel.call("_-_", age, cel.number(LONGEST_LIFE / 2))
    outside = cel.call("int", cel.call("_/_", from_middle, cel.number(LONGEST_LIFE / 2 + LEEWAY + 1)))
    parts = cel.call("int", cel.call("_*_", cel.at(said, "exp"), cel.number(_PARTS_OF_A_SECOND)))
    return cel.either(
        cel.call("_>_", cel.call("size", header), cel.whole(len(SCHEME) + LONGEST)),
        cel.call("_!=_", outside, cel.whole(0)),
        cel.call("_!=_", cel.call("_%_", parts, cel.whole(_PARTS_OF_A_SECOND)), cel.whole(0)),
    )


def _limited() -> Node:
    claim, value = COUNTED
    return _said(CLAIMS, claim, _text({"exact": value}))


def _with_token(principal: Node) -> Node:
    return {
        "permissions": [{"any": True}],
        "principals": [{"and_ids": {"ids": [_has_token(), principal]}}],
    }


def _has_token() -> Node:
    return _said(_HEADER, "alg", _THERE)


def _holds(permission: str) -> Node:
    texts = [_text({"exact": text}) for text in (permission, *covering(permission))]
    return _said(CLAIMS, "permissions", {"list_match": {"one_of": {"or_match": {"value_matchers": texts}}}})


def _said(where: str, key: str, value: Node) -> Node:
    """Matches what the verified token says."""
    matcher = {"filter": JWT, "path": [{"key": where}, {"key": key}], "value": value}
    return {"sourced_metadata": {"metadata_matcher": matcher, "metadata_source": "DYNAMIC"}}


def _text(match: Node) -> Node:
    return {"string_match": match}


def _either(principals: list[Node]) -> Node:
    return {"or_ids": {"ids": principals}}


def _not(principal: Node) -> Node:
    return {"not_id": principal}
