"""An issuer of access tokens, good ones and any other, without the service that issues them in a mesh."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from malha.identity.v1 import oauth_service_pb2 as pb

from services.mesh.topology import Service

ISSUER = "https://issuer.test"
IDENTITY = Service("identity", "tests.support.backend", ("malha.identity.v1.oauth_service_pb2",), replicas=1)
"""The issuer as a service that tests.support.backend stands in for."""


def base64url(raw: bytes) -> str:
    """As tokens have it."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def as_json(value: object) -> bytes:
    """JSON as short as it gets."""
    return json.dumps(value, separators=(",", ":")).encode()


@dataclass
class Issuer:
    """Signs whatever it is given."""

    name: str = ISSUER
    kid: str = "key-1"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def claims(self, *permissions: str, **changes: Any) -> dict[str, Any]:
        """What a good token says; of `changes`, None takes a claim away."""
        now = int(time.time())
        said = {
            "iss": self.name, "aud": "malha", "sub": "users/ana", "client_id": "malha-cli", "iat": now,
            "exp": now + 300, "jti": f"session.{now}", "scope": "all", "tenant": "default", "tier": "free",
            "limited": "yes", "permissions": list(permissions), "amr": ["pwd"], "auth_time": now,
        }  # fmt: skip
        return _changed(said, changes)

    def header(self, **changes: Any) -> dict[str, Any]:
        """The header of a good token; of `changes`, None takes a member away."""
        return _changed({"alg": "EdDSA", "typ": "at+jwt", "kid": self.kid}, changes)

    def sign(self, header: bytes, claims: bytes) -> str:
        """A token of these bytes."""
        signed = f"{base64url(header)}.{base64url(claims)}"
        return f"{signed}.{base64url(self.key.sign(signed.encode()))}"

    def token(self, *permissions: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token; `header` and `claims` change what a good one says."""
        said = as_json(self.claims(*permissions, **claims))
        return self.sign(as_json(self.header(**(header or {}))), said)

    def jwk(self) -> pb.JsonWebKey:
        """The public key."""
        raw = self.key.public_key().public_bytes_raw()
        return pb.JsonWebKey(kty="OKP", crv="Ed25519", alg="EdDSA", use="sig", kid=self.kid, x=base64url(raw))


def _changed(said: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**said, **changes}.items() if value is not None}


class FixedAuthority:
    """An `Authority` that tells what a test has put there; `away` makes it fail."""

    def __init__(self, *issuers: Issuer) -> None:
        self.published = [issuer.jwk() for issuer in issuers]
        self.taken_back: list[pb.Revocation] = []
        self.away = False
        self.asked_for_keys = 0
        self.closed = False

    async def keys(self) -> pb.GetJsonWebKeySetResponse:
        self.asked_for_keys += 1
        if self.away:
            raise ConnectionError
        return pb.GetJsonWebKeySetResponse(keys=self.published)

    async def revocations(self, after: int) -> pb.ListRevocationsResponse:
        if self.away:
            raise ConnectionError
        return pb.ListRevocationsResponse(revocations=self.taken_back[after:], next_number=len(self.taken_back))

    async def close(self) -> None:
        self.closed = True
