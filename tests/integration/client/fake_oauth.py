"""A small OAuthService and a door: the contract's behaviour without a directory, so that the client can be tried alone.

Every token that is given out is a number; the door lets in who brings one that was given out and not taken back.
"""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import grpc
from google.rpc import code_pb2
from malha.identity.v1 import oauth_service_pb2 as pb
from malha.identity.v1.oauth_service_pb2_grpc import OAuthServiceServicer

from tests.integration.client.fake_analysis import abort, refuse, status

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = ("abcdefghijkl", "the-secret-of-the-key")
PASSWORD = ("ana", "correct horse")
CODE = "123456"


class FakeOAuth(OAuthServiceServicer):
    """Gives out `access-1`, `access-2`, ... Refresh tokens serve once: one that comes twice ends its whole login.

    With `leave`, it answers for a token when that is set; `asked` tells that somebody waits.
    """

    def __init__(self) -> None:
        self.grants: list[str] = []
        self.given: set[str] = set()
        self.refresh_tokens: dict[str, bool] = {}
        self.life = 600
        self.second_factor = False
        self.device_answers: list[str] = []
        self.asked = threading.Event()
        self.leave: threading.Event | None = None
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def Token(self, request: pb.TokenRequest, context: grpc.ServicerContext) -> pb.TokenResponse:
        assert request.form.content_type == "application/x-www-form-urlencoded"
        form = {key: values[0] for key, values in parse_qs(request.form.data.decode()).items()}
        self.asked.set()
        if self.leave is not None:
            assert self.leave.wait(10)
        with self._lock:
            self.grants.append(form["grant_type"])
            return self._grants()[form["grant_type"].rpartition(":")[2]](form, context)

    def AuthorizeDevice(
        self, request: pb.AuthorizeDeviceRequest, context: grpc.ServicerContext
    ) -> pb.AuthorizeDeviceResponse:
        return pb.AuthorizeDeviceResponse(
            device_code="the-device-code",
            user_code="BCDF-GHJK",
            verification_uri="https://mesh.example/oauth2/device",
            verification_uri_complete="https://mesh.example/oauth2/device?user_code=BCDF-GHJK",
            expires_in=600,
            interval=1,
        )

    def Revoke(self, request: pb.RevokeRequest, context: grpc.ServicerContext) -> pb.RevokeResponse:
        token = parse_qs(request.form.data.decode())["token"][0]
        with self._lock:
            if self.refresh_tokens.pop(token, None) is not None:
                self.given.clear()
        return pb.RevokeResponse()

    def GetUserInfo(self, request: pb.GetUserInfoRequest, context: grpc.ServicerContext) -> pb.GetUserInfoResponse:
        return pb.GetUserInfoResponse(
            sub="users/1", name="Ana", tenant="default", tier="pro", client_id="malha-cli",
            permissions=["analysis.reports.read"],
        )  # fmt: skip

    def _grants(self) -> dict[str, Callable[[dict[str, str], grpc.ServicerContext], pb.TokenResponse]]:
        return {
            "client_credentials": self._client,
            "password": self._password,
            "refresh_token": self._refresh,
            "device_code": self._device,
        }

    def _client(self, form: dict[str, str], context: grpc.ServicerContext) -> pb.TokenResponse:
        if (form["client_id"], form["client_secret"]) != KEY:
            _refused(context, "invalid_client")
        return self._give(refreshable=False)

    def _password(self, form: dict[str, str], context: grpc.ServicerContext) -> pb.TokenResponse:
        if (form["username"], form["password"]) != PASSWORD or form.get("otp", CODE) != CODE:
            _refused(context, "invalid_grant")
        if self.second_factor and "otp" not in form:
            _refused(context, "invalid_grant", code="mfa_required")
        return self._give()

    def _refresh(self, form: dict[str, str], context: grpc.ServicerContext) -> pb.TokenResponse:
        if not self.refresh_tokens.get(form["refresh_token"]):
            self.refresh_tokens.clear()
            _refused(context, "invalid_grant")
        self.refresh_tokens[form["refresh_token"]] = False
        return self._give()

    def _device(self, form: dict[str, str], context: grpc.ServicerContext) -> pb.TokenResponse:
        assert form["device_code"] == "the-device-code"
        if self.device_answers:
            answer = self.device_answers.pop(0)
            if answer == "RATE_LIMITED":
                refuse(context, code_pb2.RESOURCE_EXHAUSTED, answer, "others of this address log in, too")
            _refused(context, answer)
        return self._give()

    def _give(self, *, refreshable: bool = True) -> pb.TokenResponse:
        number = next(self._numbers)
        self.given.add(f"access-{number}")
        refresh = f"refresh-{number}" if refreshable else ""
        if refresh:
            self.refresh_tokens[refresh] = True
        return pb.TokenResponse(
            access_token=f"access-{number}",
            token_type="Bearer",
            expires_in=self.life,
            refresh_token=refresh,
            scope="all",
        )


class Door(grpc.ServerInterceptor):
    """Asks every call for a token, those for a token apart. `reason` is what it says of one it does not know."""

    def __init__(self, oauth: FakeOAuth) -> None:
        self._oauth = oauth
        self.reason = "TOKEN_INVALID"
        self.seen: list[str] = []

    def intercept_service(self, continuation: Any, details: Any) -> Any:
        handler = continuation(details)
        if details.method.endswith(("/Token", "/Revoke", "/AuthorizeDevice")):
            return handler
        brought = [value for key, value in details.invocation_metadata if key == "authorization"]
        self.seen += brought
        if not brought:
            return self._refusal(handler, "TOKEN_REQUIRED")
        if brought[0].removeprefix("Bearer ") not in self._oauth.given:
            return self._refusal(handler, self.reason)
        return handler

    def _refusal(self, handler: Any, reason: str) -> Any:
        def refused(_: object, context: grpc.ServicerContext) -> None:
            refuse(context, code_pb2.UNAUTHENTICATED, reason, "no")

        shapes = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }
        make = shapes[handler.request_streaming, handler.response_streaming]
        return make(refused, handler.request_deserializer, handler.response_serializer)


def _refused(context: grpc.ServicerContext, error: str, **more: str) -> None:
    abort(context, status(code_pb2.UNAUTHENTICATED, "TOKEN_REQUEST_REFUSED", f"refused: {error}", error=error, **more))
