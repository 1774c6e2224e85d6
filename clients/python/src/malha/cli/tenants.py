"""`malha tenants`: the customers, for whoever looks after the whole platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import connected, connection_options
from malha.cli.listing import LARGEST_PAGE, list_options, show_list, taken

if TYPE_CHECKING:
    from malha.identity.v1 import tenant_service_pb2 as pb

_TIERS = ("free", "pro", "enterprise", "development")
_tier = click.option("--tier", type=click.Choice(_TIERS), help="How much its people and programs may call.")


@click.group()
def tenants() -> None:
    """Look after the tenants, each of whom sees nothing of the others."""


@tenants.command("list")
@list_options('tier = "PRO" AND disabled = false')
@connection_options
def list_(expression: str, limit: int, form: str, **place: Any) -> None:
    """List the tenants."""
    with connected(**place) as client:
        listed = client.identity.list_tenants(filter=expression, page_size=min(limit, LARGEST_PAGE))
        found = taken(listed, limit)
    show_list("tenants", found, form, _row)


@tenants.command()
@click.argument("tenant")
@click.option("--name", "display_name", default="", help="A name for people.")
@_tier
@click.option("--administrator", default="admin", show_default=True, metavar="USERNAME", help="Its first one.")
@connection_options
def create(tenant: str, display_name: str, tier: str | None, administrator: str, **place: Any) -> None:
    """Make a TENANT, of the tier free unless told otherwise, and print its administrator's one-time password."""
    with connected(**place) as client:
        made = client.identity.create_tenant(
            tenant, display_name=display_name, tier=_number(tier), administrator=administrator
        )
    click.echo(
        f"{made.tenant.name}; its administrator logs in as {tenant}/{administrator} ({made.administrator})", err=True
    )
    click.echo(made.one_time_password)


@tenants.command()
@click.argument("tenant")
@click.option("--name", "display_name", help="A name for people.")
@_tier
@connection_options
def change(tenant: str, display_name: str | None, tier: str | None, **place: Any) -> None:
    """Change name or tier of a TENANT; a tier holds from the next tokens on, within ten minutes."""
    wanted = {"display_name": display_name, "tier": _number(tier) if tier else None}
    changes = {field: value for field, value in wanted.items() if value is not None}
    if not changes:
        raise click.UsageError("say what to change: --name or --tier")
    _update(tenant, place, changes)


@tenants.command()
@click.argument("tenant")
@connection_options
def disable(tenant: str, **place: Any) -> None:
    """Let nobody of a TENANT in any longer; tokens that are out are refused within seconds."""
    _update(tenant, place, {"disabled": True})


@tenants.command()
@click.argument("tenant")
@connection_options
def enable(tenant: str, **place: Any) -> None:
    """Let those of a TENANT in again."""
    _update(tenant, place, {"disabled": False})


@tenants.command()
@click.argument("tenant")
@click.confirmation_option(prompt="Remove the tenant for ever, with its users, service accounts, roles and keys?")
@connection_options
def delete(tenant: str, **place: Any) -> None:
    """Remove a TENANT that is disabled, for ever."""
    with connected(**place) as client:
        client.identity.delete_tenant(_name(tenant))


def _update(tenant: str, place: dict[str, Any], changes: dict[str, Any]) -> None:
    from malha.identity.v1 import tenant_service_pb2 as pb

    with connected(**place) as client:
        client.identity.update_tenant(pb.Tenant(name=_name(tenant), **changes), changes)


def _name(tenant: str) -> str:
    return f"tenants/{tenant.removeprefix('tenants/')}"


def _number(tier: str | None) -> pb.Tier.ValueType:
    from malha.identity.v1 import tenant_service_pb2 as pb

    return pb.Tier.Value(f"TIER_{tier.upper()}") if tier else pb.TIER_UNSPECIFIED


def _row(tenant: pb.Tenant) -> str:
    from malha.cli.render.text import safe
    from malha.identity.v1 import tenant_service_pb2 as pb

    tier = pb.Tier.Name(tenant.tier).removeprefix("TIER_").lower()
    state = "disabled" if tenant.disabled else ""
    return f"{tenant.name:<32} {tier:<12} {safe(tenant.display_name):<32} {state}".rstrip()
