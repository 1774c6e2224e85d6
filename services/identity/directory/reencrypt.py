"""What `python -m services.identity reencrypt` does: new keys for what is sealed in the directory."""

from __future__ import annotations

from pathlib import Path

from services.identity.directory.adapters.postgres.units import PostgresUnits
from services.runtime import db
from services.runtime.secrets import KeyRing, Vault
from services.runtime.settings import RuntimeSettings


async def reencrypt(settings: RuntimeSettings, keys: Path) -> int:
    """Seals what older keys seal beneath the primary one; how many values there were. Safe to end and to run again.

    Signing keys are sealed anew by the running service itself. The answers that the ledger keeps for repeated requests
    stay beneath the older key for a day: take it out of the file after that.
    """
    engine = db.make_engine(settings)
    try:
        return await PostgresUnits(engine, Vault(KeyRing(keys))).renew()
    finally:
        await engine.dispose()
