"""Asks the mesh for tokens: the grants of OAuth 2.0, over gRPC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlencode

import grpc
from google.api import httpbody_pb2

from malha.deadlines import Deadlines
from malha.errors import MalhaError, from_rpc
from malha.identity.v1 import oauth_service_pb2 as pb
from malha.identity.v1.oauth_service_pb2_grpc import OAuthServiceStub

CLIENT_ID = "malha-cli"
"""The client that a person uses; it has no secret."""

_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_FORM = "application/x-www-form-urlencoded"
_SERVICE = pb.DESCRIPTOR.services_by_name["OAuthService"]
_Response = TypeVar("_Response")


def refusal(error: MalhaError) -> str:
    """The error in the words of RFC 6749, such as `invalid_grant`; empty when it is another failure."""
    return error.metadata.get("error", "") if error.reason == "TOKEN_REQUEST_REFUSED" else ""


def more_wanted(error: MalhaError) -> str:
    """What a refused password lacked though it was right, such as `mfa_required`; empty when that was not it."""
    return error.metadata.get("code", "") if refusal(error) else ""


class OAuth:
    """The token endpoint and its neighbours. Every method raises a subclass of `malha.MalhaError`; see `refusal`.

    `channel` must not put tokens on calls itself: it would ask for one in order to ask for one.
    """

    def __init__(self, channel: grpc.Channel, timeout: float | None = None) -> None:
        self._stub = OAuthServiceStub(channel)
        self._deadlines = Deadlines(_SERVICE, timeout)

    def client_credentials(self, client_id: str, client_secret: str) -> pb.TokenResponse:
        """A token for a program, by its API key."""
        return self._token({"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret})

    def password(self, username: str, password: str, code: str = "") -> pb.TokenResponse:
        """A token for a person, by password and, where there is one, a code of the second factor."""
        form = {"grant_type": "password", "client_id": CLIENT_ID, "username": username, "password": password}
        return self._token(form | ({"otp": code} if code else {}))

    def refresh(self, refresh_token: str) -> pb.TokenResponse:
        """The next token of a login; its refresh token replaces the one that is given here, which is over."""
        return self._token({"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": refresh_token})

    def authorize_device(self) -> pb.AuthorizeDeviceResponse:
        """Begins a login that a person ends in a browser, here or elsewhere."""
        request = pb.AuthorizeDeviceRequest(form=_form({"client_id": CLIENT_ID}))
        return self._call("AuthorizeDevice", self._stub.AuthorizeDevice, request)

    def device(self, device_code: str) -> pb.TokenResponse:
        """A token for who has let the device in; refused with `authorization_pending` until then."""
        return self._token({"grant_type": _DEVICE_GRANT, "client_id": CLIENT_ID, "device_code": device_code})

    def revoke(self, token: str) -> None:
        """Takes a token back; a refresh token takes its whole login along."""
        request = pb.RevokeRequest(form=_form({"client_id": CLIENT_ID, "token": token}))
        self._call("Revoke", self._stub.Revoke, request)

    def _token(self, fields: Mapping[str, str]) -> pb.TokenResponse:
        return self._call("Token", self._stub.Token, pb.TokenRequest(form=_form(fields)))

    def _call(self, method: str, call: Callable[..., _Response], request: object) -> _Response:
        try:
            return call(request, timeout=self._deadlines.of(method, None))
        except grpc.RpcError as error:
            raise from_rpc(error) from error


def _form(fields: Mapping[str, str]) -> httpbody_pb2.HttpBody:
    return httpbody_pb2.HttpBody(content_type=_FORM, data=urlencode(fields).encode())
