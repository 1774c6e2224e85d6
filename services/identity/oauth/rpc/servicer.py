"""All rpcs of `malha.identity.v1.OAuthService` in one servicer."""

from __future__ import annotations

from dataclasses import dataclass

from services.identity.oauth.rpc.devices import DeviceRpcs
from services.identity.oauth.rpc.discovery import DiscoveryRpcs
from services.identity.oauth.rpc.tokens import TokenRpcs


@dataclass(frozen=True, kw_only=True)
class OAuthServicer(TokenRpcs, DeviceRpcs, DiscoveryRpcs):
    """`malha.identity.v1.OAuthService`."""
