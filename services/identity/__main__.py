"""`python -m services.identity {serve,migrate,bootstrap,rotate-keys,reencrypt}`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from services.identity.settings import IdentitySettings


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the verb on the command line; the exit code."""
    asked = _parser().parse_args(arguments)
    settings = IdentitySettings()
    match asked.verb:
        case "serve":
            _serve(settings)
        case "migrate":
            _migrate(settings)
        case "rotate-keys":
            _rotate_keys(settings)
        case "reencrypt":
            _reencrypt(settings)
        case _:
            _bootstrap(settings, asked)
    return 0


# Each verb loads what it needs: a replica that starts, perhaps in place of one that died, need not wait for the rest.
def _serve(settings: IdentitySettings) -> None:
    import uvloop

    from services.identity.app import serve

    uvloop.run(serve(settings))


def _migrate(settings: IdentitySettings) -> None:
    from services.identity.directory.adapters.postgres import migrate
    from services.runtime import audit

    url = settings.database_url().get_secret_value()
    audit.migrate(url)
    migrate(url)


def _bootstrap(settings: IdentitySettings, asked: argparse.Namespace) -> None:
    from services.identity.directory.bootstrap import Files, bootstrap

    files = Files(asked.administrator, asked.credentials, asked.token_endpoint)
    asyncio.run(bootstrap(settings, settings.needed_keys_file(), files))


def _rotate_keys(settings: IdentitySettings) -> None:
    from services.runtime.secrets.keyring import rotate

    sys.stdout.write(f"{rotate(settings.needed_keys_file())} is the primary key now\n")


def _reencrypt(settings: IdentitySettings) -> None:
    from services.identity.directory.reencrypt import reencrypt

    count = asyncio.run(reencrypt(settings, settings.needed_keys_file()))
    sys.stdout.write(f"{count} secrets were sealed anew\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.identity", description="Who may call.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("serve", help="serve until told to stop")
    verbs.add_parser("migrate", help="bring the database to the newest revision")
    verbs.add_parser("rotate-keys", help="add a key-encryption key and seal with it from now on")
    verbs.add_parser("reencrypt", help="seal beneath that key what older ones sealed")
    first = verbs.add_parser("bootstrap", help="make what nobody could get in without, where it is missing")
    first.add_argument("--administrator", type=Path, required=True, help="the file for the administrator's password")
    first.add_argument("--credentials", type=Path, help="the file for the developer's credentials; absent: none")
    first.add_argument("--token-endpoint", default="", help="where those credentials give tokens")
    return parser


if __name__ == "__main__":
    sys.exit(main())
