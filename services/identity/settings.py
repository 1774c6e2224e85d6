"""The settings of the identity service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from pydantic import Field

from services.identity.revocations.domain import LONGEST_LIFE
from services.runtime.settings import RuntimeSettings

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class SettingMissing(Exception):
    """The service cannot do its work without a setting; the message is its variable."""


class IdentitySettings(RuntimeSettings):
    """What a replica of `identity` must know to start, beyond what every service does."""

    keys_file: Path | None = Field(None, description="The key-encryption keys: see services.runtime.secrets.")
    access_token_life: timedelta = Field(
        LONGEST_LIFE, ge=_MINUTE, le=LONGEST_LIFE, description="How long an access token is good."
    )
    session_life: timedelta = Field(90 * _DAY, ge=_HOUR, description="How long a login lasts at most.")
    session_idle: timedelta = Field(14 * _DAY, ge=_HOUR, description="How long a login lasts that nobody renews.")
    device_code_life: timedelta = Field(
        LONGEST_LIFE, ge=_MINUTE, le=_HOUR, description="How long a person may take to let a device in."
    )
    device_interval: timedelta = Field(
        timedelta(seconds=5), ge=timedelta(seconds=1), le=_MINUTE, description="How often a device may ask."
    )
    most_devices: int = Field(10_000, ge=1, description="Devices that may wait for somebody to let them in.")
    signing_key_period: timedelta = Field(30 * _DAY, ge=_HOUR, description="How long a key signs access tokens.")
    signing_key_lead: timedelta = Field(
        _HOUR, ge=5 * _MINUTE, description="How long before its use a signing key is published."
    )
    audit_retention: timedelta | None = Field(
        None,
        ge=30 * _DAY,
        description="How long audit entries are kept at least; whole months go when they are older; none: for ever.",
    )
    public_clients: Mapping[str, str] = Field(
        {"malha-cli": "The malha command"}, description="OAuth2 clients without a secret, and what people call them."
    )

    def needed_issuer(self) -> str:
        """Who issues the tokens; raises SettingMissing."""
        if self.issuer is None:
            raise SettingMissing("MALHA_ISSUER")
        return self.issuer.rstrip("/")

    def needed_keys_file(self) -> Path:
        """Where the key-encryption keys are; raises SettingMissing."""
        if self.keys_file is None:
            raise SettingMissing("MALHA_KEYS_FILE")
        return self.keys_file
