"""Mint access tokens: what a subject may do now becomes a signed text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from services.identity.directory.domain.subjects import Subject
from services.identity.oauth.domain import trail
from services.identity.oauth.domain.grants import GrantType
from services.identity.oauth.domain.scopes import Scope, both, cut, text_of
from services.identity.oauth.domain.tokens import MFA, AccessToken, new_token_id
from services.identity.oauth.ports import Unit
from services.identity.oauth.usecases.keep_keys import KeepKeys
from services.identity.revocations.domain import issue_time
from services.runtime.auth.wildcards import shortened
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
class Asked:
    """How a token is asked for: with which grant, by which client, from where."""

    grant: GrantType
    client: str
    address: str


@dataclass(frozen=True, slots=True)
class Mint:
    """Makes access tokens in the name of `issuer`, good for `life`."""

    keys: KeepKeys
    clock: Clock
    issuer: str
    life: timedelta

    async def __call__(self, unit: Unit, subject: Subject, scope: Scope, asked: Asked, session: str) -> TokenAnswer:
        """A token for `subject`, cut down to `scope` and to what its credential was cut down to; good if the unit, in
        which nobody changes what it rests on, is committed. It leaves the entry about it, so it comes last.

        Raises:
            InvalidScope: nothing of the scope can be granted.
            DependencyUnavailable: there is no key to sign with.
        """
        grant = await unit.permissions_of(subject, asked.address)
        whole = both(subject.scopes, scope)
        permissions = cut(grant.permissions, whole)
        written = text_of(grant.permissions, whole)
        now = self.clock.now()
        issued = issue_time(now, await unit.taken_back(subject.name))
        token = AccessToken(
            issuer=self.issuer,
            subject=str(subject.name),
            tenant=subject.tenant,
            tier=subject.tier.value,
            client=asked.client,
            scope=written,
            permissions=shortened(permissions, grant.wildcards if whole is None else ()),
            methods=_methods(subject),
            authenticated=int(subject.authenticated.timestamp()),
            issued=issued,
            # Counted from now, as the edge does, even if it says that it is issued in the next second.
            expires=int(now.timestamp() + self.life.total_seconds()),
            id=new_token_id(session),
        )
        signed = self.keys.signer().sign(token.claims())
        await unit.record(trail.issued(token, asked.grant))
        return TokenAnswer(signed, self.life, written, must_change_password=subject.must_change_password)


def _methods(subject: Subject) -> tuple[str, ...]:
    return (*sorted(method.value for method in subject.methods), *((MFA,) if subject.mfa else ()))
