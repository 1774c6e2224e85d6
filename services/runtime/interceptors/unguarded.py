"""Lets everyone in: a server outside of a mesh, for tests and benchmarks."""

from typing import ClassVar

from services.runtime.auth.principal import OPEN
from services.runtime.call import Call
from services.runtime.interceptors.stage import Stage


class Unguarded(Stage):
    """Stands where `Authorization` does in a mesh, so that handlers find a principal here too."""

    name = "authorization"
    after: ClassVar[frozenset[str]] = frozenset({"errors"})

    def begin(self, call: Call) -> None:
        call.principal = OPEN
