"""Puts the directory together: use cases on stores, rpcs on use cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from malha.identity.v1.account_service_pb2_grpc import add_AccountServiceServicer_to_server
from malha.identity.v1.key_service_pb2_grpc import add_KeyServiceServicer_to_server
from malha.identity.v1.role_service_pb2_grpc import add_RoleServiceServicer_to_server
from malha.identity.v1.service_account_service_pb2_grpc import add_ServiceAccountServiceServicer_to_server
from malha.identity.v1.tenant_service_pb2_grpc import add_TenantServiceServicer_to_server
from malha.identity.v1.user_service_pb2_grpc import add_UserServiceServicer_to_server
from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.directory.adapters.postgres.tables import requests
from services.identity.directory.adapters.postgres.units import PostgresUnits
from services.identity.directory.domain.built_in import built_in_roles
from services.identity.directory.ports import Passwords
from services.identity.directory.rpc.account import AccountRpcs
from services.identity.directory.rpc.keys import KeyRpcs
from services.identity.directory.rpc.once import Once
from services.identity.directory.rpc.roles import RoleRpcs
from services.identity.directory.rpc.service_accounts import ServiceAccountRpcs
from services.identity.directory.rpc.tenants import TenantRpcs
from services.identity.directory.rpc.users import UserRpcs
from services.identity.directory.usecases.account import OwnAccount
from services.identity.directory.usecases.authenticate import Authenticate
from services.identity.directory.usecases.authenticate_client import AuthenticateClient
from services.identity.directory.usecases.describe import Describe
from services.identity.directory.usecases.keys import Keys
from services.identity.directory.usecases.permissions_of import PermissionsOf
from services.identity.directory.usecases.powers import Powers
from services.identity.directory.usecases.refusals import Refusals
from services.identity.directory.usecases.resume import Resume
from services.identity.directory.usecases.roles import Roles
from services.identity.directory.usecases.service_accounts import ServiceAccounts
from services.identity.directory.usecases.tenants import Tenants
from services.identity.directory.usecases.users import Users
from services.runtime.audit import Entry
from services.runtime.clock import Clock
from services.runtime.idempotency import Ledger
from services.runtime.secrets import Vault
from services.runtime.server import ServerBuilder

SERVICES = (
    "malha.identity.v1.AccountService",
    "malha.identity.v1.KeyService",
    "malha.identity.v1.RoleService",
    "malha.identity.v1.ServiceAccountService",
    "malha.identity.v1.TenantService",
    "malha.identity.v1.UserService",
)


class Directory:
    """The directory of one process. `ledger` and `refusals` are started and closed by whoever makes it run."""

    def __init__(
        self, engine: AsyncEngine, vault: Vault, passwords: Passwords, catalogue: frozenset[str], clock: Clock,
        put: Callable[[Entry, int], None],
    ) -> None:  # fmt: skip
        """`put` takes entries of the audit log that belong to no change, each with how many it stands for."""
        units = PostgresUnits(engine, vault)
        built_in = built_in_roles(catalogue)
        self.units = units
        self.refusals = Refusals(put)
        self.authenticate = Authenticate(units, passwords, clock, self.refusals)
        self.authenticate_client = AuthenticateClient(units, clock, self.refusals)
        self.resume = Resume(units)
        self.permissions_of = PermissionsOf(units, built_in, catalogue, clock)
        self.describe = Describe(units)
        self.ledger = Ledger(engine, requests)

        once = Once(self.ledger, units, vault)
        powers = Powers(built_in, catalogue)
        users = Users(powers, clock)
        own = OwnAccount(units, self.authenticate, clock)
        self._servicers: tuple[tuple[Any, Any], ...] = (
            (
                add_AccountServiceServicer_to_server,
                AccountRpcs(units=units, once=once, account=own, passwords=passwords),
            ),
            (add_KeyServiceServicer_to_server, KeyRpcs(units=units, once=once, keys=Keys(powers, clock))),
            (add_RoleServiceServicer_to_server, RoleRpcs(units=units, once=once, roles=Roles(powers, clock))),
            (
                add_ServiceAccountServiceServicer_to_server,
                ServiceAccountRpcs(units=units, once=once, accounts=ServiceAccounts(powers, clock)),
            ),
            (
                add_TenantServiceServicer_to_server,
                TenantRpcs(units=units, once=once, tenants=Tenants(users, clock), passwords=passwords),
            ),
            (add_UserServiceServicer_to_server, UserRpcs(units=units, once=once, users=users, passwords=passwords)),
        )

    def serve(self, server: ServerBuilder) -> None:
        """Adds all services of the directory to a server."""
        for add, servicer in self._servicers:
            server.add(add, servicer)
