"""The `malha` command. Verbs are loaded when they are used; other distributions add theirs by entry points.

An entry point of the group `malha.verbs` names a click command; a verb of this distribution wins over one of the same
name.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

import click

from malha.settings import quiet_grpc

GROUP = "malha.verbs"

_OWN = {
    "accounts": ("malha.cli.accounts", "Look after service accounts: programs that act for themselves."),
    "analyze": ("malha.cli.analyze", "Find what makes Python code slow, unsafe or hard to change."),
    "audit": ("malha.cli.audit", "Read the audit log, verify it, or write it out."),
    "keys": ("malha.cli.keys", "Look after API keys: what programs ask for tokens with."),
    "login": ("malha.cli.login", "Log in to the mesh, in a browser or by password."),
    "logout": ("malha.cli.login", "End the login at this mesh."),
    "password": ("malha.cli.password", "Change your password."),
    "price": ("malha.cli.price", "Find out what cloud compute costs, with the source of every figure."),
    "reports": ("malha.cli.reports", "List the stored reports, or show one."),
    "roles": ("malha.cli.roles", "Look after roles, and who has them."),
    "rules": ("malha.cli.rules", "List the rules, or explain one."),
    "tenants": ("malha.cli.tenants", "Look after the tenants of the platform."),
    "token": ("malha.cli.token", "Print an access token that is valid now."),
    "totp": ("malha.cli.totp", "Look after your second factor."),
    "users": ("malha.cli.users", "Look after the users of your tenant."),
    "version": ("malha.cli.version", "Show the versions of what is installed."),
    "whoami": ("malha.cli.token", "Show as whom this machine calls the mesh."),
}


class _Verbs(click.Group):
    """Finds each verb's module when it is called for: `malha analyze` never loads the mesh."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*_OWN, *(point.name for point in _added())})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _OWN:
            command: click.Command = getattr(import_module(_OWN[cmd_name][0]), cmd_name)
            return command
        return next((_loaded(point) for point in _added() if point.name == cmd_name), None)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = {name: text for name, (_, text) in _OWN.items()}
        rows |= {point.name: _loaded(point).get_short_help_str(80) for point in _added() if point.name not in _OWN}
        with formatter.section("Verbs"):
            formatter.write_dl(sorted(rows.items()))


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Malha: analyses Python code and knows what cloud compute costs, on a gRPC service mesh; and runs that mesh."""


def main() -> int:
    """Runs the command line and gives the exit code: 0, or 1 when something was found, or 2 when it cannot work."""
    quiet_grpc()
    try:
        result = command.main(prog_name="malha", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return 130
    return result if isinstance(result, int) else 0


def _added() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))


def _loaded(point: EntryPoint) -> click.Command:
    try:
        loaded = point.load()
    except ImportError as error:
        return _broken(point.name, str(error))
    return loaded if isinstance(loaded, click.Command) else _broken(point.name, "it is not a click command")


def _broken(name: str, why: str) -> click.Command:
    """A verb that says why it cannot run, so that one bad installation does not take the other verbs along."""

    def tell(**_: object) -> None:
        raise click.UsageError(f"the verb {name!r} cannot be loaded: {why}")

    settings = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, callback=tell, short_help=f"(cannot be loaded: {why})", context_settings=settings)
