"""One mesh for all end-to-end tests that do not hurt it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import malha
import pytest

from tests.support.limits_file import patient_limits
from tests.support.mesh_process import Mesh, mesh


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            # One worker runs them, so that they share one mesh and do not compete for the processors.
            item.add_marker(pytest.mark.xdist_group("e2e"))


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    folder = tmp_path_factory.mktemp("mesh")
    with mesh(folder / "state", MALHA_LIMITS_FILE=str(patient_limits(folder))) as started:
        yield started


@pytest.fixture(scope="session")
def client(running: Mesh) -> Iterator[malha.Client]:
    with running.connect() as connected:
        yield connected
