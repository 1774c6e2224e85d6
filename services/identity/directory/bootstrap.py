"""What `python -m services.identity bootstrap` does: the first administrator, and the developer's credentials."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.identity.directory.adapters.hashing import Argon2Passwords
from services.identity.directory.adapters.postgres.units import PostgresUnits
from services.identity.directory.usecases.bootstrap import Bootstrap
from services.runtime import db
from services.runtime.clock import SystemClock
from services.runtime.secrets import KeyRing, Vault, create_keys
from services.runtime.settings import RuntimeSettings


@dataclass(frozen=True, slots=True)
class Files:
    """Where to write what is told once, mode 0600.

    `administrator` gets `{"username", "password"}` when the first administrator is made: whoever starts the mesh shows
    it and removes it. `credentials` gets `{"client_id", "client_secret", "token_endpoint"}` of the developer; None, as
    in production, makes none.
    """

    administrator: Path
    credentials: Path | None
    token_endpoint: str


async def bootstrap(settings: RuntimeSettings, keys: Path, files: Files) -> None:
    """Makes what is missing, the file of `keys` included; leaves alone what is there. Needs a migrated database."""
    create_keys(keys)
    engine = db.make_engine(settings)
    passwords = Argon2Passwords(1)
    try:
        units = PostgresUnits(engine, Vault(KeyRing(keys)))
        run = Bootstrap(units, passwords, SystemClock())
        await run.administrator(lambda username, password: _tell_password(files.administrator, username, password))
        if files.credentials is None:
            await run.no_developer()
        else:
            file = files.credentials
            known = _known(file)
            made = await run.developer(known, lambda prefix, text: _tell_key(file, prefix, text, files.token_endpoint))
            if not made and known is not None:
                _tell_key(file, *known, files.token_endpoint)  # the mesh may have moved to another port
    finally:
        await passwords.close()
        await engine.dispose()


def _tell_password(file: Path, username: str, password: str) -> None:
    _write(file, {"username": username, "password": password})


def _tell_key(file: Path, prefix: str, text: str, token_endpoint: str) -> None:
    _write(file, {"client_id": prefix, "client_secret": text, "token_endpoint": token_endpoint})


def _known(file: Path) -> tuple[str, str] | None:
    try:
        content = json.loads(file.read_text())
        return str(content["client_id"]), str(content["client_secret"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _write(file: Path, content: Mapping[str, str]) -> None:
    """Whole or not at all, and never readable to anybody else."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:  # noqa: PTH123
        json.dump(content, out)
    beside.replace(file)
