"""A refusal as Envoy tells it, as an entry of the audit log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from malha.error.v1.reason_pb2 import Reason
from malha.identity.v1.refusal_pb2 import Refusal

from services.identity.audit.refusals import fields
from services.identity.audit.refusals.fields import Field
from services.identity.audit.refusals.methods import Methods
from services.runtime.audit import PLATFORM, Decision, Entry
from services.runtime.audit.entry import network_of
from services.runtime.auth.principal import PrincipalKind
from services.runtime.errors import reason_name
from services.runtime.identity.spiffe import EDGE, workload_of

_KINDS: Final = {"users": PrincipalKind.USER, "serviceAccounts": PrincipalKind.SERVICE_ACCOUNT}
# What a name or an id of ours looks like. Whatever does not, somebody has made up.
_ID: Final = re.compile(r"[A-Za-z0-9._/-]{1,128}")
_TRACE_ID: Final = re.compile(r"[0-9a-f]{32}")
# Envoy fetches the keys that it verifies with; how it says that it has none.
_NO_KEYS: Final = f"{fields.JWT_DENIED}{{Jwks"
_KEYS_AWAY: Final = f"{_NO_KEYS}_remote_fetch"
_EXPIRED: Final = f"{fields.JWT_DENIED}{{Jwt_is_expired"


def entry(refusal: Refusal, methods: Methods) -> Entry:
    """The entry for a refusal.

    It belongs to the tenant that a verified token names, else to the platform. What a caller can write freely is part
    of it only where it looks like what it should be; a path never is.
    """
    said = {each.key: each.value.text.decode("utf-8", "replace") for each in refusal.attributes}
    called = methods.find(_of(said, Field.ROUTE), _of(said, Field.VERB), _of(said, Field.PATH))
    caller = workload_of(_of(said, Field.CALLER)) or ""
    outside = caller == EDGE
    subject = _id(said, Field.SUBJECT) if outside else caller
    limit, named = _id(said, Field.LIMIT), bool(_of(said, Field.SUBJECT))
    return Entry(
        tenant=_id(said, Field.TENANT) or PLATFORM,
        method=called.method,
        action=called.action,
        decision=Decision.REFUSED,
        reason=reason_name(_reason(_of(said, Field.DETAILS), named=named, outside=outside)),
        kind=_kind(subject, outside=outside),
        subject=subject,
        client=_id(said, Field.CLIENT),
        caller=caller,
        network=network_of(_of(said, Field.ADDRESS)),
        request_id=_id(said, Field.REQUEST_ID),
        trace_id=_of(said, Field.TRACE_ID) if _TRACE_ID.fullmatch(_of(said, Field.TRACE_ID)) else "",
        details={"by": "envoy", **({"limit": limit} if limit else {})},
    )


def _of(said: Mapping[str, str], field: Field) -> str:
    value = said.get(field, "")
    return "" if value == fields.UNKNOWN else value


def _id(said: Mapping[str, str], field: Field) -> str:
    value = _of(said, field)
    return value if _ID.fullmatch(value) else ""


def _kind(subject: str, *, outside: bool) -> str:
    if not outside:
        return PrincipalKind.WORKLOAD
    return _KINDS.get(subject.partition("/")[0], PrincipalKind.ANONYMOUS)


def _reason(details: str, *, named: bool, outside: bool) -> Reason.ValueType:
    """The reason that the caller heard: `services.mesh.render.refusals` words it by the same details."""
    if details.startswith(fields.JWT_DENIED):
        if details.startswith(_KEYS_AWAY) or (details.startswith(_NO_KEYS) and "_any_" in details):
            return Reason.REASON_TOKEN_KEYS_UNAVAILABLE
        return Reason.REASON_TOKEN_EXPIRED if details.startswith(_EXPIRED) else Reason.REASON_TOKEN_INVALID
    if details.startswith(fields.RBAC_DENIED):
        return _of_policy(details.removeprefix(fields.RBAC_DENIED), named=named, outside=outside)
    return Reason.REASON_RATE_LIMITED if details in fields.LIMITED else Reason.REASON_METHOD_NOT_FOUND


def _of_policy(policy: str, *, named: bool, outside: bool) -> Reason.ValueType:
    if not outside:
        return Reason.REASON_CALLER_NOT_ALLOWED
    if policy.startswith(f"[{fields.INVALID}"):
        return Reason.REASON_TOKEN_INVALID
    if policy == f"[{fields.WRONG_KIND}]":
        return Reason.REASON_CREDENTIAL_KIND_NOT_ALLOWED
    return Reason.REASON_PERMISSION_MISSING if named else Reason.REASON_TOKEN_REQUIRED
