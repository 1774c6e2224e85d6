"""How long each call may take."""

from __future__ import annotations

from google.protobuf.descriptor import ServiceDescriptor

from malha.service_config import policies


class Deadlines:
    """Gives every call of a service, or of several with methods of different names, a timeout."""

    def __init__(self, service: ServiceDescriptor, default: float | None, *more: ServiceDescriptor) -> None:
        self._limits = {name: policy.timeout for each in (service, *more) for name, policy in policies(each).items()}
        self._default = default

    def of(self, method: str, timeout: float | None) -> float:
        """The seconds for one call: what the caller asks for, else the client's default, at most the contract's."""
        wanted = timeout if timeout is not None else self._default
        return self._limits[method] if wanted is None else min(wanted, self._limits[method])
