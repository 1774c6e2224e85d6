"""Signing keys for Ed25519: made, sealed, and at work on JSON Web Tokens."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.identity.oauth.domain.keys import SigningKey
from services.identity.oauth.domain.tokens import AUDIENCE
from services.runtime.secrets import Place, SealBroken, Vault

ALGORITHM = "EdDSA"
TYPE = "at+jwt"
_LARGEST_TOKEN = 65_536


class Ed25519Signer:
    """Signs with one key; see Signer."""

    def __init__(self, key_id: str, private: Ed25519PrivateKey) -> None:
        self._headers = {"typ": TYPE, "kid": key_id}
        self._private = private

    def sign(self, claims: Mapping[str, Any]) -> str:
        """The token that makes these claims."""
        return jwt.encode(dict(claims), self._private, ALGORITHM, headers=self._headers)


class Ed25519Chest:
    """Keys whose private halves are sealed in a vault; see KeyChest."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def make(self, active_time: datetime) -> SigningKey:
        """A new key."""
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        key = thumbprint(public)
        return SigningKey(key, public, self._vault.seal(private.private_bytes_raw(), _place(key)), active_time)

    def signer(self, key: SigningKey) -> Ed25519Signer | None:
        """What signs with the key, if it opens."""
        try:
            raw = self._vault.open(key.private, _place(key.id))
        except SealBroken:
            return None
        return Ed25519Signer(key.id, Ed25519PrivateKey.from_private_bytes(raw))

    def renewed(self, key: SigningKey) -> bytes | None:
        """The private half beneath the vault's present key, if it is not there yet."""
        try:
            return self._vault.renew(key.private, _place(key.id))
        except SealBroken:
            return None


class Ed25519Reader:
    """Reads tokens that an Ed25519Signer made; see TokenReader."""

    def read(self, token: str, key: Callable[[str], bytes | None]) -> Mapping[str, Any] | None:
        """The claims, if one of the keys vouches for them. Nothing but `kid` is taken from the header unchecked."""
        if len(token) > _LARGEST_TOKEN:
            return None
        try:
            header = jwt.get_unverified_header(token)
            public = key(str(header.get("kid")))
            if public is None or header.get("typ") != TYPE:
                return None
            claims: dict[str, Any] = jwt.decode(
                token, Ed25519PublicKey.from_public_bytes(public), [ALGORITHM], audience=AUDIENCE,
                options={"verify_exp": False, "verify_iat": False},
            )  # fmt: skip
        except (jwt.InvalidTokenError, UnicodeError, RecursionError):
            return None
        return claims


def thumbprint(public: bytes) -> str:
    """The id of a public key (RFC 7638, RFC 8037)."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": base64url(public)}
    return base64url(hashlib.sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest())


def base64url(raw: bytes) -> str:
    """Without padding, as JOSE has it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _place(key: str) -> Place:
    return Place("identity.signing_keys", "private_key", key)
