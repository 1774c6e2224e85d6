"""What can go wrong here."""

from __future__ import annotations

from services.runtime.exceptions import DomainError


class WindowsUnavailable(DomainError):
    """What was used lately is not known now: where it is kept does not answer in time."""


class PolicyUnusable(DomainError):
    """The policy file cannot be read, or says nothing that makes sense; `problem` says why."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
