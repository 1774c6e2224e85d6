"""Who tries names learns nothing from how long the answer takes: the work is the same."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from services.identity.directory.adapters.hashing import Argon2Passwords
from services.identity.directory.domain.errors import CredentialsInvalid
from services.identity.directory.usecases.authenticate import Authenticate
from tests.integration.identity.directory import Directory

WRONG = "not the password of anybody"
TRIES = 5


@contextmanager
def _statements(directory: Directory) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    event.listen(directory.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(directory.engine.sync_engine, "before_cursor_execute", note)


async def test_a_wrong_password_and_an_unknown_user_cost_the_same(directory: Directory) -> None:
    passwords = Argon2Passwords(1)  # as in production: a hash costs far more than everything around it
    authenticate = Authenticate(directory.units, passwords, directory.clock, directory.refusals)
    asked: dict[str, list[str]] = {}
    spent: dict[str, list[float]] = {"ana": [], "nobody": []}
    await directory.add_user("ana")
    await _rehash(directory, passwords)
    for number in range(TRIES):
        for name in spent:
            with _statements(directory) as statements, pytest.raises(CredentialsInvalid):
                began = time.process_time()
                # An address of its own each time: none of them is locked.
                await authenticate(f"{directory.tenant}/{name}", WRONG, "", f"203.0.113.{number}")
            spent[name].append(time.process_time() - began)
            asked[name] = statements
    await passwords.close()
    assert asked["ana"] == asked["nobody"]
    ana, nobody = (statistics.median(times) for times in spent.values())
    assert 0.5 < ana / nobody < 2


async def _rehash(directory: Directory, passwords: Argon2Passwords) -> None:
    """Gives ana's password a hash as expensive as in production."""
    async with directory.units.unit(directory.tenant) as unit:
        found = await unit.users.credentials("ana")
        assert found is not None
        kept = await passwords.hash("the password that ana has chosen")
        await unit.users.set_password(replace(found, password_hash=kept), found.password_hash)
        await unit.commit()
