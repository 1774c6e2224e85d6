"""What the edge says to those whom `tokens` turns away: the servers' reasons, in the one shape of each surface."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from google.rpc import code_pb2

from services.identity.audit.refusals import fields
from services.mesh.render import replies
from services.mesh.render.replies import Reply
from services.runtime.auth.tokens import SCHEME
from services.runtime.method import Access

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.mesh.policies import Method
    from services.mesh.render.document import Node

ACCESS: Final = "malha.access"
"""The namespace of the metadata of a method's route with what its refusals say; only fixed text can name the method's
permission."""
_PERMISSION: Final = "permission"
_PERMISSION_DETAILS: Final = "permission_details"
_WANTED: Final = "wanted"
_KIND_DETAILS: Final = "kind_details"
_NAMES: Final = {Access.USER: "user", Access.SERVICE: "service"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """One reason. `message` and `details` are texts or formats of Envoy."""

    when: str
    """The expression of CEL that tells it from others."""
    reply: Reply
    message: str
    details: str
    challenge: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """What a REST caller finds in the metadata of the ErrorInfo, beside the request's id."""

    def mappers(self) -> list[Node]:
        """How it is said over gRPC and over REST."""
        headers = [{"header": {"key": "www-authenticate", "value": self.challenge}}] if self.challenge else []
        details = {"header": {"key": "grpc-status-details-bin", "value": self.details}}
        grpc = replies.to_grpc([replies.when(self.when)], {"status_code": self.reply.http})
        rest = replies.to_rest([replies.when(self.when)], self.reply)
        error = rest["body_format_override"]["json_format"]["error"]
        error["message"] = self.message
        error["details"][0]["metadata"] |= self.metadata
        return [
            {
                **grpc,
                "headers_to_add": [details, *headers],
                "body_format_override": {"text_format_source": {"inline_string": self.message}},
            },
            {**rest, "headers_to_add": headers} if headers else rest,
        ]


def mappers() -> list[Node]:
    """The mappers of the edge's local replies for them; the first that matches counts."""
    return [mapper for refusal in _REFUSALS for mapper in refusal.mappers()]


def metadata(method: Method) -> Node:
    """What the refusals of a method say of it."""
    if method.access is Access.ANONYMOUS:
        return {}
    permission = method.permission
    info = replies.info("PERMISSION_MISSING", permission=permission)
    said = {
        _PERMISSION: permission,
        _PERMISSION_DETAILS: replies.packed(code_pb2.PERMISSION_DENIED, _lacks(permission), [info]),
    }
    if (wanted := _NAMES.get(method.access)) is not None:
        info = replies.info("CREDENTIAL_KIND_NOT_ALLOWED", wanted=wanted)
        said[_WANTED] = wanted
        said[_KIND_DETAILS] = replies.packed(code_pb2.PERMISSION_DENIED, _is_for(wanted), [info])
    return {ACCESS: said}


def _lacks(permission: str) -> str:
    return f"the access token does not hold {permission}"


def _is_for(wanted: str) -> str:
    return f"this method is for the access token of a {wanted}"


def _of_route(key: str) -> str:
    return f"%METADATA(ROUTE:{ACCESS}:{key})%"


def _unauthenticated(when: str, reason: str, message: str, challenge: str = "") -> _Refusal:
    return _Refusal(
        when=when,
        reply=Reply(401, "UNAUTHENTICATED", reason),
        message=message,
        details=replies.packed(code_pb2.UNAUTHENTICATED, message, [replies.info(reason)]),
        challenge=challenge,
    )


def _denied(when: str, reason: str, message: str, details: str, challenge: str, **metadata: str) -> _Refusal:
    return _Refusal(
        when=when,
        reply=Reply(403, "PERMISSION_DENIED", reason),
        message=message,
        details=_of_route(details),
        challenge=challenge,
        metadata=metadata,
    )


def _unavailable(when: str, reason: str, message: str) -> _Refusal:
    return _Refusal(
        when=when,
        reply=Reply(503, "UNAVAILABLE", reason, again=True),
        message=message,
        details=replies.packed(code_pb2.UNAVAILABLE, message, [replies.info(reason), replies.soon()]),
    )


def _verifier_says(text: str) -> str:
    """Matches how the reason begins that the filter gives which verifies tokens: with underscores for blanks."""
    return f"response.code_details.startsWith('{fields.JWT_DENIED}{{{text}')"


def _policy_says(name: str) -> str:
    return f"response.code_details == '{fields.RBAC_DENIED}[{name}]'"


_NOT_OURS = "this is no access token of this mesh"
_INVALID_TOKEN = 'Bearer error="invalid_token"'  # noqa: S105 - a challenge of RFC 6750
_ONE_OF_INVALID = f"response.code_details.startsWith('{fields.RBAC_DENIED}[{fields.INVALID}')"
_HEADER = "request.headers['authorization']"
_BROUGHT_NONE = f"!('authorization' in request.headers) || !{_HEADER}.startsWith('{SCHEME}')"
_REFUSALS: Final = (
    _unavailable(
        f"{_verifier_says('Jwks_remote_fetch')} || {_verifier_says('Jwks')} && response.code_details.contains('_any_')",
        "TOKEN_KEYS_UNAVAILABLE",
        "access tokens cannot be checked now; try again",
    ),
    _unauthenticated(_verifier_says("Jwt_is_expired"), "TOKEN_EXPIRED", "the access token has expired"),
    _unauthenticated(_verifier_says(""), "TOKEN_INVALID", _NOT_OURS),
    _unauthenticated(_ONE_OF_INVALID, "TOKEN_INVALID", _NOT_OURS, _INVALID_TOKEN),
    _denied(
        _policy_says(fields.WRONG_KIND),
        "CREDENTIAL_KIND_NOT_ALLOWED",
        _is_for(_of_route(_WANTED)),
        _KIND_DETAILS,
        "",
        wanted=_of_route(_WANTED),
    ),
    _unauthenticated(
        f"{_policy_says('none')} && ({_BROUGHT_NONE})",
        "TOKEN_REQUIRED",
        "this method needs an access token",
        "Bearer",
    ),
    _denied(
        _policy_says("none"),
        "PERMISSION_MISSING",
        _lacks(_of_route(_PERMISSION)),
        _PERMISSION_DETAILS,
        f'Bearer error="insufficient_scope", scope="{_of_route(_PERMISSION)}"',
        permission=_of_route(_PERMISSION),
    ),
)
