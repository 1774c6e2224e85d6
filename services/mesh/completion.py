"""Names for the shell's completion: from files alone, so that a key press never waits for a mesh."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from services.mesh.layout import Layout
from services.mesh.settings import SettingInvalid, load
from services.mesh.topology import PROFILES

if TYPE_CHECKING:
    import click


def service_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The services of any profile."""
    return _beginning(incomplete, {service.name for profile in PROFILES.values() for service in profile.services})


def component_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The components of any profile."""
    return _beginning(incomplete, {name for profile in PROFILES.values() for name in profile.components})


def workload_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Whatever has an identity in any profile."""
    return _beginning(incomplete, {name for profile in PROFILES.values() for name in profile.workloads})


def version_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The versions of the service named before that lie in the state folder here."""
    with contextlib.suppress(SettingInvalid, OSError):
        # While an option waits for its value, click has not sorted the words before it yet.
        service = context.params.get("service") or next(iter(context.args), "")
        folder = Layout(load().root).versions / str(service)
        return _beginning(incomplete, {path.parent.name for path in folder.glob("[!.]*/manifest.json")})
    return []


def replica_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The processes that run in the state folder here."""
    from services.mesh.supervisor import pidfile

    with contextlib.suppress(SettingInvalid, OSError):
        return _beginning(incomplete, {record.name for record in pidfile.read_all(Layout(load().root).run)})
    return []


def _beginning(incomplete: str, names: set[str]) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
