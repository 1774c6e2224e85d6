"""Forms that no honest client sends."""

from __future__ import annotations

import grpc
import pytest
from malha.identity.v1 import oauth_service_pb2 as pb

from tests.integration.identity.oauth import FORM, OAuthServer, form, refusal


@pytest.mark.parametrize(
    ("fields", "content_type", "error"),
    [
        (b"grant_type=password&grant_type=password", FORM, "invalid_request"),
        (b"\xff=1", FORM, "invalid_request"),
        (b"grant_type=%FF", FORM, "invalid_request"),
        (b"grant_type=password&username=a%00b", FORM, "invalid_request"),
        (b"&".join(b"a%d=1" % number for number in range(100)), FORM, "invalid_request"),
        (b'{"grant_type": "password"}', "application/json", "invalid_request"),
        (b"", FORM, "invalid_request"),
        (b"grant_type=", FORM, "invalid_request"),
        (b"grant_type=implicit&client_id=malha-cli", FORM, "unsupported_grant_type"),
        (b"grant_type=password&client_id=malha-cli", FORM, "invalid_request"),
        (b"grant_type=refresh_token&client_id=malha-cli&refresh_token=x", FORM, "invalid_grant"),
        (b"grant_type=client_credentials&client_id=nobody", FORM, "invalid_client"),
        (b"grant_type=password&client_id=malha-cli&username=a&password=b&scope=%22", FORM, "invalid_scope"),
        (b"grant_type=password&client_id=malha-cli&username=a&password=b&scope=" + b"a+" * 6000, FORM, "invalid_scope"),
    ],
)
async def test_what_cannot_be_read_is_refused_by_name(
    oauth: OAuthServer, fields: bytes, content_type: str, error: str
) -> None:
    assert (await refusal(oauth.stub.Token(pb.TokenRequest(form=form(fields, content_type))))).error == error


async def test_a_request_without_a_form_is_refused(oauth: OAuthServer) -> None:
    assert (await refusal(oauth.stub.Token(pb.TokenRequest()))).error == "invalid_request"
    large = form({"grant_type": "x" * 20_000})
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await oauth.stub.Token(pb.TokenRequest(form=large))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
