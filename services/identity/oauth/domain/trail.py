"""What the tokens' area leaves in the audit log: whose tokens were given or taken, and nothing that opens anything."""

from __future__ import annotations

from dataclasses import replace

from services.identity.directory.domain.subjects import SubjectName
from services.identity.oauth.domain.devices import DeviceLogin
from services.identity.oauth.domain.grants import GrantType
from services.identity.oauth.domain.sessions import ClientSession
from services.identity.oauth.domain.tokens import AccessToken
from services.runtime.audit.entry import PLATFORM, Entry

REUSED = "REFRESH_TOKEN_REUSED"
"""The reason of an entry about a session that ended since a refresh token of it came twice."""

_ISSUE, _REVOKE = "identity.tokens.issue", "identity.tokens.revoke"
_VERIFY, _DECIDE = "identity.devices.verify", "identity.account.approveDevice"


def issued(token: AccessToken, grant: GrantType) -> Entry:
    """An access token was given."""
    entry = Entry(
        tenant=token.tenant,
        action=_ISSUE,
        resource=f"sessions/{token.session}",
        client=token.client,
        details={"grant": _short(grant), "methods": " ".join(token.methods), "token": token.id},
    )
    return _by(SubjectName.parse(token.subject), entry)


def taken_back(token: AccessToken) -> Entry:
    """An access token was taken back by the client that has it."""
    entry = Entry(
        tenant=token.tenant,
        action=_REVOKE,
        resource=f"sessions/{token.session}",
        client=token.client,
        details={"token": token.id},
    )
    return _by(SubjectName.parse(token.subject), entry)


def ended(session: ClientSession, reason: str = "") -> Entry:
    """A session has ended with all of its tokens: by its client, or for a `reason`."""
    entry = Entry(
        tenant=session.of.tenant,
        action=_REVOKE,
        resource=f"sessions/{session.id}",
        reason=reason,
        client=session.client,
    )
    return _by(session.of.name, entry)


def verified(login: DeviceLogin, tenant: str, person: SubjectName) -> Entry:
    """Somebody has proved to be somebody, on the page of a device."""
    return _by(person, Entry(tenant=tenant, action=_VERIFY, resource=_device(login)))


def decided(login: DeviceLogin, tenant: str, person: SubjectName, *, approved: bool) -> Entry:
    """A device was let in, or turned away."""
    details = {"decision": "approve" if approved else "deny"}
    return _by(person, Entry(tenant=tenant, action=_DECIDE, resource=_device(login), details=details))


def keys_changed(*, added: str, dropped: int, resealed: int) -> Entry:
    """Signing keys came, went or were sealed anew."""
    details = {"dropped": str(dropped), "resealed": str(resealed)}
    return Entry(
        tenant=PLATFORM,
        action="identity.signingKeys.rotate",
        resource=f"signingKeys/{added}" if added else "",
        kind="workload",
        subject="identity",
        details=details,
    )


def _by(name: SubjectName, entry: Entry) -> Entry:
    return replace(entry, subject=str(name), kind=name.kind.word)


def _device(login: DeviceLogin) -> str:
    """A login of a device has no name that one may show: its codes let somebody in. Its client has."""
    return f"clients/{login.client}"


def _short(grant: GrantType) -> str:
    return grant.value.rpartition(":")[2]
