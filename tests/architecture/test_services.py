"""Every service has the shape that docs/adding-a-service.md describes."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Only what is reached by users is held to the whole checklist; the echo service exists for tests.
SERVICES = sorted(path.parent for path in ROOT.glob("services/*/app.py") if path.parent.name != "testing")


AREA_ROOMS = ["ports.py", "rpc", "usecases", "domain", "adapters"]


def areas(service: Path) -> list[Path]:
    """Where the rooms of a service are: in itself, or, when it is large, in each of its areas."""
    return sorted(path.parent for path in service.glob("*/ports.py")) or [service]


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_it_has_every_room(service: Path) -> None:
    rooms = ["__main__.py", "app.py", "settings.py", "errors.py", "README.md"]
    assert [room for room in rooms if not (service / room).exists()] == []
    assert [area / room for area in areas(service) for room in AREA_ROOMS if not (area / room).exists()] == []


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_its_composition_root_is_flat_and_short(service: Path) -> None:
    lines = (service / "app.py").read_text().splitlines()
    assert len(lines) <= 130
    deepest = max((len(line) - len(line.lstrip())) // 4 for line in lines if line.strip())
    assert deepest <= 5


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_it_is_in_the_import_contracts_and_the_topology(service: Path) -> None:
    contracts = (ROOT / "pyproject.toml").read_text()
    names = [".".join(area.relative_to(ROOT).parts) for area in areas(service)]
    assert [name for name in names if f'"{name}.domain"' not in contracts] == []
    assert f'module="services.{service.name}"' in (ROOT / "services/mesh/topology.py").read_text()


def test_there_is_a_service() -> None:
    assert SERVICES
