"""Words for the shell's completion: from the contracts alone, so that a key press never waits for a mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

_BUILT_IN = ("admin", "member", "platform-admin", "viewer")


def role_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The roles that are always there."""
    return [name for name in _BUILT_IN if name.startswith(incomplete)]


def permission_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """What the methods of the contracts ask for."""
    from malha.channel import SERVICES
    from malha.service_config import permissions

    found = {name for service in SERVICES for name in permissions(service)}
    return sorted(name for name in found if name.startswith(incomplete))
