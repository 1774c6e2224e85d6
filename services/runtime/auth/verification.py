"""Decides whether a text is an access token of this mesh (RFC 9068, signed with Ed25519), and what it says."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.runtime.auth.catalogue import all_permissions
from services.runtime.auth.compact import parse
from services.runtime.auth.keys import ALGORITHM
from services.runtime.auth.principal import Principal, PrincipalKind
from services.runtime.auth.revocations import Revocations
from services.runtime.auth.wildcards import expanded, is_wildcard
from services.runtime.exceptions import TokenInvalid, TokenRevoked
from services.runtime.method import is_permission

TYPE: Final = "at+jwt"
AUDIENCE: Final = "malha"
LONGEST_LIFE: Final = 600
"""Seconds that a token is good for, at most: from `iat` on, and from now on."""
LEEWAY: Final = 5
"""Seconds by which clocks may differ."""
TIERS: Final = frozenset({"free", "pro", "enterprise", "development"})
UNLIMITED: Final = "development"
"""The tier whose calls no shared limit counts."""
COUNTED: Final = ("limited", "yes")
"""The claim of the tokens of all other tiers: Envoy finds it a good deal faster than it compares tiers."""

_MOST_PERMISSIONS = 1024
_SUBJECT = re.compile(r"(users|serviceAccounts)/[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_CLIENT = re.compile(r"[\x21-\x7e]{1,128}")
_KINDS = {"users": PrincipalKind.USER, "serviceAccounts": PrincipalKind.SERVICE_ACCOUNT}


class Verifier:
    """Verifies tokens of one issuer.

    PyJWT checks the signature. What it takes for granted or leaves open is checked here: canonical base64url, no key
    of an object twice, `typ`, the types of the times and the longest life. Of the header, nothing but `alg`, `typ` and
    `kid` is read: a key that a token brings along, or an address of one, is nobody's key.
    """

    def __init__(
        self, issuer: str, keys: Callable[[str], Ed25519PublicKey | None], revocations: Revocations,
        now: Callable[[], float],
    ) -> None:  # fmt: skip
        """`keys` finds the key of an id, or None.

        `now` is the time in seconds since 1970.
        """
        self._issuer = issuer
        self._keys = keys
        self._revocations = revocations
        self._now = now

    def verify(self, token: str) -> Principal:
        """The principal of `token`, whose `expires` may be past: that is for the caller to look at, again and again.

        Raises:
            TokenInvalid: it is no access token of this mesh, or is none yet.
            TokenRevoked: it is one that was taken back.
            TokenKeysUnavailable: no keys are known at all.
        """
        header, claims = parse(token)
        self._check_signature(token, self._key(header))
        principal = self._principal(claims)
        if self._revocations.concern(principal.token_id, principal.subject, principal.tenant, claims["iat"]):
            raise TokenRevoked
        return principal

    def _key(self, header: Mapping[str, Any]) -> Ed25519PublicKey:
        if header.get("alg") != ALGORITHM:
            raise TokenInvalid("algorithm")
        if header.get("typ") != TYPE:
            raise TokenInvalid("type")
        if "crit" in header or "b64" in header:  # it asks for a reader who understands more
            raise TokenInvalid("critical")
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise TokenInvalid("key_not_named")
        key = self._keys(kid)
        if key is None:
            raise TokenInvalid("key_unknown")
        return key

    def _check_signature(self, token: str, key: Ed25519PublicKey) -> None:
        """The signature, the issuer and the audience."""
        try:
            jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=AUDIENCE,
                # What PyJWT checks of times would have to be checked once more: it takes a text for a number.
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": ["iss", "aud"]},
            )
        except jwt.InvalidSignatureError:
            raise TokenInvalid("signature") from None
        except jwt.InvalidIssuerError:
            raise TokenInvalid("issuer") from None
        except jwt.InvalidAudienceError:
            raise TokenInvalid("audience") from None
        except jwt.PyJWTError:
            raise TokenInvalid("claims") from None

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        subject = _text(claims, "sub", _SUBJECT)
        tier = claims.get("tier")
        if tier not in TIERS:
            raise TokenInvalid("tier")
        if tier != UNLIMITED and claims.get(COUNTED[0]) != COUNTED[1]:
            raise TokenInvalid(COUNTED[0])
        return Principal(
            kind=_KINDS[subject.partition("/")[0]],
            subject=subject,
            tenant=_text(claims, "tenant", _NAME),
            permissions=_permissions(claims.get("permissions")),
            tier=tier,
            client=_text(claims, "client_id", _CLIENT),
            token_id=_text(claims, "jti", _NAME),
            expires=self._expires(claims),
            mfa="mfa" in _texts(claims.get("amr", []), "amr"),
        )

    def _expires(self, claims: Mapping[str, Any]) -> float:
        """When the token ends: when it says, and no later than the longest life after it was issued."""
        begin, end, now = _moment(claims, "iat"), _moment(claims, "exp"), self._now()
        if not 0 <= end <= now + LONGEST_LIFE:
            raise TokenInvalid("life")
        if max(begin, _moment(claims, "nbf") if "nbf" in claims else begin) > now + LEEWAY:
            raise TokenInvalid("not_yet")
        return float(min(end, begin + LONGEST_LIFE))


def _moment(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int:  # neither a truth value, which is an int, too, nor a text or a fraction
        raise TokenInvalid(name)
    return value


def _text(claims: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise TokenInvalid(name)
    return value


def _texts(value: Any, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TokenInvalid(name)
    return value


def _permissions(value: Any) -> frozenset[str]:
    written = _texts(value, "permissions")
    if len(written) > _MOST_PERMISSIONS or not all(is_permission(text) or is_wildcard(text) for text in written):
        raise TokenInvalid("permissions")
    return expanded(written, all_permissions())
