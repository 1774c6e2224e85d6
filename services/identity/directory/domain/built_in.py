"""The roles that are always there, as rules over all permissions that the contracts name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from services.identity.directory.domain.roles import Role
from services.runtime.auth.wildcards import EVERYTHING, covering

PLATFORM_ADMIN = "platform-admin"
ADMIN = "admin"
MEMBER = "member"
VIEWER = "viewer"

# What concerns all tenants at once.
_PLATFORM = ("identity.tenants.", "mesh.", "limits.", "pricing.catalogues.", "pricing.quarantine.")
# What belongs to whoever looks after a tenant.
_ADMINISTRATION = ("identity.",)
# What everybody does for themselves; the use cases see to it that it stays so.
_OWN_KEYS = "identity.keys."
# What every user may do without any role: look after the own account.
_OWN_ACCOUNT = ("identity.account.", "identity.self.")
CHANGE_PASSWORD = "identity.account.changePassword"  # noqa: S105 - the name of a permission
_READING = frozenset({"read", "list", "get", "search"})
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def built_in_roles(catalogue: frozenset[str]) -> Mapping[str, Role]:
    """The roles by id, over all permissions that there are."""
    return {
        role.id: role
        for role in (
            replace(
                _role(PLATFORM_ADMIN, "Platform administrator", "Everything, in every tenant.", catalogue, _anything),
                wildcards=frozenset({EVERYTHING}),
            ),
            replace(
                _role(ADMIN, "Administrator", "Everything inside of the tenant.", catalogue, _inside_a_tenant),
                wildcards=_wildcards_inside(catalogue),
            ),
            _role(MEMBER, "Member", "Everything but the tenant's administration.", catalogue, _everyday),
            _role(VIEWER, "Viewer", "What only reads, but the tenant's administration.", catalogue, _reading),
        )
    }


def own_account(catalogue: frozenset[str]) -> frozenset[str]:
    """What every subject may do without any role."""
    return frozenset(permission for permission in catalogue if permission.startswith(_OWN_ACCOUNT))


def _role(role: str, name: str, description: str, catalogue: frozenset[str], rule: Callable[[str], bool]) -> Role:
    return Role(
        id=role,
        tenant="",
        display_name=name,
        description=description,
        permissions=frozenset(filter(rule, catalogue)),
        built_in=True,
        revision=1,
        create_time=_SINCE,
        update_time=_SINCE,
    )


def _anything(_: str) -> bool:
    return True


def _inside_a_tenant(permission: str) -> bool:
    return not permission.startswith(_PLATFORM)


def _wildcards_inside(catalogue: frozenset[str]) -> frozenset[str]:
    """The widest wildcards that stand for nothing of the platform, whatever permissions there will be."""
    found = set()
    for permission in catalogue:
        resource, area, _ = covering(permission)
        found.update(next(([wide] for wide in (area, resource) if _apart(wide)), []))
    return frozenset(found)


def _apart(wildcard: str) -> bool:
    """Whether nothing that it stands for concerns all tenants."""
    begin = wildcard.removesuffix("*")
    return not any(prefix.startswith(begin) or begin.startswith(prefix) for prefix in _PLATFORM)


def _everyday(permission: str) -> bool:
    everyday = permission.startswith(_OWN_KEYS) or not permission.startswith(_ADMINISTRATION)
    # A verb such as `readAll` reaches beyond what is one's own.
    return everyday and _inside_a_tenant(permission) and not permission.endswith("All")


def _reading(permission: str) -> bool:
    return _everyday(permission) and permission.rpartition(".")[2] in _READING
