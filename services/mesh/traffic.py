"""How the calls of one service are divided between its two clusters."""

from __future__ import annotations

from dataclasses import dataclass

VERSION_HEADER = "x-malha-version"
"""A caller who sets it to a canary's version gets the canary, whatever its share."""


@dataclass(frozen=True, slots=True)
class Split:
    """A canary beside the version in use; a service without one sends everything to its own cluster."""

    version: str
    """What the canary cluster runs."""
    percent: float
    """The canary cluster's share of the calls, 0 to 100, kept to a hundredth; raises ValueError outside of that."""

    def __post_init__(self) -> None:
        if not 0 <= self.percent <= 100:
            raise ValueError(f"a share is 0 to 100 percent, not {self.percent}")
