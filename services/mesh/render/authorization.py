"""The matrix of identities and methods, as the inner listener enforces it: what a method does not allow is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.mesh.render.document import Node, typed
from services.runtime.identity.spiffe import EDGE, spiffe_id

if TYPE_CHECKING:
    from collections.abc import Collection

    from services.mesh.policies import Method

FILTER: Final = "envoy.filters.http.rbac"
_RBAC: Final = "envoy.extensions.filters.http.rbac.v3."


def nobody() -> Node:
    """The filter of the inner listener: without a policy of the route's own, everyone is refused."""
    return typed(f"{_RBAC}RBAC", rules={"action": "ALLOW", "policies": {}})


def callers(method: Method) -> Node:
    """The policy of one method's route. The edge has no certificate, so it is nobody's name here."""
    return only([name for name in method.callers if name != EDGE])


def only(names: Collection[str]) -> Node:
    """The policy of a route for these workloads; without any, for nobody."""
    policies = {"callers": {"permissions": [{"any": True}], "principals": [_workload(name) for name in names]}}
    rules = {"action": "ALLOW", "policies": policies if names else {}}
    return typed(f"{_RBAC}RBACPerRoute", rbac={"rules": rules})


def _workload(name: str) -> Node:
    return {"authenticated": {"principal_name": {"exact": spiffe_id(name)}}}
