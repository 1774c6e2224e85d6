"""What the directory gives to the token endpoint, and what it needs from the outside, as small roles."""

from services.identity.directory.ports.answers import (
    Authenticates,
    AuthenticatesClient,
    Describes,
    FindsPermissions,
    Passwords,
    Resumes,
)
from services.identity.directory.ports.stores import (
    AttemptStore,
    BindingStore,
    Credentials,
    FactorStore,
    KeyStore,
    RoleStore,
    ServiceAccountStore,
    TenantStore,
    UserStore,
)
from services.identity.directory.ports.units import (
    Issued,
    Log,
    Unit,
    Units,
)

__all__ = [
    "AttemptStore",
    "Authenticates",
    "AuthenticatesClient",
    "BindingStore",
    "Credentials",
    "Describes",
    "FactorStore",
    "FindsPermissions",
    "Issued",
    "KeyStore",
    "Log",
    "Passwords",
    "Resumes",
    "RoleStore",
    "ServiceAccountStore",
    "TenantStore",
    "Unit",
    "Units",
    "UserStore",
]
