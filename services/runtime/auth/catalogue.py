"""All permissions that there are: those of the contracts, since one that no method looks at permits nothing."""

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache

import malha
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from malha.policy.v1 import policy_pb2

from services.runtime.method import ContractIncomplete, is_permission

_SUFFIX = "_service_pb2"


def permissions(contracts: Iterable[str] | None = None) -> frozenset[str]:
    """The permissions that a token can hold. `contracts` are generated modules; None: all of this installation.

    Raises:
        ContractIncomplete: a method has no permission, or one that is not `<area>.<resource>.<verb>`.
    """
    names = all_contracts() if contracts is None else contracts
    return frozenset(
        permission
        for name in names
        for service in _file(name).services_by_name.values()
        for method in service.methods
        for permission in _permissions(method)
    )


@cache
def all_permissions() -> frozenset[str]:
    """`permissions()`, worked out once."""
    return permissions()


def all_contracts() -> tuple[str, ...]:
    """The generated modules that define services, by name."""
    found = pkgutil.walk_packages(malha.__path__, f"{malha.__name__}.")
    return tuple(module.name for module in found if module.name.endswith(_SUFFIX))


def _file(name: str) -> FileDescriptor:
    descriptor: FileDescriptor = importlib.import_module(name).DESCRIPTOR
    return descriptor


def _permissions(method: MethodDescriptor) -> tuple[str, ...]:
    policy = method.GetOptions().Extensions[policy_pb2.method]
    found = (policy.permission, *policy.further_permissions)
    if not all(map(is_permission, found)):
        raise ContractIncomplete(f"{method.full_name} has a permission that is not <area>.<resource>.<verb>")
    return found
