"""The blocking client of the services in `malha.identity.v1`: who one is, users, keys, the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import grpc

from malha.deadlines import Deadlines
from malha.errors import from_rpc
from malha.identity.v1 import oauth_service_pb2
from malha.identity.v1.oauth_service_pb2_grpc import OAuthServiceStub

_Response = TypeVar("_Response")
_OAUTH = oauth_service_pb2.DESCRIPTOR.services_by_name["OAuthService"]


class IdentityClient:
    """Says who the caller is.

    Every method raises a subclass of `malha.MalhaError`, and takes `timeout` in seconds (default: the contract's).

    Attributes:
        oauth: the generated stub of the token service.
    """

    def __init__(self, channel: grpc.Channel, timeout: float | None = None) -> None:
        self.oauth = OAuthServiceStub(channel)
        self._oauth_deadlines = Deadlines(_OAUTH, timeout)

    def whoami(self, *, timeout: float | None = None) -> oauth_service_pb2.GetUserInfoResponse:
        """Who the caller is, and what its token permits."""
        seconds = self._oauth_deadlines.of("GetUserInfo", timeout)
        return _called(self.oauth.GetUserInfo, oauth_service_pb2.GetUserInfoRequest(), seconds)


def _called(call: Callable[..., _Response], request: object, seconds: float) -> _Response:
    try:
        return call(request, timeout=seconds)
    except grpc.RpcError as error:
        raise from_rpc(error) from error
