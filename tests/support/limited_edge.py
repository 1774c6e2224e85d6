"""A guarded Envoy with a limiter behind it, whose tokens a test makes itself."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.mesh.render import tokens
from services.mesh.render.document import Node
from services.mesh.topology import ECHO, LIMITS, Service, Topology
from services.runtime.auth.verification import COUNTED, UNLIMITED
from tests.support.envoy_process import Alone, Backend, alone

_CONTRACTS = ("malha.identity.v1.oauth_service_pb2", "malha.identity.v1.audit_service_pb2")
IDENTITY = Service("identity", "tests.support.backend", _CONTRACTS, replicas=1)
GUARDED = Topology("limited", (ECHO, IDENTITY, LIMITS), guarded=True)
DESCRIBE = "/malha.testing.v1.EchoService/DescribeCall"
DESCRIBE_REST = "/v1/echo:describeCall"
PERMISSION = "testing.echo.call"


@dataclass
class Issuer:
    """Signs tokens that the edges of a test take."""

    name: str = "https://issuer.test"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def token(self, subject: str, tier: str, tenant: str = "default", **claims: Any) -> str:
        """An access token for the echo's methods."""
        now = int(time.time())
        said = {
            "iss": self.name, "aud": "malha", "sub": subject, "iat": now, "exp": now + 600, "jti": f"{now}-{subject}",
            "client_id": "test", "tenant": tenant, "tier": tier, "permissions": [PERMISSION], "scope": PERMISSION,
            "amr": ["pwd"], "auth_time": now, **({} if tier == UNLIMITED else dict([COUNTED])), **claims,
        }  # fmt: skip
        return jwt.encode(said, self.key, algorithm="EdDSA", headers={"typ": "at+jwt", "kid": "test"})

    def keys(self) -> str:
        """The key set."""
        raw = base64.urlsafe_b64encode(self.key.public_key().public_bytes_raw()).decode().rstrip("=")
        key = {"kty": "OKP", "crv": "Ed25519", "kid": "test", "alg": "EdDSA", "use": "sig", "x": raw}
        return json.dumps({"keys": [key]})

    def known(self, listeners: Node) -> None:
        """Lets Envoy know the keys from its configuration, so that nobody has to serve them."""
        for listener in listeners["resources"]:
            manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
            for each in manager["http_filters"]:
                if each["name"] == tokens.JWT:
                    for provider in each["typed_config"]["providers"].values():
                        del provider["remote_jwks"]
                        provider["local_jwks"] = {"inline_string": self.keys()}


@dataclass
class LimitedEdge:
    """An Envoy, its limiter, and an echo that answers everything."""

    envoy: Alone
    issuer: Issuer
    limiter: Backend

    @property
    def target(self) -> str:
        """Where a client calls without TLS."""
        return f"127.0.0.1:{self.envoy.edge.plaintext_port}"

    def outcomes(self, calls: int, token: str | None, path: str = DESCRIBE) -> list[grpc.StatusCode]:
        """What `calls` calls, one after another on a connection of their own, were answered."""
        metadata = [("authorization", f"Bearer {token}")] if token else []
        with grpc.insecure_channel(self.target, [("grpc.use_local_subchannel_pool", 1)]) as channel:
            call = channel.unary_unary(path)
            return [_outcome(call, metadata) for _ in range(calls)]

    def allowed(self, calls: int, token: str | None, path: str = DESCRIBE) -> int:
        """How many of `calls` calls were let on; the others must have been refused by a limit."""
        found = self.outcomes(calls, token, path)
        assert set(found) <= {grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED}, found
        return found.count(grpc.StatusCode.OK)

    def decisions(self) -> int:
        """How often Envoy has heard a decision of its limiter, or of its silence."""
        return sum(self._heard(outcome) for outcome in ("ok", "over_limit", "error"))

    def undecided(self) -> int:
        """How often Envoy has let a call go on because no decision came in time."""
        return self._heard("failure_mode_allowed")

    def _heard(self, outcome: str) -> int:
        return sum(self.envoy.stat(f"cluster.{service}.ratelimit.{outcome}") for service in ("echo", "identity"))


def _outcome(call: Any, metadata: list[tuple[str, str]]) -> grpc.StatusCode:
    try:
        call(b"", timeout=10, metadata=metadata)
    except grpc.RpcError as error:
        code: grpc.StatusCode = error.code()
        return code
    return grpc.StatusCode.OK


@contextmanager
def limited_edge(
    root: Path, redis_url: str, policy: Path | None = None, issuer: Issuer | None = None
) -> Iterator[LimitedEdge]:
    """A guarded edge whose limiter keeps its windows in that Redis; ready to be called."""
    issuer = issuer or Issuer()
    settings = {} if policy is None else {"limits_file": policy}
    with alone(root, topology=GUARDED, listeners=issuer.known, issuer=issuer.name, **settings) as envoy:
        secret = root / "redis-url"
        secret.write_text(redis_url)
        variables = {"MALHA_REDIS_URL_FILE": str(secret), "MALHA_DRAIN_SECONDS": "0"}
        if policy is not None:
            variables["MALHA_LIMITS_FILE"] = str(policy)
        limiter = envoy.replica("limits-0", service="limits", module="services.limits", **variables)
        envoy.publish("limits", limiter)
        envoy.publish("echo", envoy.backend("echo", "echo-0"))
        envoy.publish("identity", envoy.backend("identity", "identity-0"))
        for cluster in ("limits", "echo", "identity"):
            envoy.wait_healthy(cluster, 1, 30)
        yield LimitedEdge(envoy, issuer, limiter)
