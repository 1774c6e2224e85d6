"""Which method a refused call was for, by the contracts."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor
from malha.policy.v1 import policy_pb2

from services.identity.audit.refusals.fields import REST
from services.runtime.auth.catalogue import all_contracts

_VERBS: Final = ("get", "put", "post", "delete", "patch")
_VARIABLE: Final = re.compile(r"\{[^=}]+(?:=([^}]*))?\}")


class Called(NamedTuple):
    """A method, as `/package.Service/Method`, and the permission that it asks for."""

    method: str
    action: str


UNKNOWN_METHOD: Final = Called("", "edge.methods.call")
"""What no contract has: a method that was made up, or health and reflection."""


class Methods:
    """All methods of this installation, found by the name of a route or by a REST call."""

    def __init__(self, contracts: Iterable[str] | None = None) -> None:
        """`contracts` are generated modules; None: all there are."""
        self._by_name: dict[str, Called] = {}
        self._by_rest: dict[str, list[tuple[re.Pattern[str], Called]]] = {verb.upper(): [] for verb in _VERBS}
        for name in all_contracts() if contracts is None else contracts:
            for service in importlib.import_module(name).DESCRIPTOR.services_by_name.values():
                for method in service.methods:
                    self._add(f"{service.full_name}/{method.name}", method)

    def find(self, route: str, verb: str, path: str) -> Called:
        """The method that a call was for; UNKNOWN_METHOD when there is none."""
        name = route.partition(":")[0]
        if name == REST:
            return next(
                (called for form, called in self._by_rest.get(verb, ()) if form.fullmatch(path)), UNKNOWN_METHOD
            )
        return self._by_name.get(name, UNKNOWN_METHOD)

    def _add(self, name: str, method: MethodDescriptor) -> None:
        options = method.GetOptions()
        called = self._by_name[name] = Called(f"/{name}", options.Extensions[policy_pb2.method].permission)
        rule = options.Extensions[annotations_pb2.http]
        for each in (rule, *rule.additional_bindings):
            for verb in _VERBS:
                if template := getattr(each, verb):
                    self._by_rest[verb.upper()].append((_form(template), called))


def _form(template: str) -> re.Pattern[str]:
    """What matches the paths of a template, such as `/v1/{name=reports/*}:share`."""
    plain = _VARIABLE.sub(lambda variable: variable[1] or "*", template)
    return re.compile("".join(_parts(plain)))


def _parts(plain: str) -> Iterator[str]:
    wild = {"**": ".+", "*": "[^/:]+"}
    for part in re.split(r"(\*\*|\*)", plain):
        yield wild.get(part) or re.escape(part)
