"""Fixtures for every test: real servers, started once for a session when first asked for."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from tests.support.programs import Database, RedisProgram, running_postgres, running_redis


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still until told otherwise."""
    return FakeClock()


@pytest.fixture(scope="session")
def redis_program() -> Iterator[RedisProgram]:
    """A real Redis, shared by the session: use keys of your own, and neither kill nor flush it."""
    with running_redis() as program:
        yield program


@pytest.fixture(scope="session")
def redis_url(redis_program: RedisProgram) -> str:
    """The URL of the session's Redis, with password."""
    return redis_program.url


@pytest.fixture
def own_redis() -> Iterator[RedisProgram]:
    """A real Redis for one test, which may kill or freeze it."""
    with running_redis() as program:
        yield program


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    """A real PostgreSQL 18, shared by the session: make a schema or a tenant of your own."""
    with running_postgres() as running:
        yield running


@pytest.fixture(scope="session")
def postgres_url(database: Database) -> str:
    """The URL of its owner, who is no superuser: for tests that make a schema of their own."""
    return database.owner


@pytest.fixture(scope="session")
def grpcurl() -> str:
    """The stock gRPC client, from the PATH or from where `go install` puts it; skips the test where there is none."""
    found = shutil.which("grpcurl") or shutil.which("grpcurl", path=str(Path.home() / "go" / "bin"))
    if found is None:
        pytest.skip("grpcurl is not installed; CI builds it where Go is present")
    return found


@pytest.fixture(scope="session")
def curl() -> str:
    """The stock HTTP client; skips the test where there is none."""
    found = shutil.which("curl")
    if found is None:
        pytest.skip("curl is not installed")
    return found
