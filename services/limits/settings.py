"""The settings of the limiter."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from services.limits.adapters.policy_document import DEFAULT
from services.runtime.settings import RuntimeSettings


class LimitsSettings(RuntimeSettings):
    """What a replica of `limits` must know to start, beyond what every service does."""

    limits_file: Path = Field(DEFAULT, description="The policy file; followed while the limiter runs.")
