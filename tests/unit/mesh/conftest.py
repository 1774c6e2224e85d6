"""Fixtures for the verbs: one mesh in memory for a module, as new for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.mesh.administration import MemoryMesh, served_in_background

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def shared(state: Path) -> Iterator[MemoryMesh]:
    mesh = MemoryMesh()
    with served_in_background(mesh, state):
        yield mesh


@pytest.fixture
def mesh(shared: MemoryMesh, state: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryMesh:
    """The served mesh as new, and the state folder where the verbs look."""
    monkeypatch.setenv("MALHA_STATE_DIR", str(state))
    shared.__init__()  # type: ignore[misc]
    return shared
