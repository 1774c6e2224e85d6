"""Calls on behalf of whom a test wants, on a server without tokens."""

from typing import ClassVar

from services.runtime.auth.principal import Principal
from services.runtime.call import Call
from services.runtime.interceptors import Stage


class Somebody(Stage):
    """Says on whose behalf calls are made, as a token would."""

    name = "somebody"
    after: ClassVar[frozenset[str]] = frozenset({"authorization"})

    def __init__(self, who: Principal) -> None:
        self.who = who

    def begin(self, call: Call) -> None:
        call.principal = self.who
