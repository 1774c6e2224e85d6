"""Who owns what a call makes."""

from dataclasses import dataclass

from services.runtime.auth.principal import principal
from services.runtime.exceptions import TokenRequired


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody within a tenant; both are never empty.

    `subject` is `users/<id>`, `serviceAccounts/<id>`, or `open` where nothing is guarded.
    """

    tenant: str
    subject: str

    def __post_init__(self) -> None:
        if not self.tenant or not self.subject:
            raise TokenRequired


def current_owner() -> Owner:
    """On whose behalf the current call is made.

    Raises:
        TokenRequired: nobody's: a workload that acts on its own behalf belongs to no tenant.
        LookupError: outside of an rpc.
    """
    caller = principal()
    return Owner(caller.tenant, caller.subject)
