"""The directory between contract and domain, both directions side by side."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any, TypeVar, cast
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from malha.identity.v1 import (
    key_service_pb2,
    role_service_pb2,
    service_account_service_pb2,
    tenant_service_pb2,
    user_service_pb2,
)

from services.identity.directory.domain.keys import ApiKey
from services.identity.directory.domain.roles import ALWAYS, Conditions, Role, RoleBinding
from services.identity.directory.domain.subjects import SubjectName
from services.identity.directory.domain.tenants import Tenant, Tier
from services.identity.directory.domain.users import ServiceAccount, User

M = TypeVar(
    "M",
    tenant_service_pb2.Tenant,
    user_service_pb2.User,
    service_account_service_pb2.ServiceAccount,
    role_service_pb2.Role,
)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY = UUID(int=0)
TIERS = (Tier.FREE, Tier.PRO, Tier.ENTERPRISE, Tier.DEVELOPMENT)  # by the contract's numbers, from 1


def id_of(name: str) -> UUID:
    """The id in a name such as `users/7d0c…`, which the contract has checked; nobody's where it is empty."""
    return UUID(name.rpartition("/")[2]) if name else _NOBODY


def tenant_to_proto(tenant: Tenant) -> tenant_service_pb2.Tenant:
    """The tenant."""
    return _timed(
        tenant_service_pb2.Tenant(
            name=f"tenants/{tenant.id}",
            display_name=tenant.display_name,
            tier=cast("tenant_service_pb2.Tier.ValueType", TIERS.index(tenant.tier) + 1),
            disabled=tenant.disabled,
        ),
        tenant,
    )


def tenant_from_proto(tenant: tenant_service_pb2.Tenant, tenant_id: str = "") -> Tenant:
    """What somebody wants of a tenant."""
    tier = TIERS[tenant.tier - 1] if tenant.tier else Tier.FREE
    name = tenant_id or tenant.name.removeprefix("tenants/")
    return Tenant(name, tenant.display_name, tier, tenant.disabled, _NEVER, _NEVER)


def user_to_proto(user: User) -> user_service_pb2.User:
    """The user."""
    return _timed(
        user_service_pb2.User(
            name=str(user.name),
            username=user.username,
            display_name=user.display_name,
            email=user.email,
            disabled=user.disabled,
            must_change_password=user.must_change_password,
            second_factor=user.second_factor,
        ),
        user,
    )


def user_from_proto(user: user_service_pb2.User) -> User:
    """What somebody wants of a user."""
    return User(
        id=id_of(user.name),
        tenant="",
        username=user.username,
        display_name=user.display_name,
        email=user.email,
        disabled=user.disabled,
        must_change_password=False,
        second_factor=False,
        epoch=0,
        create_time=_NEVER,
        update_time=_NEVER,
    )


def account_to_proto(account: ServiceAccount) -> service_account_service_pb2.ServiceAccount:
    """The service account."""
    return _timed(
        service_account_service_pb2.ServiceAccount(
            name=str(account.name),
            account=account.account,
            display_name=account.display_name,
            disabled=account.disabled,
        ),
        account,
    )


def account_from_proto(account: service_account_service_pb2.ServiceAccount) -> ServiceAccount:
    """What somebody wants of a service account."""
    return ServiceAccount(
        id=id_of(account.name),
        tenant="",
        account=account.account,
        display_name=account.display_name,
        disabled=account.disabled,
        tier=None,
        epoch=0,
        create_time=_NEVER,
        update_time=_NEVER,
    )


def role_to_proto(role: Role) -> role_service_pb2.Role:
    """The role."""
    return _timed(
        role_service_pb2.Role(
            name=f"roles/{role.id}",
            display_name=role.display_name,
            description=role.description,
            permissions=sorted(role.permissions),
            built_in=role.built_in,
            etag=etag_of(role),
        ),
        role,
    )


def role_from_proto(role: role_service_pb2.Role, role_id: str = "") -> Role:
    """What somebody wants of a role."""
    return Role(
        id=role_id or role.name.removeprefix("roles/"),
        tenant="",
        display_name=role.display_name,
        description=role.description,
        permissions=frozenset(role.permissions),
        built_in=False,
        revision=0,
        create_time=_NEVER,
        update_time=_NEVER,
    )


def etag_of(role: Role) -> str:
    """What tells the states of a role apart."""
    return f"r{role.revision}"


def revision_of(etag: str) -> int | None:
    """The revision that an etag means; None for no etag, and one that there never was for anything else."""
    if not etag:
        return None
    return int(etag[1:]) if etag[:1] == "r" and etag[1:].isascii() and etag[1:].isdecimal() else -1


def binding_to_proto(binding: RoleBinding) -> role_service_pb2.RoleBinding:
    """The binding."""
    message = role_service_pb2.RoleBinding(
        name=f"roleBindings/{binding.id}",
        subject=str(binding.subject),
        role=f"roles/{binding.role}",
        create_time=_timestamp(binding.create_time),
    )
    conditions = binding.conditions
    if conditions != ALWAYS:
        message.conditions.networks.extend(str(network) for network in conditions.networks)
        message.conditions.second_factor = conditions.second_factor
        if conditions.not_before is not None:
            message.conditions.not_before.FromDatetime(conditions.not_before)
        if conditions.not_after is not None:
            message.conditions.not_after.FromDatetime(conditions.not_after)
    return message


def binding_from_proto(binding: role_service_pb2.RoleBinding) -> RoleBinding:
    """What somebody wants of a binding."""
    wanted = binding.conditions
    conditions = Conditions(
        not_before=moment(wanted, "not_before"),
        not_after=moment(wanted, "not_after"),
        networks=tuple(ip_network(text) for text in wanted.networks),
        second_factor=wanted.second_factor,
    )
    subject = SubjectName.parse(binding.subject)
    return RoleBinding(_NOBODY, "", subject, binding.role.removeprefix("roles/"), conditions, _NEVER)


def key_to_proto(key: ApiKey) -> key_service_pb2.ApiKey:
    """The key, without its secret."""
    message = key_service_pb2.ApiKey(
        name=f"apiKeys/{key.id}",
        owner=str(key.owner),
        prefix=key.prefix,
        display_name=key.display_name,
        scopes=sorted(key.scopes or ()),
        create_time=_timestamp(key.create_time),
        expire_time=_timestamp(key.expire_time),
    )
    if key.last_use_time is not None:
        message.last_use_time.FromDatetime(key.last_use_time)
    if key.revoke_time is not None:
        message.revoke_time.FromDatetime(key.revoke_time)
    return message


def moment(message: Any, field: str) -> datetime | None:
    """A timestamp of a message, None where it is absent."""
    return getattr(message, field).ToDatetime(tzinfo=UTC) if message.HasField(field) else None


def _timed(message: M, resource: Tenant | User | ServiceAccount | Role) -> M:
    message.create_time.FromDatetime(resource.create_time)
    message.update_time.FromDatetime(resource.update_time)
    return message


def _timestamp(when: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(when)
    return stamp
