"""Between the domain and the messages of `malha.identity.v1.OAuthService`."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime

from malha.identity.v1 import oauth_service_pb2 as pb

from services.identity.oauth.domain import devices, scopes
from services.identity.oauth.domain.grants import GrantType
from services.identity.oauth.domain.keys import SigningKey
from services.identity.oauth.domain.tokens import AUDIENCE, BEARER, AccessToken
from services.identity.oauth.usecases.authorize_device import DeviceCodes
from services.identity.oauth.usecases.introspect_token import ActiveRefreshToken
from services.identity.oauth.usecases.list_revocations import RevocationPage
from services.identity.oauth.usecases.mint import TokenAnswer
from services.identity.revocations.domain import NumberedRevocation, RevocationKind
from services.runtime.auth import Principal
from services.runtime.auth.catalogue import all_permissions
from services.runtime.auth.wildcards import expanded

DEVICE_PAGE = "/oauth2/device"


def answer_to_proto(answer: TokenAnswer) -> pb.TokenResponse:
    """The answer to a token request."""
    return pb.TokenResponse(
        access_token=answer.access_token,
        token_type=BEARER,
        expires_in=int(answer.life.total_seconds()),
        refresh_token=answer.refresh_token,
        scope=answer.scope,
        must_change_password=answer.must_change_password,
    )


def introspection_to_proto(found: AccessToken | ActiveRefreshToken | None) -> pb.IntrospectResponse:
    """What may be told of a token; of one that is not good, nothing else."""
    if isinstance(found, AccessToken):
        return pb.IntrospectResponse(
            active=True,
            scope=found.scope,
            client_id=found.client,
            token_type=BEARER,
            exp=found.expires,
            iat=found.issued,
            sub=found.subject,
            aud=AUDIENCE,
            iss=found.issuer,
            jti=found.id,
            tenant=found.tenant,
            permissions=sorted(expanded(found.permissions, all_permissions())),
        )
    if isinstance(found, ActiveRefreshToken):
        of = found.session.of
        return pb.IntrospectResponse(
            active=True,
            scope=scopes.ALL if of.scopes is None else " ".join(sorted(of.scopes)),
            client_id=found.session.client,
            token_type="refresh_token",  # noqa: S106 - the name of a type
            exp=int(found.token.expire_time.timestamp()),
            iat=int(found.token.create_time.timestamp()),
            sub=str(of.name),
            tenant=of.tenant,
        )
    return pb.IntrospectResponse(active=False)


def device_to_proto(codes: DeviceCodes, issuer: str) -> pb.AuthorizeDeviceResponse:
    """What a device shows and asks with."""
    login, page = codes.login, issuer + DEVICE_PAGE
    shown = devices.shown(login.user_code)
    return pb.AuthorizeDeviceResponse(
        device_code=codes.device_code,
        user_code=shown,
        verification_uri=page,
        verification_uri_complete=f"{page}?user_code={shown}",
        expires_in=int((login.expire_time - login.create_time).total_seconds()),
        interval=int(login.interval.total_seconds()),
    )


def keys_to_proto(keys: Sequence[SigningKey]) -> pb.GetJsonWebKeySetResponse:
    """The public halves."""
    return pb.GetJsonWebKeySetResponse(
        keys=[
            pb.JsonWebKey(
                kty="OKP",
                crv="Ed25519",
                x=base64.urlsafe_b64encode(key.public).rstrip(b"=").decode(),
                kid=key.id,
                alg="EdDSA",
                use="sig",
            )
            for key in keys
        ]
    )


def revocations_to_proto(page: RevocationPage) -> pb.ListRevocationsResponse:
    """A page of revocations."""
    return pb.ListRevocationsResponse(
        revocations=[_revocation(one) for one in page.revocations], next_number=page.next_number, more=page.more
    )


def _revocation(one: NumberedRevocation) -> pb.Revocation:
    revocation = one.revocation
    found = pb.Revocation()
    match revocation.kind:
        case RevocationKind.TOKEN:
            found.token = revocation.target
        case RevocationKind.SESSION:
            found.session = revocation.target
        case RevocationKind.SUBJECT:
            found.subject = revocation.target
            found.kept_session = revocation.kept
        case RevocationKind.TENANT:
            found.tenant = revocation.target
    found.revoke_time.FromDatetime(revocation.revoke_time)
    found.expire_time.FromDatetime(revocation.expire_time)
    return found


def discovery_to_proto(issuer: str) -> pb.GetOpenIdConfigurationResponse:
    """Where everything is."""
    return pb.GetOpenIdConfigurationResponse(
        issuer=issuer,
        token_endpoint=f"{issuer}/oauth2/token",
        revocation_endpoint=f"{issuer}/oauth2/revoke",
        introspection_endpoint=f"{issuer}/oauth2/introspect",
        device_authorization_endpoint=f"{issuer}/oauth2/device_authorization",
        userinfo_endpoint=f"{issuer}/oauth2/userinfo",
        jwks_uri=f"{issuer}/.well-known/jwks.json",
        grant_types_supported=[grant.value for grant in GrantType],
        token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post", "none"],
        introspection_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
        scopes_supported=[scopes.ALL],
        subject_types_supported=["public"],
    )


def principal_to_proto(principal: Principal, name: str) -> pb.GetUserInfoResponse:
    """Who a caller is."""
    found = pb.GetUserInfoResponse(
        sub=principal.subject,
        tenant=principal.tenant,
        tier=principal.tier,
        client_id=principal.client,
        mfa=principal.mfa,
        permissions=sorted(principal.permissions),
        name=name,
    )
    found.expire_time.FromDatetime(datetime.fromtimestamp(principal.expires, UTC))
    return found
