"""The keys that access tokens are signed with, as the issuer publishes them (RFC 7517, RFC 8037)."""

from collections.abc import Iterable, Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from malha.identity.v1.oauth_service_pb2 import JsonWebKey

from services.runtime.auth.compact import decode
from services.runtime.exceptions import TokenInvalid

ALGORITHM: Final = "EdDSA"
_MOST = 64

Keys = Mapping[str, Ed25519PublicKey]


class KeysInvalid(Exception):
    """What the issuer published is no set of keys."""


def read(published: Iterable[JsonWebKey]) -> Keys:
    """The keys for Ed25519 signatures by their ids; keys for something else are left out.

    Raises:
        KeysInvalid: there is none, there are too many, two have one id, or one cannot be read.
    """
    found: dict[str, Ed25519PublicKey] = {}
    for key in published:
        if (key.kty, key.crv, key.alg, key.use) != ("OKP", "Ed25519", ALGORITHM, "sig"):
            continue
        if not key.kid or key.kid in found:
            raise KeysInvalid("an id is missing, or there twice")
        try:
            found[key.kid] = Ed25519PublicKey.from_public_bytes(decode(key.x))
        except (TokenInvalid, ValueError):
            raise KeysInvalid("a key is not 32 bytes in base64url") from None
    if not 0 < len(found) <= _MOST:
        raise KeysInvalid(f"there are {len(found)} keys")
    return found
