"""What a caller can put into the header `authorization`, and what has to become of it, at the edge and at a server.

Each case makes the values of the header from an issuer that both trust. Who is let in is the same on both sides; where
permissions are no list, the edge finds that the one is missing, and a server that the token is none of ours.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.support.tokens import Issuer, as_json, base64url

PERMISSION = "testing.echo.call"
ALLOWED = ""
REQUIRED, INVALID, EXPIRED = "TOKEN_REQUIRED", "TOKEN_INVALID", "TOKEN_EXPIRED"
MISSING = "PERMISSION_MISSING"

Values = list[str]


@dataclass(frozen=True)
class Case:
    """One case: the reason a server gives, empty when it lets the call in, and the edge's where it differs."""

    name: str
    values: Callable[[Issuer], Values]
    server: str
    edge: str | None = None

    @property
    def at_edge(self) -> str:
        """The reason the edge gives."""
        return self.server if self.edge is None else self.edge


def _bearer(*tokens: str) -> Values:
    return [f"Bearer {token}" for token in tokens]


def _claims(**changes: Any) -> Callable[[Issuer], Values]:
    return lambda issuer: _bearer(issuer.token(PERMISSION, **changes))


def _header(**changes: Any) -> Callable[[Issuer], Values]:
    return lambda issuer: _bearer(issuer.token(PERMISSION, header=changes))


def _times(issued: float, expires: float) -> Callable[[Issuer], Values]:
    def values(issuer: Issuer) -> Values:
        now = int(time.time())
        return _bearer(issuer.token(PERMISSION, iat=now + issued, exp=now + expires))

    return values


def _at(claim: str, seconds: int) -> Callable[[Issuer], Values]:
    def values(issuer: Issuer) -> Values:
        changes: dict[str, Any] = {claim: int(time.time()) + seconds}
        return _bearer(issuer.token(PERMISSION, **changes))

    return values


def _good(issuer: Issuer) -> str:
    return issuer.token(PERMISSION)


def _raw(header: bytes | None = None, claims: bytes | None = None) -> Callable[[Issuer], Values]:
    def values(issuer: Issuer) -> Values:
        said = as_json(issuer.claims(PERMISSION)) if claims is None else claims
        return _bearer(issuer.sign(as_json(issuer.header()) if header is None else header, said))

    return values


def _twice_in_claims(issuer: Issuer) -> Values:
    said = as_json(issuer.claims(PERMISSION, sub="users/eve"))
    return _bearer(issuer.sign(as_json(issuer.header()), said[:-1] + b',"sub":"users/ana"}'))


def _twice_in_header(issuer: Issuer) -> Values:
    header = as_json(issuer.header(alg="none"))
    return _bearer(issuer.sign(header[:-1] + b',"alg":"EdDSA"}', as_json(issuer.claims(PERMISSION))))


def _not_utf8(issuer: Issuer) -> Values:
    said = as_json(issuer.claims(PERMISSION))
    return _bearer(issuer.sign(as_json(issuer.header()), said[:-1] + b',"x":"\xff"}'))


def _deep(issuer: Issuer) -> Values:
    said = as_json(issuer.claims(PERMISSION))
    return _bearer(issuer.sign(as_json(issuer.header()), said[:-1] + b',"x":' + b"[" * 1500 + b"]" * 1500 + b"}"))


def _unsigned(algorithm: str) -> Callable[[Issuer], Values]:
    def values(issuer: Issuer) -> Values:
        header = as_json(issuer.header(alg=algorithm))
        return _bearer(f"{base64url(header)}.{base64url(as_json(issuer.claims(PERMISSION)))}.")

    return values


def _keyed_with_the_public_key(issuer: Issuer) -> Values:
    signed = f"{base64url(as_json(issuer.header(alg='HS256')))}.{base64url(as_json(issuer.claims(PERMISSION)))}"
    secret = issuer.key.public_key().public_bytes_raw()
    return _bearer(f"{signed}.{base64url(hmac.digest(secret, signed.encode(), hashlib.sha256))}")


def _by_rsa(issuer: Issuer) -> Values:
    key = rsa.generate_private_key(65537, 2048)
    return _bearer(jwt.encode(issuer.claims(PERMISSION), key, "RS256", issuer.header(alg=None)))


def _by_ecdsa(issuer: Issuer) -> Values:
    key = ec.generate_private_key(ec.SECP256R1())
    return _bearer(jwt.encode(issuer.claims(PERMISSION), key, "ES256", issuer.header(alg=None)))


def _by_another_key(issuer: Issuer) -> Values:
    return _bearer(Issuer(kid=issuer.kid).token(PERMISSION))


def _bringing_its_key(issuer: Issuer) -> Values:
    other = Issuer(kid="mine")
    key = {"kty": "OKP", "crv": "Ed25519", "kid": "mine", "x": other.jwk().x}
    return _bearer(other.token(PERMISSION, header={"jwk": key, "jku": "http://127.0.0.1:9/keys"}))


def _parts(change: Callable[[list[str]], list[str]]) -> Callable[[Issuer], Values]:
    return lambda issuer: _bearer(".".join(change(_good(issuer).split("."))))


def _other_spelling(issuer: Issuer) -> Values:
    """The last of 86 characters stands for two bits only: three others end in the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = _good(issuer)
    return _bearer(token[:-1] + alphabet[alphabet.index(token[-1]) + 1])


def _other_alphabet(issuer: Issuer) -> Values:
    while not {"-", "_"} & set(token := issuer.token(PERMISSION, scope=f"{time.time_ns()}")):
        pass
    return _bearer(token.replace("-", "+").replace("_", "/"))


CASES = (
    Case("a user's token", lambda i: _bearer(_good(i)), ALLOWED),
    Case("a service account's token", _claims(sub="serviceAccounts/robot"), ALLOWED),
    Case("several audiences", _claims(aud=["other", "malha"]), ALLOWED),
    Case("valid since a while", _at("nbf", -60), ALLOWED),
    Case("valid within the leeway", _at("nbf", 3), ALLOWED),
    Case("ended within the leeway", _times(-300, -3), ALLOWED),
    Case("of the longest life", _times(0, 600), ALLOWED),
    Case("further claims", _claims(further={"a": [1, 2.5, None, "ü"]}), ALLOWED),
    Case(
        "an address of keys, which is ignored", _header(jku="http://127.0.0.1:9/", x5u="http://127.0.0.1:9/"), ALLOWED
    ),
    Case("a foreign key, which is ignored", _header(jwk={"kty": "oct", "k": "AAAA"}, x5c=["AAAA"]), ALLOWED),
    # No token, or none that stands where one is looked for.
    Case("nothing", lambda _: [], REQUIRED),
    Case("another scheme", lambda _: ["Basic YTpi"], REQUIRED),
    Case("the scheme in another spelling", lambda i: [f"bearer {_good(i)}"], REQUIRED),
    Case("a token without a scheme", lambda i: [_good(i)], REQUIRED),
    Case("another scheme before the token", lambda i: [f"Basic YTpi, Bearer {_good(i)}"], REQUIRED, INVALID),
    Case("the same token twice", lambda i: _bearer(*[_good(i)] * 2), INVALID),
    Case("a second token", lambda i: _bearer(_good(i), "x.y.z"), INVALID),
    Case("a token behind another header", lambda i: ["Basic YTpi", *_bearer(_good(i))], INVALID),
    Case("something behind the token", lambda i: _bearer(f"{_good(i)} x"), INVALID),
    Case("something behind the token and a comma", lambda i: _bearer(f"{_good(i)},x"), INVALID),
    Case("blanks before the token", lambda i: _bearer(f"  {_good(i)}"), INVALID),
    Case("no parts", lambda _: _bearer("token"), INVALID),
    Case("two parts", _parts(lambda p: p[:2]), INVALID),
    Case("four parts", _parts(lambda p: [*p, "x"]), INVALID),
    Case("too long", _claims(further="x" * 4400), INVALID),
    # The form.
    Case("padding", _parts(lambda p: [p[0] + "=" * (-len(p[0]) % 4 or 4), *p[1:]]), INVALID),
    Case("another spelling of the same signature", _other_spelling, INVALID),
    Case("another alphabet", _other_alphabet, INVALID),
    Case("no JSON in the header", _raw(header=b"{"), INVALID),
    Case("no JSON in the claims", _raw(claims=b"{"), INVALID),
    Case("a list as claims", _raw(claims=b"[]"), INVALID),
    Case("what is no number in JSON", _raw(claims=b'{"exp":NaN}'), INVALID),
    Case("no UTF-8", _not_utf8, INVALID),
    Case("a claim twice", _twice_in_claims, INVALID),
    Case("an algorithm twice", _twice_in_header, INVALID),
    Case("nested deeply", _deep, INVALID),
    # The header.
    Case("no algorithm", _header(alg=None), INVALID),
    Case("the algorithm none", _unsigned("none"), INVALID),
    Case("the algorithm NONE", _unsigned("NONE"), INVALID),
    Case("unsigned", _parts(lambda p: [*p[:2], ""]), INVALID),
    Case("the algorithm in another spelling", _header(alg="eddsa"), INVALID),
    Case("the algorithm as RFC 9864 has it", _header(alg="Ed25519"), INVALID),
    Case("a secret made of the public key", _keyed_with_the_public_key, INVALID),
    Case("signed with RSA", _by_rsa, INVALID),
    Case("signed with ECDSA", _by_ecdsa, INVALID),
    Case("of no type", _header(typ=None), INVALID),
    Case("of another type", _header(typ="JWT"), INVALID),
    Case("of the type as a media type", _header(typ="application/at+jwt"), INVALID),
    Case("of the type in another spelling", _header(typ="AT+JWT"), INVALID),
    Case("what has to be understood", _header(crit=["exp"]), INVALID),
    Case("an unencoded payload", _header(crit=["b64"], b64=False), INVALID),
    Case("no key's id", _header(kid=None), INVALID),
    Case("an unknown key", _header(kid="unknown"), INVALID),
    Case("a path as a key's id", _header(kid="../../../../etc/passwd"), INVALID),
    Case("SQL as a key's id", _header(kid="' OR 1=1 --"), INVALID),
    Case("a list as a key's id", _header(kid=["key-1"]), INVALID),
    # The signature.
    Case("signed by another key of the same id", _by_another_key, INVALID),
    Case("bringing its own key", _bringing_its_key, INVALID),
    Case(
        "other claims under the signature", _parts(lambda p: [p[0], base64url(b'{"sub":"users/eve"}'), p[2]]), INVALID
    ),
    # Who issued it, for whom.
    Case("another issuer", _claims(iss="https://evil.test"), INVALID),
    Case("almost the issuer", _claims(iss="https://issuer.test/"), INVALID),
    Case("no issuer", _claims(iss=None), INVALID),
    Case("another audience", _claims(aud="other"), INVALID),
    Case("almost the audience", _claims(aud="Malha"), INVALID),
    Case("no audience", _claims(aud=None), INVALID),
    # When.
    Case("ended", _times(-300, -10), EXPIRED),
    Case("ended long ago", _times(-90_000, -89_700), EXPIRED),
    Case("not valid yet", _at("nbf", 60), INVALID),
    Case("issued in the future", _times(60, 360), INVALID),
    Case("good for longer than any", _times(0, 700), INVALID),
    Case("of a life that began too long ago", _times(-620, 300), EXPIRED, INVALID),
    Case("almost of a life that began too long ago", _times(-590, 300), ALLOWED),
    Case("of a life that began long ago", _times(-90_000, 300), EXPIRED, INVALID),
    Case("without an end", _claims(exp=None), INVALID),
    Case("without a beginning", _claims(iat=None), INVALID),
    Case("an end as a text", lambda i: _bearer(i.token(PERMISSION, exp=str(int(time.time()) + 300))), INVALID),
    Case("an end beyond all time", _claims(exp=1e308), INVALID),
    Case("an end that is a fraction", _times(0, 300.5), INVALID),
    Case("an end that is almost whole", _times(0, 300 + 2**-22), INVALID),
    Case("an end before the beginning of time", _claims(exp=-1), INVALID),
    Case("an end that is true", _claims(exp=True), INVALID),
    Case("a beginning as a text", lambda i: _bearer(i.token(PERMISSION, iat=str(int(time.time())))), INVALID),
    # Whose.
    Case("no subject", _claims(sub=None), INVALID),
    Case("a subject of no kind", _claims(sub="workloads/analysis"), INVALID),
    Case("no tenant", _claims(tenant=None), INVALID),
    Case("no tier", _claims(tier=None), INVALID),
    Case("an unknown tier", _claims(tier="unlimited"), INVALID),
    Case("a tier with limits, but no sign of them", _claims(limited=None), INVALID),
    Case("a tier with limits and another sign", _claims(limited="no"), INVALID),
    Case("a tier without limits", _claims(tier="development", limited=None), ALLOWED),
    Case("no id", _claims(jti=None), INVALID),
    Case("no client", _claims(client_id=None), INVALID),
    Case("permissions as a text", _claims(permissions=PERMISSION), INVALID, MISSING),
    Case("no permissions", _claims(permissions=None), INVALID, MISSING),
    Case("another permission", _claims(permissions=["testing.counters.read"]), MISSING),
    Case("the beginning of the permission", _claims(permissions=["testing.echo.cal"]), MISSING),
    Case("more than the permission", _claims(permissions=["testing.echo.callAll"]), MISSING),
)
