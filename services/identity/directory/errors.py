"""What a caller hears of each failure of the directory: code, reason, safe text, facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import grpc
from malha.error.v1.reason_pb2 import Reason

from services.identity.directory.domain import errors
from services.runtime.errors import ErrorRule

_SECOND = timedelta(seconds=1)


def rules() -> Mapping[type[BaseException], ErrorRule]:
    """The rules of the directory."""
    return {**_NAMES, **_STATES, **_CREDENTIALS}


_NAMES: Mapping[type[BaseException], ErrorRule] = {
    errors.NotFound: ErrorRule(
        code=grpc.StatusCode.NOT_FOUND,
        reason=Reason.REASON_DIRECTORY_ENTRY_NOT_FOUND,
        message=lambda e: f"there is no `{e.name}`",
        resource=lambda e: (f"malha.identity.v1.{e.kind}", e.name),
    ),
    errors.AlreadyExists: ErrorRule(
        code=grpc.StatusCode.ALREADY_EXISTS,
        reason=Reason.REASON_NAME_TAKEN,
        message=lambda e: f"the name `{e.name}` is taken",
        resource=lambda e: (f"malha.identity.v1.{e.kind}", e.name),
    ),
    errors.FieldWrong: ErrorRule(
        code=grpc.StatusCode.INVALID_ARGUMENT,
        reason=Reason.REASON_VALIDATION_FAILED,
        message=lambda e: e.detail,
        field=lambda e: e.field,
    ),
    errors.PermissionUnknown: ErrorRule(
        code=grpc.StatusCode.INVALID_ARGUMENT,
        reason=Reason.REASON_PERMISSION_UNKNOWN,
        message=lambda e: f"no method asks for `{e.permission}`; ListPermissions has all that do",
        metadata=lambda e: {"permission": e.permission},
    ),
}

_STATES: Mapping[type[BaseException], ErrorRule] = {
    errors.Escalation: ErrorRule(
        code=grpc.StatusCode.PERMISSION_DENIED,
        reason=Reason.REASON_PERMISSION_NOT_HELD,
        message=lambda e: f"this reaches further than the caller, who lacks `{e.permission}`",
        metadata=lambda e: {"permission": e.permission},
    ),
    errors.BuiltIn: ErrorRule(
        code=grpc.StatusCode.FAILED_PRECONDITION,
        reason=Reason.REASON_BUILT_IN,
        message=lambda e: f"`{e.name}` is built in and cannot be changed; make a role of your own",
    ),
    errors.InUse: ErrorRule(
        code=grpc.StatusCode.FAILED_PRECONDITION,
        reason=Reason.REASON_RESOURCE_IN_USE,
        message=lambda e: f"`{e.name}`: {e.detail}",
    ),
    errors.Outdated: ErrorRule(
        code=grpc.StatusCode.ABORTED,
        reason=Reason.REASON_ETAG_OUTDATED,
        message=lambda e: f"`{e.name}` was changed meanwhile; read it again",
    ),
    errors.FactorStateInvalid: ErrorRule(
        code=grpc.StatusCode.FAILED_PRECONDITION,
        reason=Reason.REASON_SECOND_FACTOR_STATE,
        message=lambda e: e.detail,
    ),
}

_CREDENTIALS: Mapping[type[BaseException], ErrorRule] = {
    errors.PasswordUnfit: ErrorRule(
        code=grpc.StatusCode.INVALID_ARGUMENT,
        reason=Reason.REASON_PASSWORD_UNFIT,
        message=lambda e: e.detail,
        field=lambda _: "new_password",
    ),
    errors.CredentialsInvalid: ErrorRule(
        code=grpc.StatusCode.PERMISSION_DENIED,
        reason=Reason.REASON_CREDENTIALS_WRONG,
        message=lambda _: "the password or the code is wrong",
    ),
    errors.SecondFactorRequired: ErrorRule(
        code=grpc.StatusCode.PERMISSION_DENIED,
        reason=Reason.REASON_CREDENTIALS_WRONG,
        message=lambda _: "a code of the authenticator is needed, too",
        metadata=lambda _: {"code": "mfa_required"},
    ),
    errors.LockedOut: ErrorRule(
        code=grpc.StatusCode.RESOURCE_EXHAUSTED,
        reason=Reason.REASON_SIGN_IN_LOCKED,
        message=lambda e: f"too many attempts failed; try again in {-(-e.retry_after // _SECOND)} s",
        retry_after=lambda e: e.retry_after,
    ),
}
