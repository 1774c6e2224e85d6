"""Whatever happens to the mesh, no call fails, and what changes something is done once.

`MALHA_TEST_LOAD_SECONDS` is how long each scenario takes at least, `MALHA_TEST_LOAD_RATE` how many calls a second there
are. The defaults keep the run short; the acceptance takes 60 seconds at 300 calls a second.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.support.mesh_process import Mesh, mesh
from tests.support.scenarios import PROFILE, SCENARIOS, Scenario

SECONDS = float(os.environ.get("MALHA_TEST_LOAD_SECONDS", "5"))
RATE = float(os.environ.get("MALHA_TEST_LOAD_RATE", "100"))


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh that things happen to."""
    with mesh(tmp_path_factory.mktemp("used") / "state", *PROFILE) as started:
        yield started


@pytest.mark.timeout(180 + 4 * SECONDS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_no_call_fails_and_each_mutation_is_applied_once(used: Mesh, scenario: Scenario) -> None:
    report = scenario.run(used, SECONDS, RATE)
    assert not report.failed, report.told
    assert report.acknowledged == report.changes == report.value, report.told
    assert report.acknowledged > 0
