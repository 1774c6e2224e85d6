"""What the guides say may be set where the mesh is started gets to whom it is for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.mesh import topology
from services.mesh.settings import MeshSettings
from services.mesh.topology import Service

_ROOT = Path(__file__).parents[3]
_GUIDES = sorted((_ROOT / "docs").glob("*.md"))
_SERVICES = [each for each in vars(topology).values() if isinstance(each, Service)]
_KNOWN = {f"MALHA_{name.upper()}" for name in MeshSettings.model_fields} | {
    name for service in _SERVICES for name in service.variables
}
_OF_THE_SHELL = {"_MALHA_COMPLETE"}


@pytest.mark.parametrize("guide", _GUIDES, ids=lambda path: path.name)
def test_a_variable_that_is_told_of_is_handed_on(guide: Path) -> None:
    told = set(re.findall(r"_?MALHA_[A-Z_]+", guide.read_text())) - _OF_THE_SHELL
    assert told - _KNOWN == set()


def test_the_guides_tell_of_some() -> None:
    assert sum("MALHA_" in guide.read_text() for guide in _GUIDES) > 2
