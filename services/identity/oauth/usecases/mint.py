"""Mint access tokens: what a subject may do now becomes a signed text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from services.identity.directory.domain.subjects import Subject
from services.identity.directory.ports import FindsPermissions
from services.identity.oauth.domain.scopes import Scope, both, cut, text_of
from services.identity.oauth.domain.tokens import MFA, AccessToken, new_token_id
from services.identity.oauth.usecases.keep_keys import KeepKeys
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What a token request is answered with. `refresh_token` is empty where there is none."""

    access_token: str = field(repr=False)
    life: timedelta
    scope: str
    refresh_token: str = field(default="", repr=False)
    must_change_password: bool = False


@dataclass(frozen=True, slots=True)
class Mint:
    """Makes access tokens in the name of `issuer`, good for `life`."""

    permissions_of: FindsPermissions
    keys: KeepKeys
    clock: Clock
    issuer: str
    life: timedelta

    async def __call__(self, subject: Subject, scope: Scope, client: str, session: str, address: str) -> TokenAnswer:
        """A token for `subject`, cut down to `scope` and to what its credential was cut down to.

        Raises:
            InvalidScope: nothing of the scope can be granted.
            DependencyUnavailable: there is no key to sign with.
        """
        grant = await self.permissions_of(subject, address, mfa=subject.mfa)
        whole = both(subject.scopes, scope)
        permissions = cut(grant.permissions, whole)
        written = text_of(grant.permissions, whole)
        issued = int(self.clock.now().timestamp())
        token = AccessToken(
            issuer=self.issuer,
            subject=str(subject.name),
            tenant=subject.tenant,
            tier=subject.tier.value,
            client=client,
            scope=written,
            permissions=permissions,
            methods=_methods(subject),
            authenticated=int(subject.authenticated.timestamp()),
            issued=issued,
            expires=issued + int(self.life.total_seconds()),
            id=new_token_id(session),
        )
        signed = self.keys.signer().sign(token.claims())
        return TokenAnswer(signed, self.life, written, must_change_password=subject.must_change_password)


def _methods(subject: Subject) -> tuple[str, ...]:
    return (*sorted(method.value for method in subject.methods), *((MFA,) if subject.mfa else ()))
